using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Operator.Simulator.Hosts;

/// <summary>A command as a host reads it.</summary>
/// <param name="Action"><c>run</c> or <c>stop</c>.</param>
/// <param name="JitConfig">For <c>run</c>: the runner's config.</param>
/// <param name="Afterwards">With <c>run</c>: <c>shutdown</c> (the default) or <c>wait</c>.</param>
/// <param name="MaxRuntime">With <c>run</c>: how long its job may take; null for the setting in the user data.</param>
internal sealed record HostCommand(string Action, string JitConfig, string Afterwards, TimeSpan? MaxRuntime)
{
    /// <summary>With <c>run</c>: the runner that the machine has registered; empty where there is a config.</summary>
    public string RunnerName { get; init; } = "";

    /// <summary>With <c>configure</c>: what <c>config.sh</c> is given.</summary>
    public RunnerConfiguration? Configuration { get; init; }

    /// <summary>With <c>run</c>: the lease's script, which runs first; empty for none.</summary>
    public string Script { get; init; } = "";

    /// <summary>The code that its script ends with; null for none. Nothing is executed here: a script fails whose last line exits with a code.</summary>
    public string? ScriptFailure => Script.TrimEnd().Split('\n')[^1].Trim() is ['e', 'x', 'i', 't', ' ', .. var code] && code != "0" ? code : null;

    /// <summary>Reads a command; null when it is none.</summary>
    public static HostCommand? Parse(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            return Field(document.RootElement, "action") is { } action
                ? new HostCommand(
                    action,
                    Field(document.RootElement, "jitConfig") ?? "",
                    Field(document.RootElement, "afterwards") ?? "shutdown",
                    Seconds(Field(document.RootElement, "maxRuntimeSeconds")))
                {
                    Script = Decoded(document.RootElement, "preRunnerScript"),
                    RunnerName = Field(document.RootElement, "runnerName") ?? "",
                    Configuration = Decoded(document.RootElement, "configuration").Split('\n') is [var url, var name, var labels, var group]
                        ? new(url, name, labels.Split(','), group, Field(document.RootElement, "token") ?? "") : null,
                }
                : null;
        }
        catch (Exception exception) when (exception is JsonException or FormatException)
        {
            return null;
        }
    }

    private static string Decoded(JsonElement command, string name) => Encoding.UTF8.GetString(Convert.FromBase64String(Field(command, name) ?? ""));

    private static TimeSpan? Seconds(string? text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds > 0 ? TimeSpan.FromSeconds(seconds) : null;

    private static string? Field(JsonElement command, string name) =>
        command.ValueKind == JsonValueKind.Object && command.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;
}

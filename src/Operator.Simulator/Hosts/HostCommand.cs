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
    /// <summary>With <c>run</c>: the lease's script, which runs first; empty for none.</summary>
    public string Script { get; init; } = "";

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
                    Script = Encoding.UTF8.GetString(Convert.FromBase64String(Field(document.RootElement, "preRunnerScript") ?? "")),
                }
                : null;
        }
        catch (Exception exception) when (exception is JsonException or FormatException)
        {
            return null;
        }
    }

    private static TimeSpan? Seconds(string? text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds > 0 ? TimeSpan.FromSeconds(seconds) : null;

    private static string? Field(JsonElement command, string name) =>
        command.ValueKind == JsonValueKind.Object && command.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;
}

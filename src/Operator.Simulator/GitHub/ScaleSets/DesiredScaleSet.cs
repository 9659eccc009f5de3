using System.Text.Json;
using System.Text.Json.Serialization;

namespace Operator.Simulator.GitHub.ScaleSets;

/// <summary>
/// A request to create or change a scale set. Null values are not requested; GitHub's client sends empty fields for them.
/// </summary>
/// <param name="Name">Its name.</param>
/// <param name="GroupId">Its runner group.</param>
/// <param name="Labels">Its labels.</param>
/// <param name="DisableUpdate">Whether its runners do not update themselves.</param>
internal sealed record DesiredScaleSet(string? Name, long? GroupId, IReadOnlyList<string>? Labels, bool? DisableUpdate)
{
    private const int LongestLabel = 256;

    public static DesiredScaleSet? Read(byte[] body, out string problem)
    {
        problem = "The body is no runner scale set.";
        try
        {
            var json = JsonSerializer.Deserialize(body, RequestWire.Default.ScaleSetBody);
            var desired = json is null ? null : new DesiredScaleSet(
                string.IsNullOrEmpty(json.Name) ? null : json.Name,
                json.RunnerGroupId is null or 0 ? null : json.RunnerGroupId,
                json.Labels is null or [] ? null : [.. json.Labels.Select(label => label.Name ?? "")],
                json.RunnerSetting?.DisableUpdate);
            if (desired?.Labels?.FirstOrDefault(IsRefused) is { } label)
            {
                problem = $"The label '{label}' is not valid.";
                return null;
            }

            return desired;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static bool IsRefused(string label) =>
        label.Trim().Length is 0 or > LongestLabel || label.Contains(',', StringComparison.Ordinal);
}

/// <summary>The requested runner settings.</summary>
/// <param name="Name">Its name.</param>
/// <param name="WorkFolder">The folder of jobs.</param>
internal sealed record JitRequest(string Name, string WorkFolder)
{
    private const int LongestName = 64;

    public static JitRequest? Read(byte[] body)
    {
        try
        {
            var json = JsonSerializer.Deserialize(body, RequestWire.Default.JitBody);
            return json?.Name is { Length: > 0 and <= LongestName } name ? new JitRequest(name, json.WorkFolder ?? "_work") : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

internal sealed record ScaleSetBody(string? Name, long? RunnerGroupId, IReadOnlyList<LabelBody>? Labels, RunnerSettingBody? RunnerSetting);

internal sealed record LabelBody(string? Name, string? Type);

internal sealed record RunnerSettingBody(bool? DisableUpdate);

internal sealed record JitBody(string? Name, string? WorkFolder);

internal sealed record SessionBody(string? OwnerName);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(ScaleSetBody))]
[JsonSerializable(typeof(JitBody))]
[JsonSerializable(typeof(SessionBody))]
[JsonSerializable(typeof(long[]))]
internal sealed partial class RequestWire : JsonSerializerContext;

using System.Text.Json.Serialization;

namespace Operator.GitHub.ScaleSets;

// As in GitHubModels: the generated deserializer sets init-only properties to null for missing JSON.

/// <summary>A runner scale set: jobs are assigned to the set, and any of its runners takes them.</summary>
internal sealed record ScaleSet
{
    public long Id { get; init; }

    public string Name { get => field ?? ""; init; }

    public long RunnerGroupId { get; init; }

    /// <summary>Its labels, matched against <c>runs-on</c>.</summary>
    public IReadOnlyList<ScaleSetLabel> Labels { get => field ?? []; init; }

    /// <summary>When it was created.</summary>
    public DateTimeOffset? CreatedOn { get; init; }

    /// <summary>Its statistics, which need no session.</summary>
    public ScaleSetStatistics? Statistics { get; init; }

    /// <summary>Whether it has these labels and this group.</summary>
    public bool Serves(long groupId, IReadOnlyCollection<string> labels) =>
        RunnerGroupId == groupId
        && Labels.Select(label => label.Name).ToHashSet(StringComparer.OrdinalIgnoreCase).SetEquals(labels);
}

/// <summary>A label of a scale set.</summary>
internal sealed record ScaleSetLabel
{
    public string Type { get => field ?? "System"; init; }

    public string Name { get => field ?? ""; init; }
}

/// <summary>The request to create or change a scale set.</summary>
/// <param name="Name">Its name, unique in its group.</param>
/// <param name="RunnerGroupId">Its group.</param>
/// <param name="Labels">Its labels, matched against <c>runs-on</c>.</param>
internal sealed record ScaleSetRequest(string Name, long RunnerGroupId, IReadOnlyList<ScaleSetLabel> Labels)
{
    /// <summary>Capitalized on the wire.</summary>
    [JsonPropertyName("RunnerSetting")]
    public ScaleSetRunnerSetting RunnerSetting { get; init; } = new(DisableUpdate: false);

    public static ScaleSetRequest For(string name, long groupId, IEnumerable<string> labels) =>
        new(name, groupId, [.. labels.Select(label => new ScaleSetLabel { Type = "System", Name = label })]);
}

/// <summary>Settings of all runners of a scale set.</summary>
/// <param name="DisableUpdate">Whether runners never update themselves; GitHub stops giving them jobs 30 days after a release.</param>
internal sealed record ScaleSetRunnerSetting(bool DisableUpdate);

/// <summary>A runner in the Actions service.</summary>
internal sealed record ScaleSetRunner
{
    public long Id { get; init; }

    public string Name { get => field ?? ""; init; }

    public long RunnerScaleSetId { get; init; }
}

/// <summary>A runner registered in a scale set, and the secret to start it with.</summary>
internal sealed record ScaleSetJitConfig
{
    public ScaleSetRunner Runner { get => field ?? new(); init; }

    /// <summary>Base64 for <c>run.sh --jitconfig</c>. A secret.</summary>
    [JsonPropertyName("encodedJITConfig")]
    public string EncodedJitConfig { get => field ?? ""; init; }

    public override string ToString() => $"{Runner.Name} ({Runner.Id})";
}

/// <summary>A runner group in the Actions service.</summary>
internal sealed record ScaleSetRunnerGroup
{
    public long Id { get; init; }

    public string Name { get => field ?? ""; init; }
}

internal sealed record ScaleSetList(IReadOnlyList<ScaleSet>? Value);

internal sealed record ScaleSetRunnerList(IReadOnlyList<ScaleSetRunner>? Value);

internal sealed record ScaleSetRunnerGroupList(IReadOnlyList<ScaleSetRunnerGroup>? Value);

internal sealed record ScaleSetRequestIds(IReadOnlyList<long>? Value);

internal sealed record ScaleSetJitRequest(string Name, string WorkFolder);

internal sealed record ScaleSetSessionRequest(Guid SessionId, string OwnerName);

internal sealed record ScaleSetRegistration(string Url, [property: JsonPropertyName("runner_event")] string RunnerEvent);

internal sealed record ScaleSetErrorBody(string? TypeName, string? Message);

internal sealed record ScaleSetAdminAnswer(string? Url, string? Token)
{
    public override string ToString() => $"admin connection to {Url}";
}

internal sealed record ScaleSetTokenClaims(long? Exp);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    PropertyNameCaseInsensitive = true,
    Converters =
    [
        typeof(LenientInt64), typeof(LenientOptionalInt64), typeof(LenientCount), typeof(LenientTime), typeof(LenientText), typeof(LenientList<long>),
        typeof(LenientList<ScaleSetJob>), typeof(LenientList<ScaleSet>), typeof(LenientList<ScaleSetLabel>), typeof(LenientList<ScaleSetRunner>),
        typeof(LenientList<ScaleSetRunnerGroup>),
    ],
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ScaleSet))]
[JsonSerializable(typeof(ScaleSetRequest))]
[JsonSerializable(typeof(ScaleSetList))]
[JsonSerializable(typeof(ScaleSetRunner))]
[JsonSerializable(typeof(ScaleSetRunnerList))]
[JsonSerializable(typeof(ScaleSetRunnerGroupList))]
[JsonSerializable(typeof(ScaleSetJitRequest))]
[JsonSerializable(typeof(ScaleSetJitConfig))]
[JsonSerializable(typeof(ScaleSetSessionRequest))]
[JsonSerializable(typeof(ScaleSetSession))]
[JsonSerializable(typeof(ScaleSetMessage))]
[JsonSerializable(typeof(IReadOnlyList<ScaleSetJob>))]
[JsonSerializable(typeof(ScaleSetRequestIds))]
[JsonSerializable(typeof(IReadOnlyList<long>))]
[JsonSerializable(typeof(ScaleSetRegistration))]
[JsonSerializable(typeof(ScaleSetAdminAnswer))]
[JsonSerializable(typeof(ScaleSetTokenClaims))]
[JsonSerializable(typeof(ScaleSetErrorBody))]
internal sealed partial class ScaleSetJson : JsonSerializerContext;

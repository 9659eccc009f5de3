using System.Globalization;
using System.Text.Json.Serialization;

namespace Operator.GitHub.Rest;

// The generated deserializer sets init-only properties to null for missing JSON, so their getters supply the empty value.

/// <summary>A self-hosted runner as GitHub lists it.</summary>
internal sealed record GitHubRunner
{
    public long Id { get; init; }

    public string Name { get => field ?? ""; init; }

    /// <summary><c>online</c> or <c>offline</c>.</summary>
    public string Status { get => field ?? ""; init; }

    /// <summary>Whether a job runs on it. Lags an assignment by seconds.</summary>
    public bool Busy { get; init; }

    public IReadOnlyList<GitHubLabel> Labels { get => field ?? []; init; }

    /// <summary>The version of the runner application; null before its first start, and from hosts that do not report it.</summary>
    public string? Version { get; init; }
}

/// <summary>A label of a runner.</summary>
/// <param name="Name">Case-insensitive at GitHub.</param>
internal sealed record GitHubLabel(string? Name);

/// <summary>A just-in-time runner, and the secret to start it with.</summary>
internal sealed record GitHubJitConfig
{
    public GitHubRunner Runner { get => field ?? new(); init; }

    /// <summary>Base64 for <c>run.sh --jitconfig</c>. A secret.</summary>
    public string EncodedJitConfig { get => field ?? ""; init; }

    public override string ToString() => $"{Runner.Name} ({Runner.Id})";
}

/// <summary>A runner group of an organization or enterprise.</summary>
internal sealed record GitHubRunnerGroup
{
    public long Id { get; init; }

    public string Name { get => field ?? ""; init; }

    public bool Default { get; init; }
}

/// <summary>How long a runner version gets jobs.</summary>
internal sealed record GitHubRunnerDeprecation
{
    /// <summary>From then on it gets none; null if no date is set, as for the newest version.</summary>
    public DateTimeOffset? RuntimeDeprecatesAt { get; init; }
}

/// <summary>A runner build offered by GitHub.</summary>
internal sealed record GitHubRunnerDownload
{
    /// <summary><c>linux</c>, <c>win</c> or <c>osx</c>.</summary>
    public string Os { get => field ?? ""; init; }

    /// <summary><c>x64</c>, <c>arm64</c> or <c>arm</c>.</summary>
    public string Architecture { get => field ?? ""; init; }

    public string DownloadUrl { get => field ?? ""; init; }

    public string Filename { get => field ?? ""; init; }

    /// <summary>SHA-256 of the file in hex; GitHub may omit it.</summary>
    public string? Sha256Checksum { get; init; }

    /// <summary>The version in the file's name (<c>actions-runner-linux-x64-2.328.0.tar.gz</c>); null if it has none.</summary>
    [JsonIgnore]
    public Version? Version
    {
        get
        {
            var text = Filename[(Filename.LastIndexOf('-') + 1)..].TrimEnd("abcdefghijklmnopqrstuvwxyz.".ToCharArray());
            return Version.TryParse(text, out var version) ? version : null;
        }
    }

    /// <summary>The newest version among builds; null if none can be parsed.</summary>
    /// <param name="downloads">The builds offered by GitHub.</param>
    public static string? Newest(IEnumerable<GitHubRunnerDownload> downloads) =>
        downloads.Max(download => download.Version)?.ToString();
}

internal sealed record GitHubRunnerPage(int? TotalCount, IReadOnlyList<GitHubRunner>? Runners);

internal sealed record GitHubRunnerGroupPage(int? TotalCount, IReadOnlyList<GitHubRunnerGroup>? RunnerGroups);

internal sealed record GitHubJitConfigRequest(string Name, long RunnerGroupId, IReadOnlyList<string> Labels, string WorkFolder);

internal sealed record GitHubInstallationToken(string? Token, DateTimeOffset ExpiresAt)
{
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"installation token until {ExpiresAt:O}");
}

internal sealed record GitHubRegistrationToken(string? Token, DateTimeOffset? ExpiresAt)
{
    public override string ToString() => "registration token";
}

internal sealed record GitHubErrorBody(string? Message, string? DocumentationUrl);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    Converters =
    [
        typeof(LenientOptionalInt64), typeof(LenientCount), typeof(LenientTime), typeof(LenientList<string>), typeof(LenientList<GitHubLabel>),
        typeof(LenientList<GitHubRunner>), typeof(LenientList<GitHubRunnerGroup>), typeof(LenientList<GitHubRunnerDownload>), typeof(LenientList<GitHubJob>),
        typeof(LenientList<GitHubStep>),
        typeof(LenientList<GitHubWorkflowRun>), typeof(LenientList<GitHubRepository>), typeof(LenientList<GitHubHook>), typeof(LenientList<GitHubHookDelivery>),
    ])]
[JsonSerializable(typeof(GitHubRunner))]
[JsonSerializable(typeof(GitHubRunnerPage))]
[JsonSerializable(typeof(GitHubRunnerGroupPage))]
[JsonSerializable(typeof(GitHubJitConfig))]
[JsonSerializable(typeof(GitHubJitConfigRequest))]
[JsonSerializable(typeof(GitHubInstallationToken))]
[JsonSerializable(typeof(GitHubRegistrationToken))]
[JsonSerializable(typeof(GitHubErrorBody))]
[JsonSerializable(typeof(IReadOnlyList<GitHubRunnerDownload>))]
[JsonSerializable(typeof(GitHubRunnerDeprecation))]
[JsonSerializable(typeof(GitHubJob))]
[JsonSerializable(typeof(GitHubJobPage))]
[JsonSerializable(typeof(GitHubWorkflowRun))]
[JsonSerializable(typeof(GitHubWorkflowRunPage))]
[JsonSerializable(typeof(GitHubRepositoryPage))]
[JsonSerializable(typeof(GitHubHookConfig))]
[JsonSerializable(typeof(IReadOnlyList<GitHubRepository>))]
[JsonSerializable(typeof(IReadOnlyList<GitHubHook>))]
[JsonSerializable(typeof(IReadOnlyList<GitHubHookDelivery>))]
internal sealed partial class GitHubJson : JsonSerializerContext;

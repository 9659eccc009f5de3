using System.Text.RegularExpressions;

namespace Operator.Simulator.Hosts;

/// <summary>Settings that a host reads from its user data: lines such as <c>EC2RUNNERS_CLUSTER='abc'</c>, or the same in PowerShell.</summary>
internal sealed partial record HostSettings(string Mailbox, TimeSpan MaxRuntime, TimeSpan MaxAge)
{
    /// <summary>How long the host stays on when it fails to boot; zero for not at all.</summary>
    public TimeSpan Hold { get; init; }

    /// <summary>Whether it waits for secrets.</summary>
    public bool HasSecrets { get; init; }

    /// <summary>Whether it reboots once where its updates want that.</summary>
    public bool MayReboot { get; init; }

    /// <summary>The image of the container that its runner runs in; empty for none.</summary>
    public string Container { get; init; } = "";

    /// <summary>Whether docker must be on its image, because it is told neither to do without nor to install it.</summary>
    public bool NeedsDocker { get; init; }

    /// <summary>What a machine says that has none.</summary>
    public const string NoDocker = "runner.container needs docker, which this machine does not have: use an image with docker, or runner.setup Standard";
    /// <summary>How long filling the folder of jobs may take; zero where nothing fills it.</summary>
    public TimeSpan WarmUp { get; init; }

    /// <summary>Whether it runs no jobs without that.</summary>
    public bool IsWarmUpRequired { get; init; }

    private const int DefaultMaxRuntimeSeconds = 3600;
    private const int DefaultMaxAgeSeconds = 12 * 3600;

    [GeneratedRegex(@"^\$?EC2RUNNERS_(?<name>[A-Z0-9_]+) ?= ?'(?<value>[^']*)'", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Assignment { get; }

    public static HostSettings Read(string userData)
    {
        var values = Assignment.Matches(userData)
            .GroupBy(match => match.Groups["name"].Value, match => match.Groups["value"].Value)
            .ToDictionary(group => group.Key, group => group.First(), StringComparer.Ordinal);
        var cluster = values.GetValueOrDefault("CLUSTER") ?? "default";
        return new HostSettings(
            values.GetValueOrDefault("MAILBOX")?.TrimEnd('/') ?? $"/ec2runners/{cluster}/mailbox",
            Seconds("MAX_RUNTIME_SECONDS", DefaultMaxRuntimeSeconds),
            Seconds("MAX_AGE_SECONDS", DefaultMaxAgeSeconds))
        {
            HasSecrets = values.GetValueOrDefault("SECRETS") == "1",
            Hold = Seconds("HOLD_SECONDS", 0),
            Container = values.GetValueOrDefault("CONTAINER") ?? "",
            NeedsDocker = values.ContainsKey("CONTAINER") && string.IsNullOrEmpty(values.GetValueOrDefault("SETUP")),
            WarmUp = Seconds("WARM_UP_SECONDS", 0),
            IsWarmUpRequired = values.GetValueOrDefault("WARM_UP_REQUIRED") == "1",
            MayReboot = values.GetValueOrDefault("PATCH") == "InstallAndReboot",
        };

        TimeSpan Seconds(string name, int otherwise) =>
            TimeSpan.FromSeconds(int.TryParse(values.GetValueOrDefault(name), out var number) ? number : otherwise);
    }
}

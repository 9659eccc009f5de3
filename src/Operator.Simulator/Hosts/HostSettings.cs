using System.Text.RegularExpressions;

namespace Operator.Simulator.Hosts;

/// <summary>What a host takes from the head of its user data: lines such as <c>EC2RUNNERS_CLUSTER='abc'</c>.</summary>
internal sealed partial record HostSettings(string Mailbox, TimeSpan MaxRuntime)
{
    private const int DefaultMaxRuntimeSeconds = 3600;

    [GeneratedRegex("^EC2RUNNERS_(?<name>[A-Z0-9_]+)='(?<value>[^']*)'", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Assignment { get; }

    public static HostSettings Read(string userData)
    {
        var values = Assignment.Matches(userData)
            .GroupBy(match => match.Groups["name"].Value, match => match.Groups["value"].Value)
            .ToDictionary(group => group.Key, group => group.First(), StringComparer.Ordinal);
        var cluster = values.GetValueOrDefault("CLUSTER") ?? "default";
        var seconds = int.TryParse(values.GetValueOrDefault("MAX_RUNTIME_SECONDS"), out var number) ? number : DefaultMaxRuntimeSeconds;
        return new HostSettings(
            values.GetValueOrDefault("MAILBOX")?.TrimEnd('/') ?? $"/ec2runners/{cluster}/mailbox", TimeSpan.FromSeconds(seconds));
    }
}

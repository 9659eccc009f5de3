using System.Globalization;
using System.Text.RegularExpressions;

namespace Operator.Benchmark;

/// <summary>Calls made by an operator by service and action, and the memory it allocated, from its metrics.</summary>
internal sealed partial class CallCounts(IReadOnlyDictionary<(string Service, string Action), double> calls, double allocatedBytes)
{
    /// <summary>Parses the counters of a scrape.</summary>
    public static CallCounts Parse(string metrics)
    {
        var calls = new Dictionary<(string, string), double>();
        foreach (Match match in Sample().Matches(metrics))
        {
            var key = (match.Groups["service"].Value, match.Groups["action"].Value);
            calls[key] = calls.GetValueOrDefault(key) + double.Parse(match.Groups["value"].Value, CultureInfo.InvariantCulture);
        }

        var allocated = Allocated().Match(metrics);
        return new CallCounts(calls, allocated.Success ? double.Parse(allocated.Groups["value"].Value, CultureInfo.InvariantCulture) : 0);
    }

    public CallCounts Since(CallCounts before) => new(
        calls.ToDictionary(pair => pair.Key, pair => pair.Value - before.Of(pair.Key.Service, pair.Key.Action)), AllocatedBytes - before.AllocatedBytes);

    /// <summary>Managed memory allocated, in bytes.</summary>
    public double AllocatedBytes => allocatedBytes;

    /// <summary>Writes to the API server; events are counted separately, because they are sent in the background.</summary>
    public double KubernetesWrites => Sum("kubernetes", action => IsWrite(action) && !IsEvent(action));

    public double KubernetesEvents => Sum("kubernetes", action => IsWrite(action) && IsEvent(action));

    public double Ec2 => Sum("aws", action => !IsSsm(action));

    public double Ssm => Sum("aws", IsSsm);

    /// <summary>Calls that count against GitHub's hourly rate limit: its REST API.</summary>
    public double GitHubMetered => Sum("github", action => !IsServiceCall(action));

    public double GitHub => Sum("github", _ => true);

    /// <summary>The number of calls per job for each action.</summary>
    public IEnumerable<string> Breakdown(int jobs) => calls
        .Where(pair => pair.Value > 0 && !pair.Key.Action.StartsWith("WATCH", StringComparison.Ordinal))
        .OrderBy(pair => pair.Key.Service, StringComparer.Ordinal).ThenByDescending(pair => pair.Value)
        .Select(pair => string.Create(CultureInfo.InvariantCulture, $"{pair.Key.Service} {pair.Key.Action}: {pair.Value / jobs:0.000}"));

    private static bool IsWrite(string action) => action.Split(' ')[0] is "POST" or "PUT" or "PATCH" or "DELETE";

    private static bool IsEvent(string action) => action.EndsWith(" events", StringComparison.Ordinal);

    private static bool IsSsm(string action) => action.EndsWith("Parameter", StringComparison.Ordinal) || action.EndsWith("Parameters", StringComparison.Ordinal);

    private static bool IsServiceCall(string action) => action.Contains("_apis", StringComparison.Ordinal) || action.Contains("message", StringComparison.Ordinal);

    private double Of(string service, string action) => calls.GetValueOrDefault((service, action));

    private double Sum(string service, Func<string, bool> isMeant) =>
        calls.Where(pair => pair.Key.Service == service && isMeant(pair.Key.Action)).Sum(pair => pair.Value);

    [GeneratedRegex(
        """^ec2runners_api_requests_total\{service="(?<service>[^"]*)",action="(?<action>[^"]*)",code="[^"]*"\} (?<value>\S+)$""",
        RegexOptions.Multiline | RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 5000)]
    private static partial Regex Sample();

    [GeneratedRegex(
        @"^process_gc_allocated_bytes_total (?<value>\S+)$", RegexOptions.Multiline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 5000)]
    private static partial Regex Allocated();
}

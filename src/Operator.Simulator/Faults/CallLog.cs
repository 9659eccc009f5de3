using System.Collections.Concurrent;

namespace Operator.Simulator.Faults;

/// <summary>
/// Counts every call that a simulated service answered, by the names that <see cref="FaultInjector"/> uses; those that a request bucket of AWS refused once more, as
/// <c>throttled:ec2:CreateFleet</c>.
/// </summary>
public sealed class CallLog
{
    private readonly ConcurrentDictionary<string, int> _counts = new(StringComparer.Ordinal);

    /// <summary>Calls so far by name.</summary>
    public IReadOnlyDictionary<string, int> Counts => _counts;

    /// <summary>How many calls match so far.</summary>
    /// <param name="prefix">The beginning of their names, such as <c>ec2:</c>.</param>
    public int Count(string prefix) =>
        _counts.Where(pair => pair.Key.StartsWith(prefix, StringComparison.Ordinal)).Sum(pair => pair.Value);

    /// <summary>Counts one call.</summary>
    /// <param name="call">Its name.</param>
    public void Add(string call) => _counts.AddOrUpdate(call, 1, (_, count) => count + 1);

    /// <summary>Resets the counts.</summary>
    public void Clear() => _counts.Clear();
}

namespace Operator.Benchmark;

/// <summary>
/// Compares what a change makes the operator do with what it did before: calls, writes and allocated memory for each job. These do not depend
/// on the machine. Pure.
/// </summary>
internal static class CountComparison
{
    /// <summary>By how much a count may rise; the rest is timing, such as whether a poll ended just before or after a job.</summary>
    private const double Tolerance = 0.1;

    /// <summary>A call that comes with one job in twenty is not an increase.</summary>
    private const double LeastCalls = 0.05;

    /// <summary>Compares the least of several runs each.</summary>
    /// <param name="before">Counts by name, for each run without the change.</param>
    /// <param name="after">The same with it.</param>
    public static IReadOnlyList<ComparedCount> Compare(
        IReadOnlyList<IReadOnlyDictionary<string, double>> before, IReadOnlyList<IReadOnlyDictionary<string, double>> after) =>
        [.. after.SelectMany(run => run.Keys).Distinct(StringComparer.Ordinal).Select(name => new ComparedCount(name, Least(before, name), Least(after, name)!.Value))];

    /// <summary>Whether a count has risen by more than timing explains. One that was not counted before has not.</summary>
    public static bool HasRisen(ComparedCount count) => count.Before is { } before && count.After > (before * (1 + Tolerance)) + LeastCalls;

    private static double? Least(IEnumerable<IReadOnlyDictionary<string, double>> runs, string name) =>
        runs.Where(run => run.ContainsKey(name)).Select(run => (double?)run[name]).Min();
}

/// <summary>A count without and with a change.</summary>
/// <param name="Name">What was counted.</param>
/// <param name="Before">Without the change; null if it was not counted.</param>
/// <param name="After">With it.</param>
internal sealed record ComparedCount(string Name, double? Before, double After);

namespace Operator.Dashboard;

/// <summary>Runners of a namespace by state over the last hour, one sample every ten seconds in which something changed. Not safe for threads.</summary>
internal sealed class StateHistory
{
    /// <summary>Most samples, and thus most points of an answer.</summary>
    public const int Samples = 360;

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Span = Interval * Samples;
    private static readonly string[] States = [RunnerStates.Waiting, RunnerStates.Booting, RunnerStates.Idle, RunnerStates.Busy, RunnerStates.Draining];

    private readonly LinkedList<(long Bucket, int[] Counts)> _samples = [];
    private int[] _counts = new int[States.Length];

    /// <summary>A runner has changed its state.</summary>
    /// <param name="before">Its state before; null if it is new.</param>
    /// <param name="after">Its state now; null if it is gone.</param>
    /// <param name="now">The time.</param>
    public void Observe(string? before, string? after, DateTimeOffset now)
    {
        if (before == after)
        {
            return;
        }

        _counts = [.. _counts];
        Count(before, -1);
        Count(after, 1);
        var bucket = BucketOf(now);
        if (_samples.Last?.Value.Bucket == bucket)
        {
            _samples.RemoveLast();
        }

        _samples.AddLast((bucket, _counts));

        // The last one before the hour says how the hour began.
        while (_samples.Count > 1 && _samples.First!.Next!.Value.Bucket <= bucket - Samples)
        {
            _samples.RemoveFirst();
        }
    }

    /// <summary>The sum of several.</summary>
    public static HistoryView Sum(IEnumerable<StateHistory> histories, DateTimeOffset now)
    {
        var all = histories.ToList();
        var begin = BucketOf(now - Span);
        long[] buckets = [.. all.SelectMany(history => history._samples.Select(sample => sample.Bucket)).Where(bucket => bucket > begin).Append(BucketOf(now)).Distinct().Order()];
        var sums = States.Select(_ => new int[buckets.Length]).ToArray();
        foreach (var history in all)
        {
            var sample = history._samples.First;
            for (var point = 0; point < buckets.Length; point++)
            {
                while (sample?.Next is { } next && next.Value.Bucket <= buckets[point])
                {
                    sample = next;
                }

                for (var state = 0; sample is not null && sample.Value.Bucket <= buckets[point] && state < sums.Length; state++)
                {
                    sums[state][point] += sample.Value.Counts[state];
                }
            }
        }

        return new([.. buckets.Select(bucket => bucket * (long)Interval.TotalSeconds)], sums[0], sums[1], sums[2], sums[3], sums[4]);
    }

    private void Count(string? state, int change)
    {
        var index = state is null ? -1 : Array.IndexOf(States, state switch { RunnerStates.Leased => RunnerStates.Idle, RunnerStates.Offline => RunnerStates.Booting, _ => state });
        if (index >= 0)
        {
            _counts[index] += change;
        }
    }

    private static long BucketOf(DateTimeOffset at) => at.ToUnixTimeSeconds() / (long)Interval.TotalSeconds;
}

using System.Collections.Concurrent;

namespace Operator.Runtime.Controllers;

/// <summary>
/// Detects whether a loop still makes progress: a hanging one neither fails nor logs. Operations it starts in parallel, such as the sweep
/// of one account, can be tracked individually.
/// </summary>
/// <param name="time">The clock.</param>
/// <param name="bound">When to report a hang: several times the longest round, including all delays and time-outs.</param>
public sealed class LoopProgress(TimeProvider time, TimeSpan bound)
{
    private readonly ConcurrentDictionary<Step, bool> _underWay = new();
    private long _roundAt = time.GetTimestamp();

    /// <summary>The loop has completed a round.</summary>
    public void ComeRound() => Volatile.Write(ref _roundAt, time.GetTimestamp());

    /// <summary>An operation is in progress until the result is disposed.</summary>
    /// <param name="what">A description for users.</param>
    public IDisposable Follow(string what)
    {
        var step = new Step(this, what, time.GetTimestamp());
        _underWay[step] = true;
        return step;
    }

    /// <summary>What hangs, for users.</summary>
    internal IEnumerable<string> FindProblems()
    {
        if (time.GetElapsedTime(Volatile.Read(ref _roundAt)) is var age && age > bound)
        {
            yield return $"has made no progress for {age.TotalMinutes:0} min";
        }

        foreach (var step in _underWay.Keys.Where(step => time.GetElapsedTime(step.Since) > bound))
        {
            yield return $"{step.What} has not ended for {time.GetElapsedTime(step.Since).TotalMinutes:0} min";
        }
    }

    private sealed class Step(LoopProgress progress, string what, long since) : IDisposable
    {
        public string What => what;

        public long Since => since;

        public void Dispose() => progress._underWay.TryRemove(this, out _);
    }
}

using System.Collections.Concurrent;

namespace Operator.Runtime.Controllers;

/// <summary>
/// Shows whether a loop still comes round: one that hangs fails nothing and says nothing. What it starts beside itself, such as the sweep of one account, can be
/// followed one by one.
/// </summary>
/// <param name="time">The clock.</param>
/// <param name="bound">What takes longer hangs: several times what a round takes at worst, all pauses and time-outs included.</param>
public sealed class LoopProgress(TimeProvider time, TimeSpan bound)
{
    private readonly ConcurrentDictionary<Step, bool> _underWay = new();
    private long _roundAt = time.GetTimestamp();

    /// <summary>The loop has come round.</summary>
    public void ComeRound() => Volatile.Write(ref _roundAt, time.GetTimestamp());

    /// <summary>Something is under way until the result is disposed.</summary>
    /// <param name="what">What, for people.</param>
    public IDisposable Follow(string what)
    {
        var step = new Step(this, what, time.GetTimestamp());
        _underWay[step] = true;
        return step;
    }

    /// <summary>What hangs, for people.</summary>
    internal IEnumerable<string> FindProblems()
    {
        if (time.GetElapsedTime(Volatile.Read(ref _roundAt)) is var age && age > bound)
        {
            yield return $"has not come round for {age.TotalMinutes:0} min";
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

namespace Operator.Hosting;

/// <summary>
/// Gives memory back when the operator has become idle: a burst, like the initial lists, leaves garbage that the collector would keep until the next burst, for days if need be.
/// Decides by what was allocated; collecting takes some tens of milliseconds.
/// </summary>
/// <param name="allocated">Bytes allocated since the start.</param>
/// <param name="collect">Collects and compacts everything.</param>
internal sealed class IdleCollector(Func<long> allocated, Action collect)
{
    public static readonly TimeSpan Period = TimeSpan.FromSeconds(5);

    /// <summary>Less within a period is idle: leader election, a poll, a scrape.</summary>
    internal const long Idle = 2L << 20;

    /// <summary>Less since the last collection is not worth one.</summary>
    internal const long Worthwhile = 32L << 20;

    private long _before;
    private long _collected;

    /// <summary>Collects until cancelled.</summary>
    public static async Task RunAsync(TimeProvider time, CancellationToken cancellationToken)
    {
        var collector = new IdleCollector(
            () => GC.GetTotalAllocatedBytes(), () => GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true));
        using var timer = new PeriodicTimer(Period, time);
        try
        {
            while (await timer.WaitForNextTickAsync(cancellationToken))
            {
                collector.Check();
            }
        }
        catch (OperationCanceledException)
        {
            // The operator stops.
        }
    }

    /// <summary>To be called once a period.</summary>
    public void Check()
    {
        var now = allocated();
        var isIdle = now - _before < Idle;
        _before = now;
        if (isIdle && now - _collected >= Worthwhile)
        {
            collect();
            _collected = _before = allocated();
        }
    }
}

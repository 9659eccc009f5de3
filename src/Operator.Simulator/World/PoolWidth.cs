namespace Operator.Simulator.World;

/// <summary>How many threads the thread pool has: as many as were asked for, and more only while what is queued gets none of them.</summary>
internal static class PoolWidth
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(250);

    /// <summary>So often in a row nothing may have moved while work was queued.</summary>
    private const int MostLooks = 4;

    private static int _wanted;
    private static int _turns;
    private static volatile bool _isWider;
    private static volatile bool _isDriverQueued;

    /// <summary>Makes the pool as wide as that, no more and no less.</summary>
    public static void Keep(int threads)
    {
        if (_wanted == 0)
        {
            new Thread(Guard) { IsBackground = true, Name = "pool width" }.Start();
        }

        if (_wanted != threads || _isWider)
        {
            (_wanted, _isWider) = (threads, false);
            Set(threads);
        }
    }

    /// <summary>Lets everything go first that is queued.</summary>
    public static async ValueTask YieldAsync()
    {
        _isDriverQueued = true;
        if (_isWider)
        {
            // What a thread has queued and cannot take, as it waits, another takes only when it finds nothing else: not even the driver.
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System);
        }
        else
        {
            await Task.Yield();
        }

        _isDriverQueued = false;
        Interlocked.Increment(ref _turns);
    }

    private static void Set(int threads)
    {
        ThreadPool.GetMinThreads(out var fewest, out var ports);
        ThreadPool.GetMaxThreads(out _, out var mostPorts);

        // The most may never be fewer than the fewest.
        _ = threads < fewest
            ? ThreadPool.SetMinThreads(threads, ports) && ThreadPool.SetMaxThreads(threads, mostPorts)
            : ThreadPool.SetMaxThreads(threads, mostPorts) && ThreadPool.SetMinThreads(threads, ports);
    }

    // Code that blocks its thread until another has done something would wait for ever where there is no other. And a thread takes what it has queued
    // itself before what others have: where that never ends, the driver has no turn, and cannot say so.
    private static void Guard()
    {
        var (before, looks) = ((Done: 0L, Turns: 0), 0);
        using var never = new ManualResetEventSlim();
        while (!never.Wait(Look))
        {
            var now = (Done: ThreadPool.CompletedWorkItemCount, Turns: Volatile.Read(ref _turns));
            var isStuck = ThreadPool.PendingWorkItemCount > 0 && (now.Done == before.Done || (_isDriverQueued && now.Turns == before.Turns));
            (before, looks) = (now, isStuck ? looks + 1 : 0);
            if (looks == MostLooks)
            {
                looks = 0;
                _isWider = true;
                ThreadPool.GetMaxThreads(out var threads, out _);
                Set(threads + 1);
            }
        }
    }
}

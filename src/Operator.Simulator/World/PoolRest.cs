namespace Operator.Simulator.World;

/// <summary>
/// Detects whether a world is at rest. Without sockets and real timers, everything that can still happen is a work item of the thread pool,
/// either queued or on one of its threads.
/// </summary>
internal static class PoolRest
{
    private static readonly TimeSpan FirstLook = TimeSpan.FromMilliseconds(300);

    /// <summary>
    /// Number of observations after which the count of held threads is reliable: the test runner has finished starting up.
    /// </summary>
    private const int Confirmations = 2000;

    private static readonly SemaphoreSlim Learning = new(1);

    /// <summary>
    /// Number of threads held by the test runner for its whole life; learnt while there is no world yet, and corrected later.
    /// </summary>
    private static int? _held;

    /// <summary>How many rests the kernel has confirmed since that was learnt.</summary>
    private static int _confirmed;

    /// <summary>To be awaited before anything of a world begins.</summary>
    public static async Task PrepareAsync()
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding); // the runner's own thread waits, then, as it will
        await Learning.WaitAsync();
        try
        {
            _held ??= await FewestOthersAsync();
        }
        finally
        {
            Learning.Release();
        }
    }

    /// <summary>
    /// Whether no work item is queued, and none runs except the caller's. A work item that moves from the queue onto a thread between the
    /// checks is found on that thread, or counted as completed, by the repeated check.
    /// </summary>
    public static bool IsReached()
    {
        var done = ThreadPool.CompletedWorkItemCount;
        return IsOnlyCallerBusy() && ThreadPool.PendingWorkItemCount == 0 && IsConfirmed()
            && IsOnlyCallerBusy() && ThreadPool.CompletedWorkItemCount == done;
    }

    // A count of held threads that is too high hides an awake thread. Verifying it costs a check of each thread, so this is not done
    // forever.
    private static bool IsConfirmed()
    {
        if (_confirmed >= Confirmations)
        {
            return true;
        }

        if (!PoolThreads.AreOthersAsleep())
        {
            return false;
        }

        _confirmed++;
        return true;
    }

    /// <summary>Yields to others: those in the queue, or those on other threads.</summary>
    public static async ValueTask LookAwayAsync()
    {
        if (ThreadPool.PendingWorkItemCount > 0)
        {
            await Task.Yield();
        }
        else
        {
            // Queueing anything now would wake a thread, which then counts as busy for a moment; sleeping would make the pool start more
            // threads.
            Thread.Yield();
        }
    }

    private static bool IsOnlyCallerBusy()
    {
        var others = Others();
        var held = _held ?? throw new InvalidOperationException($"{nameof(PrepareAsync)} comes first");
        if (others < held)
        {
            (_held, _confirmed) = (others, 0); // a held thread has ended
        }

        return others == _held;
    }

    // A thread woken in vain counts as busy until it sleeps again, which takes a while if the processor is contended.
    private static async Task<int> FewestOthersAsync()
    {
        var (begun, fewest, isSeenAsleep) = (TimeProvider.System.GetTimestamp(), int.MaxValue, false);
        while (!isSeenAsleep || TimeProvider.System.GetElapsedTime(begun) < FirstLook)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System);
            fewest = Math.Min(fewest, Others());
            isSeenAsleep |= PoolThreads.AreOthersAsleep();
        }

        return fewest;
    }

    private static int Others()
    {
        ThreadPool.GetMaxThreads(out var most, out _);
        ThreadPool.GetAvailableThreads(out var available, out _);
        return most - available - 1;
    }
}

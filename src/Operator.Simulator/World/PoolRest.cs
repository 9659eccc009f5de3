namespace Operator.Simulator.World;

/// <summary>
/// Tells whether a world has come to rest. Where nothing is on a wire and no timer is real, everything that can still happen is a
/// work item of the thread pool: queued, or on one of its threads.
/// </summary>
internal static class PoolRest
{
    private static readonly TimeSpan FirstLook = TimeSpan.FromMilliseconds(300);

    /// <summary>After so many the count of held threads has proved itself: what the runner did at its start is over.</summary>
    private const int Confirmations = 2000;

    private static readonly SemaphoreSlim Learning = new(1);

    /// <summary>How many threads a test runner holds for as long as it runs; learnt while there is no world yet, and corrected.</summary>
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
    /// Whether no work item is queued, and none runs but the caller's, itself one. A work item that slips from the queue onto a thread
    /// between the questions is on that thread, or has been counted as done, when they are asked again.
    /// </summary>
    public static bool IsReached()
    {
        var done = ThreadPool.CompletedWorkItemCount;
        return IsOnlyCallerBusy() && ThreadPool.PendingWorkItemCount == 0 && IsConfirmed()
            && IsOnlyCallerBusy() && ThreadPool.CompletedWorkItemCount == done;
    }

    // A count of held threads that was learnt too high hides a thread that is awake. That costs a look at each thread, so it is not done for ever.
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

    /// <summary>Lets others go first: those in the queue, or else those on other threads.</summary>
    public static async ValueTask LookAwayAsync()
    {
        if (ThreadPool.PendingWorkItemCount > 0)
        {
            await Task.Yield();
        }
        else
        {
            // To queue anything now would wake a thread, which for a moment is as good as busy; to sleep would make the pool start further threads.
            Thread.Yield();
        }
    }

    private static bool IsOnlyCallerBusy()
    {
        var others = Others();
        var held = _held ?? throw new InvalidOperationException($"{nameof(PrepareAsync)} comes first");
        if (others < held)
        {
            (_held, _confirmed) = (others, 0); // one that was held has ended
        }

        return others == _held;
    }

    // A thread that was woken in vain counts as busy until it has gone to sleep again, which takes a while where others want the processor.
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

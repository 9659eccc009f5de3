namespace Operator.Simulator.World;

/// <summary>
/// Tells whether a world has come to rest. Where nothing is on a wire and no timer is real, everything that can still happen is a
/// work item of the thread pool: queued, or on a thread that the test runner does not hold.
/// </summary>
internal static class PoolRest
{
    private static readonly TimeSpan FirstLook = TimeSpan.FromMilliseconds(300);

    /// <summary>After so many the count of held threads has proved itself: what the runner did at its start is over.</summary>
    private const int Confirmations = 2000;

    private static readonly TimeSpan WatchPeriod = TimeSpan.FromMilliseconds(100);

    private static readonly Thread Watchdog = new(Watch) { IsBackground = true, Name = nameof(PoolRest) };

    /// <summary>When a world has had long enough to come to rest, as a timestamp.</summary>
    private static long _until = long.MaxValue;

    /// <summary>The runtime's own limit.</summary>
    private const int ManyThreads = short.MaxValue;

    private static readonly SemaphoreSlim Learning = new(1);

    /// <summary>How many threads a test runner holds for as long as it runs; learnt while there is no world yet, and corrected.</summary>
    private static int? _held;

    /// <summary>How many rests the kernel has confirmed since that was learnt.</summary>
    private static int _confirmed;

    // Not one of the pool's, which is what it looks after.
    private static void Watch()
    {
        using var never = new ManualResetEvent(initialState: false);
        while (!never.WaitOne(WatchPeriod))
        {
            if (TimeProvider.System.GetTimestamp() > Volatile.Read(ref _until))
            {
                UseAllThreads();
            }
        }
    }

    private static int Held => _held ?? throw new InvalidOperationException($"{nameof(PrepareAsync)} comes first");

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

    /// <summary>Has one thread serve whatever there is, so that what happens has one order, and nobody spins while another works.</summary>
    /// <param name="patience">After so long the pool has all its threads again: what spins on the one thread leaves nobody else a turn.</param>
    public static void UseOneThread(TimeSpan patience)
    {
        Volatile.Write(ref _until, TimeProvider.System.GetTimestamp() + (long)(patience.TotalSeconds * TimeProvider.System.TimestampFrequency));
        if (Watchdog.ThreadState.HasFlag(ThreadState.Unstarted))
        {
            Watchdog.Start();
        }

        SetThreads(Held + 1, Held + 1);
    }

    /// <summary>Gives the pool its threads back: whoever disposes of a real server blocks one of them.</summary>
    public static void UseAllThreads()
    {
        Volatile.Write(ref _until, long.MaxValue);
        SetThreads(Environment.ProcessorCount + Held, ManyThreads);
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
        var held = Held;
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

    private static void SetThreads(int fewest, int most)
    {
        ThreadPool.GetMinThreads(out _, out var fewestPorts);
        ThreadPool.GetMaxThreads(out _, out var mostPorts);
        ThreadPool.SetMinThreads(1, fewestPorts);
        ThreadPool.SetMaxThreads(most, mostPorts);
        ThreadPool.SetMinThreads(fewest, fewestPorts);
    }

    private static int Others()
    {
        ThreadPool.GetMaxThreads(out var most, out _);
        ThreadPool.GetAvailableThreads(out var available, out _);
        return most - available - 1;
    }
}

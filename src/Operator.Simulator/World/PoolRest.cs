using System.Collections.Concurrent;
using System.Runtime.InteropServices;

namespace Operator.Simulator.World;

/// <summary>
/// Tells when a world has come to rest. Where nothing is on a wire and no timer is real, everything that can still happen is a
/// work item of the thread pool: queued, or on one of its threads. A thread outside the pool watches it, and sleeps between looks:
/// a watcher on the pool would keep a processor from the work that it waits for, most of all where other processes want the processors, too.
/// </summary>
internal static class PoolRest
{
    private static readonly TimeSpan FirstLook = TimeSpan.FromMilliseconds(300);

    /// <summary>Between two looks. The longer it has taken already, the longer: each look takes a processor from what it waits for.</summary>
    private static readonly (TimeSpan Shortest, TimeSpan Longest, int Share) Pause = (TimeSpan.FromMicroseconds(10), TimeSpan.FromMilliseconds(1), 8);

    /// <summary>After so many the count of held threads has proved itself: what the runner did at its start is over.</summary>
    private const int Confirmations = 2000;

    /// <summary>What the watcher is to do, in order. Whoever adds to it waits for the answer, so it holds no more than there are callers.</summary>
    private static readonly ConcurrentQueue<Action> Requests = new();

    private static readonly AutoResetEvent IsRequested = new(initialState: false);
    private static readonly Lazy<Thread> Watcher = new(StartWatcher);

    /// <summary>How many threads of the pool a test runner holds for as long as it runs; learnt while there is no world yet, and corrected.</summary>
    private static int? _held;

    /// <summary>How many rests the kernel has confirmed since that was learnt.</summary>
    private static int _confirmed;

    /// <summary>To be awaited before anything of a world begins.</summary>
    public static Task PrepareAsync() => AskAsync(() =>
    {
        _held ??= FewestBusy();
        return true;
    });

    /// <summary>Waits until no work item is queued and none runs.</summary>
    /// <param name="patience">How much real time that may take.</param>
    /// <returns>Whether it came to that.</returns>
    public static Task<bool> ReachAsync(TimeSpan patience) => AskAsync(() =>
    {
        var begun = TimeProvider.System.GetTimestamp();
        while (!IsReached())
        {
            var elapsed = TimeProvider.System.GetElapsedTime(begun);
            if (elapsed > patience)
            {
                return false;
            }

            var pause = elapsed / Pause.Share;
            Sleep(pause < Pause.Shortest ? Pause.Shortest : pause > Pause.Longest ? Pause.Longest : pause);
        }

        return true;
    });

    private static Task<bool> AskAsync(Func<bool> question)
    {
        _ = Watcher.Value;
        var answer = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        Requests.Enqueue(() => answer.SetResult(question()));
        IsRequested.Set();
        return answer.Task;
    }

    private static Thread StartWatcher()
    {
        var thread = new Thread(Watch) { IsBackground = true, Name = "pool watcher" };
        thread.Start();
        return thread;
    }

    private static void Watch()
    {
        while (true)
        {
            while (Requests.TryDequeue(out var request))
            {
                request();
            }

            IsRequested.WaitOne();
        }
    }

    // A work item that slips from the queue onto a thread between the questions is on that thread, or has been counted as done, when they are asked again.
    private static bool IsReached()
    {
        var done = ThreadPool.CompletedWorkItemCount;
        return IsIdle() && ThreadPool.PendingWorkItemCount == 0 && IsConfirmed() && IsIdle() && ThreadPool.CompletedWorkItemCount == done;
    }

    // A count of held threads that is too high hides an awake thread. Verifying it costs a check of each thread, so this is not done
    // forever.
    private static bool IsConfirmed()
    {
        if (_confirmed >= Confirmations)
        {
            return true;
        }

        if (!PoolThreads.AreAsleep())
        {
            return false;
        }

        _confirmed++;
        return true;
    }

    private static bool IsIdle()
    {
        var busy = Busy();
        var held = _held ?? throw new InvalidOperationException($"{nameof(PrepareAsync)} comes first");
        if (busy < held)
        {
            (_held, _confirmed) = (busy, 0); // one that was held has ended
        }

        return busy == _held;
    }

    // A thread that was woken in vain counts as busy until it has gone to sleep again, which takes a while where others want the processor.
    private static int FewestBusy()
    {
        var (begun, fewest, isSeenAsleep) = (TimeProvider.System.GetTimestamp(), int.MaxValue, false);
        while (!isSeenAsleep || TimeProvider.System.GetElapsedTime(begun) < FirstLook)
        {
            Sleep(Pause.Longest);
            fewest = Math.Min(fewest, Busy());
            isSeenAsleep |= PoolThreads.AreAsleep();
        }

        return fewest;
    }

    private static int Busy()
    {
        ThreadPool.GetMaxThreads(out var most, out _);
        ThreadPool.GetAvailableThreads(out var available, out _);
        return most - available;
    }

    // The kernel adds about 50 microseconds.
    private static void Sleep(TimeSpan duration)
    {
        if (OperatingSystem.IsWindows())
        {
            Thread.Yield();
        }
        else
        {
            _ = SleepMicroseconds((uint)duration.TotalMicroseconds);
        }
    }

    // .NET sleeps for a millisecond at least, in which a world has come to rest many times.
    [DllImport("libc", EntryPoint = "usleep")]
    private static extern int SleepMicroseconds(uint microseconds);
}

using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Operator.Simulator.World;

/// <summary>
/// The kernel's state of the thread pool's threads. A thread that runs, or is runnable on a busy machine, is not asleep. Without
/// <c>/proc</c> the state is unknown, and all count as asleep.
/// </summary>
internal static class PoolThreads
{
    private const string Tasks = "/proc/self/task";
    private const string WorkerName = "(.NET TP Worker)";

    private static readonly List<SafeFileHandle> Workers = [];
    private static readonly Lock Reading = new();

    /// <summary>Whether all threads except the caller's are asleep.</summary>
    public static bool AreOthersAsleep()
    {
        if (!Directory.Exists(Tasks))
        {
            return true;
        }

        lock (Reading)
        {
            if (AreOthersOfKnownAsleep() is { } known)
            {
                return known;
            }

            FindWorkers();
            return AreOthersOfKnownAsleep() is true;
        }
    }

    // Null where the threads are others than those that are known.
    private static bool? AreOthersOfKnownAsleep()
    {
        if (Workers.Count != ThreadPool.ThreadCount)
        {
            return null;
        }

        var awake = 0;
        foreach (var worker in Workers)
        {
            switch (StateOf(worker))
            {
                case null:
                    return null;
                case not 'S':
                    awake++;
                    break;
            }
        }

        return awake == 1;
    }

    private static void FindWorkers()
    {
        Workers.ForEach(worker => worker.Dispose());
        Workers.Clear();
        foreach (var task in Directory.EnumerateDirectories(Tasks))
        {
            try
            {
                var file = File.OpenHandle(Path.Combine(task, "stat"));
                if (StateOf(file) is null)
                {
                    file.Dispose();
                }
                else
                {
                    Workers.Add(file);
                }
            }
            catch (IOException)
            {
                // The thread has ended in the meantime.
            }
        }
    }

    // As in "41 (.NET TP Worker) S 1 …"; null for other threads, and for ended ones.
    private static char? StateOf(SafeFileHandle file)
    {
        Span<byte> line = stackalloc byte[64];
        try
        {
            var text = Encoding.ASCII.GetString(line[..RandomAccess.Read(file, line, 0)]);
            var end = text.IndexOf(WorkerName, StringComparison.Ordinal) + WorkerName.Length + 1;
            return end > WorkerName.Length && end < text.Length ? text[end] : null;
        }
        catch (IOException)
        {
            return null;
        }
    }
}

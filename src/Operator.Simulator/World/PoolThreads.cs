using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Operator.Simulator.World;

/// <summary>
/// What the kernel says of the thread pool's threads. A thread that runs, or would if there were a processor for it, is not asleep,
/// however busy the machine is. Where there is no <c>/proc</c>, nothing is known and all count as asleep. For one thread at a time, outside the pool.
/// </summary>
internal static class PoolThreads
{
    private const string Tasks = "/proc/self/task";
    private const string WorkerName = "(.NET TP Worker)";

    private static readonly List<SafeFileHandle> Workers = [];

    /// <summary>Whether all of them sleep.</summary>
    public static bool AreAsleep()
    {
        if (!Directory.Exists(Tasks))
        {
            return true;
        }

        if (AreKnownAsleep() is { } known)
        {
            return known;
        }

        FindWorkers();
        return AreKnownAsleep() is true;
    }

    // Null where the threads are others than those that are known.
    private static bool? AreKnownAsleep()
    {
        if (Workers.Count != ThreadPool.ThreadCount)
        {
            return null;
        }

        var states = Workers.ConvertAll(StateOf);
        return states.Contains(null) ? null : states.TrueForAll(state => state == 'S');
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

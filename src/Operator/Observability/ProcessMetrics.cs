using System.Diagnostics;
using Operator.Runtime.Metrics;

namespace Operator.Observability;

/// <summary>What this process is and uses, under the names that every Prometheus client gives to them.</summary>
internal static class ProcessMetrics
{
    private const string FileDescriptors = "/proc/self/fd";

    /// <summary>Creates the instruments.</summary>
    /// <param name="instruments">Where they are served.</param>
    /// <param name="isLeading">Whether this process leads.</param>
    public static void AddTo(Instruments instruments, Func<bool> isLeading)
    {
        Add("leader", "1 while this process leads; 0 while it stands by.", () => isLeading() ? 1 : 0);
        instruments.CreateGauge("build_info", "1; the version is in its labels.", "version", "revision", "dotnet_version")
            .WithLabels(OperatorVersion.Number, OperatorVersion.Revision, Environment.Version.ToString()).Set(1);
        var cpu = instruments.CreateCounter("process_cpu_seconds_total", "CPU time that was used.");
        instruments.Registry.AddBeforeCollectCallback(() => cpu.IncTo(Environment.CpuUsage.TotalTime.TotalSeconds));
        Add("process_resident_memory_bytes", "Resident memory.", () => Environment.WorkingSet);
        Add("process_start_time_seconds", "When the process started, in seconds since 1970.", StartTime);
        Add("process_open_fds", "Open file descriptors.", () => OpenFiles());
        Add("process_gc_heap_bytes", "Managed memory in use.", () => GC.GetTotalMemory(forceFullCollection: false));
        Add("process_threadpool_queue", "Work items waiting for a thread.", () => ThreadPool.PendingWorkItemCount);

        void Add(string name, string help, Func<double> value) => instruments.Observe(name, help, () => [new Reading(value())]);
    }

    private static double StartTime()
    {
        using var process = Process.GetCurrentProcess();
        return new DateTimeOffset(process.StartTime).ToUnixTimeMilliseconds() / 1000.0;
    }

    private static int OpenFiles() => Directory.Exists(FileDescriptors) ? Directory.GetFileSystemEntries(FileDescriptors).Length : 0;
}

using System.Diagnostics;
using Operator.Runtime.Metrics;

namespace Operator.Observability;

/// <summary>Information about this process, under the names common to all Prometheus clients.</summary>
internal static class ProcessMetrics
{
    private const string FileDescriptors = "/proc/self/fd";

    /// <summary>Creates the instruments.</summary>
    /// <param name="instruments">The instruments.</param>
    /// <param name="isLeading">Whether this process is leader.</param>
    public static void AddTo(Instruments instruments, Func<bool> isLeading)
    {
        Add("leader", "1 while this process is leader, otherwise 0.", () => isLeading() ? 1 : 0);
        instruments.CreateGauge("build_info", "1; the version is in its labels.", "version", "revision", "dotnet_version")
            .WithLabels(OperatorVersion.Number, OperatorVersion.Revision, Environment.Version.ToString()).Set(1);
        var cpu = instruments.CreateCounter("process_cpu_seconds_total", "CPU time used.");
        instruments.Registry.AddBeforeCollectCallback(() => cpu.IncTo(Environment.CpuUsage.TotalTime.TotalSeconds));
        var allocated = instruments.CreateCounter("process_gc_allocated_bytes_total", "Managed memory allocated.");
        instruments.Registry.AddBeforeCollectCallback(() => allocated.IncTo(GC.GetTotalAllocatedBytes()));
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

using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Reflection;
using Operator.Runtime.Metrics;

namespace Operator.Metrics;

/// <summary>What this process is and uses, under the names that every Prometheus client gives to them.</summary>
internal static class ProcessMetrics
{
    private const string FileDescriptors = "/proc/self/fd";

    /// <summary>The version of this build, as it was stamped.</summary>
    public static string Version { get; } =
        typeof(ProcessMetrics).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";

    /// <summary>Creates the instruments.</summary>
    /// <param name="meter">Their meter.</param>
    /// <param name="isLeading">Whether this process leads.</param>
    public static void AddTo(Meter meter, Func<bool> isLeading)
    {
        meter.CreateObservableGauge("leader", () => isLeading() ? 1 : 0, unit: null, "1 while this process leads; 0 while it stands by.");
        meter.CreateObservableGauge(
            "build_info",
            () => new Measurement<int>(1, new("version", Version), new("dotnet_version", Environment.Version.ToString())),
            unit: null,
            "1; the version is in its labels.",
            Labelled.By("version", "dotnet_version"));
        meter.CreateObservableCounter("process.cpu", () => Environment.CpuUsage.TotalTime.TotalSeconds, "s", "CPU time that was used.");
        meter.CreateObservableGauge("process.resident_memory", () => Environment.WorkingSet, "By", "Memory that is resident.");
        meter.CreateObservableGauge("process.start_time", StartTime, "s", "When the process started, in seconds since 1970.");
        meter.CreateObservableGauge("process.open_fds", OpenFiles, unit: null, "File descriptors that are open.");
        meter.CreateObservableGauge("process.gc_heap", () => GC.GetTotalMemory(forceFullCollection: false), "By", "Managed memory that is in use.");
        meter.CreateObservableGauge("process.threadpool_queue", () => ThreadPool.PendingWorkItemCount, unit: null, "Work that waits for a thread.");
    }

    private static double StartTime()
    {
        using var process = Process.GetCurrentProcess();
        return new DateTimeOffset(process.StartTime).ToUnixTimeMilliseconds() / 1000.0;
    }

    private static int OpenFiles() => Directory.Exists(FileDescriptors) ? Directory.GetFileSystemEntries(FileDescriptors).Length : 0;
}

using System.Text.Json.Nodes;
using Operator.Simulator.World;

namespace Operator.Demo;

/// <summary>Everything visible at one moment.</summary>
/// <param name="At">The simulated time.</param>
/// <param name="Told">The log lines so far, oldest first.</param>
/// <param name="Pools">The pools.</param>
/// <param name="Leases">The leases.</param>
/// <param name="Events">The operator's last events, oldest first.</param>
internal sealed record DemoFrame(
    DateTimeOffset At, IReadOnlyList<string> Told, IReadOnlyList<PoolRow> Pools, IReadOnlyList<LeaseRow> Leases, IReadOnlyList<string> Events)
{
    private const int ShownEvents = 5;

    public static DemoFrame Capture(SimulatedWorld world, IReadOnlyList<string> told)
    {
        var jobs = world.GitHub.Jobs.Where(job => job.CompletedAt is null).ToLookup(job => job.RunnerName, StringComparer.Ordinal);
        return new DemoFrame(
            world.Clock.GetUtcNow(),
            told,
            [.. world.Kubernetes.Objects.List("runnerpools").Select(PoolRow.From)],
            [.. world.Kubernetes.Objects.List("runnerleases").Select(lease => LeaseRow.From(lease, name => jobs[name].FirstOrDefault()?.Id))],
            [.. world.Kubernetes.Objects.List("events").OrderBy(Time, StringComparer.Ordinal).TakeLast(ShownEvents).Select(Line)]);
    }

    private static string Time(JsonObject item) => (item["lastTimestamp"] ?? item["metadata"]?["creationTimestamp"])?.ToString() ?? "";

    private static string Line(JsonObject item) =>
        $"{item["involvedObject"]?["name"]}  {item["reason"]}: {item["message"]?.ToString().ReplaceLineEndings(" ")}";
}

/// <summary>A pool as displayed.</summary>
internal sealed record PoolRow(string Name, IReadOnlyList<string> Labels, string Demand, int MinIdle, int? MaxRunners, PoolCounts Runners, bool IsGoing)
{
    public static PoolRow From(JsonObject pool)
    {
        var (spec, runners) = (pool["spec"]!, pool["status"]?["runners"]);
        var forge = spec["github"] ?? spec["gitlab"];
        int Count(string name) => runners?[name]?.GetValue<int>() ?? 0;
        return new PoolRow(
            pool["metadata"]!["name"]!.ToString(),
            [.. (forge?["labels"] ?? forge?["tags"])?.AsArray().Select(label => label!.ToString()) ?? []],
            forge?["demand"]?.ToString() ?? (spec["gitlab"] is null ? "ScaleSet" : "PendingJobs"),
            spec["capacity"]?["minIdle"]?.GetValue<int>() ?? 0,
            spec["capacity"]?["maxRunners"]?.GetValue<int>(),
            new PoolCounts(Count("total"), Count("pending") + Count("booting"), Count("idle"), Count("busy") + Count("leased"), Count("draining")),
            pool["metadata"]?["deletionTimestamp"] is not null);
    }
}

/// <summary>A pool's runners by state.</summary>
internal sealed record PoolCounts(int Total, int Coming, int Idle, int Busy, int Draining);

/// <summary>A lease as displayed.</summary>
internal sealed record LeaseRow
{
    public required string Name { get; init; }

    public required string Pool { get; init; }

    public required string Phase { get; init; }

    /// <summary>The labels of its holder's jobs, if it is held.</summary>
    public required IReadOnlyList<string> HeldLabels { get; init; }

    public string Instance { get; init; } = "";

    public string Type { get; init; } = "";

    public string Zone { get; init; } = "";

    public string UsageClass { get; init; } = "";

    public string Runner { get; init; } = "";

    public long? Job { get; init; }

    public static LeaseRow From(JsonObject lease, Func<string, long?> jobOf)
    {
        var (spec, status) = (lease["spec"]!, lease["status"]);
        var (machine, runner) = (status?["instance"], status?["runner"]?["name"]?.ToString() ?? "");
        return new LeaseRow
        {
            Name = lease["metadata"]!["name"]!.ToString(),
            Pool = spec["poolName"]?.ToString() ?? "",
            Phase = PhaseOf(spec, status),
            HeldLabels = spec["holder"] is null ? [] : [.. spec["labels"]?.AsArray().Select(label => label!.ToString()) ?? []],
            Instance = machine?["id"]?.ToString() ?? "",
            Type = machine?["type"]?.ToString() ?? "",
            Zone = machine?["zone"]?.ToString() ?? "",
            UsageClass = machine?["usageClass"]?.ToString() ?? "",
            Runner = runner,
            Job = runner.Length == 0 ? null : jobOf(runner),
        };
    }

    // While a machine is being handed over, neither lease has a phase for it, because it is too brief.
    private static string PhaseOf(JsonNode spec, JsonNode? status)
    {
        var phase = status?["phase"]?.ToString() ?? "Pending";
        return spec["holder"]?["kind"]?.ToString() == "RunnerLease" || (phase == "Pending" && status?["instance"] is not null) ? "Handover" : phase;
    }
}

using System.Globalization;
using System.Text;

namespace Operator.Benchmark;

/// <summary>The results, with the floor and the design goals.</summary>
internal sealed class BenchmarkReport(string server, string program)
{
    private readonly List<Row> _rows = [];
    private readonly StringBuilder _details = new();
    private readonly List<string> _failures = [];
    private Distribution? _floor;

    public bool HasFloor => _floor is not null;

    public string Text => Render();

    public bool HasFailed => _failures.Count > 0;

    /// <summary>What was counted rather than timed for jobs run one at a time, by the name of its row: the same on any machine.</summary>
    public IReadOnlyDictionary<string, double> Counts => _rows.Where(row => row.IsCount).ToDictionary(row => row.Name, row => row.Value, StringComparer.Ordinal);

    public void SetFloor(Distribution floor)
    {
        _floor = floor;
        Add("floor: one object written and seen by a watch, p50", floor.Percentile(50), "ms");
        Add("floor, p99", floor.Percentile(99), "ms");
    }

    public void AddAlone(string demand, AloneResult result)
    {
        var (p50, p99) = (result.Launches.Percentile(50), result.Launches.Percentile(99));
        Add($"{demand}, alone: queued → launch request, p50", p50, "ms", Ratio(p50, 50), "≤ 5 × floor");
        Add($"{demand}, alone: queued → launch request, p99", p99, "ms", Ratio(p99, 99), "≤ 10 × floor");
        Add($"{demand}, alone: job done → runner gone, p50", result.Ends.Percentile(50), "ms", goal: "≤ 50");
        Add($"{demand}, alone: job done → runner gone, p95", result.Ends.Percentile(95), "ms", goal: "≤ 200");
        AddCalls($"{demand}, alone", result.Calls, result.Jobs, ec2Goal: null, areCounts: true);
    }

    public void AddBurst(string demand, BurstResult result)
    {
        var name = $"{demand}, burst of {result.Jobs}";
        Add($"{name}: queued → launch request, p50", result.Launches.Percentile(50), "ms", Ratio(result.Launches.Percentile(50), 50));
        Add($"{name}: queued → launch request, p99", result.Launches.Percentile(99), "ms", Ratio(result.Launches.Percentile(99), 99));
        Add($"{name}: job done → runner gone, p50", result.Ends.Percentile(50), "ms", goal: "≤ 50");
        Add($"{name}: job done → runner gone, p95", result.Ends.Percentile(95), "ms", goal: "≤ 200");
        Add($"{name}: full lifecycles", result.Jobs / result.Elapsed.TotalSeconds, "1/s", goal: "peers: 40-49 (controller-runtime), 2.7-8.5 (ARC)");
        Add($"{name}: surplus launches", result.SurplusLaunches, "", goal: "0");
        Add($"{name}: operator's processor time per job", result.ProcessorSeconds * 1000 / result.Jobs, "ms");
        Add($"{name}: operator's memory afterwards", result.MemoryMiB, "MiB");
        AddCalls(name, result.Calls, result.Jobs, ec2Goal: "≤ 0.1", areCounts: false); // how many jobs share a call depends on the timing
    }

    public void AddClaims(ClaimResult result)
    {
        var (claim, ready) = (result.Claims.Percentile(50), result.Readies.Percentile(50));
        Add("hot claim: set created → machine taken, p50", claim, "ms", Ratio(claim, 50), "≤ 50, ≤ 10 × floor");
        Add("hot claim: set created → ready, p50", ready, "ms"); // GitHub's list is read every few seconds
        Add("hot claim: set created → ready, p95", result.Readies.Percentile(95), "ms");
    }

    public void AddMemory(MemoryResult result)
    {
        Add("memory: a web server that does nothing", result.BareMiB, "MiB");
        Add("memory after a restart: nothing to do", result.Empty.MiB, "MiB");
        Add("memory after a restart: one pool", result.WithOnePool.MiB, "MiB");
        Add($"memory after a restart: each of {result.Pools} further pools", (result.WithPools.MiB - result.WithOnePool.MiB) / result.Pools, "MiB", goal: "≤ 0.3");
        Add($"memory after a restart: {result.Leases} leases and {result.Pools} pools", result.WithLeases.MiB, "MiB", goal: "≤ 140 (5,000 and 100)");
        Add($"memory after a restart: {result.Leases} leases and {result.Pools} pools, peak", result.WithLeases.PeakMiB, "MiB", goal: "≤ 190 (5,000 and 100)");
        Add("memory after a restart: each lease", (result.WithLeases.MiB - result.WithPools.MiB) * 1024 / result.Leases, "KiB");
        Add($"{result.Leases} machines launched and registered within", result.Launching.TotalSeconds, "s");
    }

    public void AddChoice(ChoiceResult result)
    {
        Add($"choice of an offering in {result.Worlds} worlds: price by that of the optimum", result.Ratio, "", goal: "≤ 1.01");
        Add("choice of an offering: time", result.Milliseconds, "ms", goal: "≤ 1");
    }

    /// <summary>Adds a failed part; the others remain valid.</summary>
    public void AddFailure(string part, string message) => _failures.Add($"FAILED {part}: {message}");

    private void AddCalls(string name, CallCounts calls, int jobs, string? ec2Goal, bool areCounts)
    {
        AddCount("Kubernetes writes per job", calls.KubernetesWrites / jobs, "", goal: "≤ 5.5");
        Add($"{name}: events per job", calls.KubernetesEvents / jobs, ""); // sent in the background, several at once under load
        AddCount("GitHub calls per job, metered", calls.GitHubMetered / jobs, "", goal: "≤ 1.1");
        AddCount("GitHub calls per job, all", calls.GitHub / jobs, "", goal: "≤ 2");
        AddCount("EC2 calls per runner", calls.Ec2 / jobs, "", goal: ec2Goal);
        AddCount("Parameter Store calls per runner", calls.Ssm / jobs, "", goal: "≤ 2");
        AddCount("memory allocated per job", calls.AllocatedBytes / jobs / 1024, "KiB");

        void AddCount(string what, double value, string unit, string? goal = null) => _rows.Add(new($"{name}: {what}", value, unit, Ratio: null, goal) { IsCount = areCounts });

        _details.AppendLine(CultureInfo.InvariantCulture, $"{name}, calls per job:");
        foreach (var line in calls.Breakdown(jobs))
        {
            _details.AppendLine(CultureInfo.InvariantCulture, $"  {line}");
        }
    }

    private double? Ratio(double value, double percent) => _floor is null ? null : value / _floor.Percentile(percent);

    private void Add(string name, double value, string unit, double? ratio = null, string? goal = null) =>
        _rows.Add(new(name, value, unit, ratio, goal));

    private string Render()
    {
        var width = _rows.Select(row => row.Name.Length).DefaultIfEmpty().Max();
        var text = new StringBuilder().AppendLine(CultureInfo.InvariantCulture, $"Measured on {server}, {program}; clouds take no time. One run: compare within it only.").AppendLine();
        foreach (var row in _rows)
        {
            var ratio = row.Ratio is { } times ? $"{times.ToString("0.0", CultureInfo.InvariantCulture)} × floor" : "";
            var value = row.Value.ToString("0.00", CultureInfo.InvariantCulture).PadLeft(10);
            text.AppendLine($"{row.Name.PadRight(width)}  {value} {row.Unit,-4} {ratio,-14} {(row.Goal is null ? "" : $"goal {row.Goal}")}".TrimEnd());
        }

        _failures.ForEach(failure => text.AppendLine().AppendLine(failure));
        return text.AppendLine().Append(_details).ToString();
    }

    private sealed record Row(string Name, double Value, string Unit, double? Ratio, string? Goal)
    {
        public bool IsCount { get; init; }
    }
}

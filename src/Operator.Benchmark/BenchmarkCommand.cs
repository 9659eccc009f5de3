using System.CommandLine;
using System.Text.Json;
using Operator.Commands;
using Operator.Entities.RunnerPools;
using Operator.Simulator.Hosts;

namespace Operator.Benchmark;

/// <summary>Measures the operator's own overhead relative to an unavoidable floor.</summary>
internal static class BenchmarkCommand
{
    private static readonly Option<string?> Kubeconfig = new("--kubeconfig")
    {
        Description = "A real API server to measure against (scripts/test-control-plane run -- ...); defaults to the simulated one.",
    };

    private static readonly Option<string[]> Demands = new("--demand")
    {
        Description = $"Demand sources, one or more of: {string.Join(", ", DemandDrivers.Names)}.",
        AllowMultipleArgumentsPerToken = true,
        DefaultValueFactory = _ => [.. DemandDrivers.Names],
    };

    private static readonly Option<LaunchBackend> Backend = new("--backend")
    {
        Description = "Who launches the machines of jobs: Fleet, or AutoScalingGroup.",
        DefaultValueFactory = _ => LaunchBackend.Fleet,
    };

    private static readonly Option<int> Alone = new Option<int>("--alone") { Description = "Jobs, one at a time.", DefaultValueFactory = _ => 30 }
        .MustBe(ArgumentRules.IsCount, "a whole number from 0");

    private static readonly Option<int> Burst = new Option<int>("--burst") { Description = "Jobs at once.", DefaultValueFactory = _ => 500 }
        .MustBe(ArgumentRules.IsCount, "a whole number from 0");

    private static readonly Option<int> Claims = new Option<int>("--claims") { Description = "Lease sets that take an idle machine, one at a time; 0 skips it.", DefaultValueFactory = _ => 30 }
        .MustBe(ArgumentRules.IsCount, "a whole number from 0");

    private static readonly Option<int> Leases = new Option<int>("--leases") { Description = "Leases for the memory measurement after a restart, with 100 pools; 0 skips it.", DefaultValueFactory = _ => 5000 }
        .MustBe(ArgumentRules.IsCount, "a whole number from 0");

    private static readonly Option<int> Worlds = new Option<int>("--worlds") { Description = "Worlds in which the chosen offering is compared with the optimum; 0 skips it.", DefaultValueFactory = _ => 1000 }
        .MustBe(ArgumentRules.IsCount, "a whole number from 0");

    private static readonly Option<string?> Operator = new("--operator")
    {
        Description = "A published operator.dll to measure, for example an ahead-of-time compiled one; defaults to the one in this program.",
    };

    private static readonly Option<string?> Counts = new("--counts")
    {
        Description = "A file for what was counted for jobs run one at a time, as JSON: what compare reads.",
    };

    public static RootCommand Create()
    {
        var run = RunCommand.Create();
        run.Hidden = true;
        var command = new RootCommand("Measures delays, calls, throughput and memory of the operator with clouds that take no time.")
        {
            Kubeconfig, Demands, Backend, Alone, Burst, Claims, Leases, Worlds, Operator, Counts, run, BareCommand.Create(), CompareCommand.Create(),
        };
        Demands.AcceptOnlyFromAmong([.. DemandDrivers.Names]);
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var options = new BenchmarkOptions
        {
            Kubeconfig = parsed.GetValue(Kubeconfig),
            Backend = parsed.GetValue(Backend),
            Alone = parsed.GetValue(Alone),
            Burst = parsed.GetValue(Burst),
            Leases = parsed.GetValue(Leases),
            Operator = parsed.GetValue(Operator),
        };
        var report = new BenchmarkReport(
            options.Kubeconfig is null ? "the simulated API server" : "a real API server", $"{options.Operator ?? "compiled as it runs"}, machines by {options.Backend}");
        foreach (var demand in parsed.GetValue(Demands)!)
        {
            await MeasureAsync(demand, report, () => MeasureDemandAsync(demand, options, report, cancellationToken), cancellationToken);
        }

        if (parsed.GetValue(Claims) is > 0 and var claims)
        {
            await MeasureAsync("claims", report, () => MeasureClaimsAsync(claims, options, report, cancellationToken), cancellationToken);
        }

        if (options.Leases > 0)
        {
            await MeasureAsync("memory", report, () => MeasureMemoryAsync(options, report, cancellationToken), cancellationToken);
        }

        if (parsed.GetValue(Worlds) is > 0 and var worlds)
        {
            await MeasureAsync("choice", report, () => Task.Run(() => report.AddChoice(ChoiceRun.Measure(worlds)), cancellationToken), cancellationToken);
        }

        await Console.Out.WriteLineAsync(report.Text);
        if (parsed.GetValue(Counts) is { } file)
        {
            await File.WriteAllTextAsync(file, JsonSerializer.Serialize(report.Counts), cancellationToken);
        }

        return report.HasFailed ? 1 : 0;
    }

    // A failing part does not affect the others.
    private static async Task MeasureAsync(string part, BenchmarkReport report, Func<Task> measure, CancellationToken cancellationToken)
    {
        try
        {
            await measure();
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            report.AddFailure(part, e is BenchmarkException ? e.Message : e.ToString());
        }
    }

    private static async Task MeasureDemandAsync(string name, BenchmarkOptions options, BenchmarkReport report, CancellationToken cancellationToken)
    {
        await using var world = await StartAsync(options, report, cancellationToken);
        await using var runs = new JobRuns(world, DemandDrivers.Open(name, world), options.Backend);
        await runs.PrepareAsync(cancellationToken);
        await runs.WarmUpAsync(cancellationToken);
        report.AddAlone(name, await runs.AloneAsync(options.Alone, cancellationToken));
        report.AddBurst(name, await runs.BurstAsync(options.Burst, cancellationToken));
        await BenchmarkObjects.DeleteAsync(world, cancellationToken);
    }

    private static async Task MeasureClaimsAsync(int count, BenchmarkOptions options, BenchmarkReport report, CancellationToken cancellationToken)
    {
        await using var world = await StartAsync(options, report, cancellationToken);
        await using var claims = new ClaimRun(world);
        report.AddClaims(await claims.MeasureAsync(count, cancellationToken));
    }

    // The floor is measured once, before there is an operator.
    private static async Task<BenchmarkWorld> StartAsync(BenchmarkOptions options, BenchmarkReport report, CancellationToken cancellationToken)
    {
        var world = await BenchmarkWorld.StartAsync(options, cancellationToken);
        if (!report.HasFloor)
        {
            report.SetFloor(await Floor.MeasureAsync(world.Client, Math.Max(options.Alone, 1), cancellationToken));
        }

        await world.StartOperatorAsync(cancellationToken);
        return world;
    }

    private static async Task MeasureMemoryAsync(BenchmarkOptions options, BenchmarkReport report, CancellationToken cancellationToken)
    {
        // Thousands of hosts polling fifty times a second would leave no CPU for the operator.
        var patient = new SimulatedHostsOptions { SlowPoll = TimeSpan.FromSeconds(1), SlowPollJitter = TimeSpan.FromSeconds(1) };
        await using var world = await BenchmarkWorld.StartAsync(options with { Hosts = patient }, cancellationToken);
        report.AddMemory(await MemoryRun.MeasureAsync(world, options.Leases, cancellationToken));
    }
}

/// <summary>What to measure.</summary>
internal sealed record BenchmarkOptions
{
    /// <summary>The kubeconfig of the API server; null for a simulated one.</summary>
    public string? Kubeconfig { get; init; }

    /// <summary>Who launches the machines of jobs.</summary>
    public LaunchBackend Backend { get; init; }

    /// <summary>Number of jobs run one at a time.</summary>
    public int Alone { get; init; }

    /// <summary>Number of concurrent jobs.</summary>
    public int Burst { get; init; }

    /// <summary>Number of idle leases.</summary>
    public int Leases { get; init; }

    /// <summary>How often hosts poll. A machine that boots instantly polls before its command exists.</summary>
    public SimulatedHostsOptions Hosts { get; init; } = new()
    {
        SlowPoll = TimeSpan.FromMilliseconds(20),
        SlowPollJitter = TimeSpan.Zero,
        Tick = TimeSpan.FromMilliseconds(20),
    };

    /// <summary>A published operator; null for the one in this program.</summary>
    public string? Operator { get; init; }
}

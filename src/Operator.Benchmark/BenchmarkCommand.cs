using System.CommandLine;
using Operator.Commands;
using Operator.Simulator.Hosts;

namespace Operator.Benchmark;

/// <summary>What the operator itself costs, beside what nobody could do without.</summary>
internal static class BenchmarkCommand
{
    private static readonly Option<string?> Kubeconfig = new("--kubeconfig")
    {
        Description = "A real API server to measure on (scripts/test-control-plane run -- ...); without it the simulated one.",
    };

    private static readonly Option<string[]> Demands = new("--demand")
    {
        Description = $"What asks for runners, one or more of: {string.Join(", ", DemandDrivers.Names)}.",
        AllowMultipleArgumentsPerToken = true,
        DefaultValueFactory = _ => [.. DemandDrivers.Names],
    };

    private static readonly Option<int> Alone = new Option<int>("--alone") { Description = "Jobs, one at a time.", DefaultValueFactory = _ => 30 }
        .MustBe(ArgumentRules.IsCount, "a whole number from 0");

    private static readonly Option<int> Burst = new Option<int>("--burst") { Description = "Jobs at once.", DefaultValueFactory = _ => 500 }
        .MustBe(ArgumentRules.IsCount, "a whole number from 0");

    private static readonly Option<int> Leases = new Option<int>("--leases") { Description = "Leases at rest, beside 100 pools, whose memory after a restart is measured; 0 leaves it out.", DefaultValueFactory = _ => 5000 }
        .MustBe(ArgumentRules.IsCount, "a whole number from 0");

    private static readonly Option<int> Worlds = new Option<int>("--worlds") { Description = "Worlds in which the choice of an offering is compared with the optimum; 0 leaves it out.", DefaultValueFactory = _ => 1000 }
        .MustBe(ArgumentRules.IsCount, "a whole number from 0");

    private static readonly Option<string?> Operator = new("--operator")
    {
        Description = "A published operator.dll to measure, such as one that is compiled ahead; without it the one within this program.",
    };

    public static RootCommand Create()
    {
        var run = RunCommand.Create();
        run.Hidden = true;
        var command = new RootCommand("Measures delays, calls, throughput and memory of the operator with clouds that take no time.")
        {
            Kubeconfig, Demands, Alone, Burst, Leases, Worlds, Operator, run, BareCommand.Create(),
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
            Alone = parsed.GetValue(Alone),
            Burst = parsed.GetValue(Burst),
            Leases = parsed.GetValue(Leases),
            Operator = parsed.GetValue(Operator),
        };
        var report = new BenchmarkReport(
            options.Kubeconfig is null ? "the simulated API server" : "a real API server", options.Operator ?? "compiled as it runs");
        foreach (var demand in parsed.GetValue(Demands)!)
        {
            await MeasureAsync(demand, report, () => MeasureDemandAsync(demand, options, report, cancellationToken), cancellationToken);
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
        return report.HasFailed ? 1 : 0;
    }

    // A part that fails leaves the others standing.
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
        await using var world = await BenchmarkWorld.StartAsync(options, cancellationToken);
        if (!report.HasFloor)
        {
            report.SetFloor(await Floor.MeasureAsync(world.Client, options.Alone, cancellationToken));
        }

        await world.StartOperatorAsync(cancellationToken);
        await using var runs = new JobRuns(world, DemandDrivers.Open(name, world));
        await runs.PrepareAsync(cancellationToken);
        await runs.WarmUpAsync(cancellationToken);
        report.AddAlone(name, await runs.AloneAsync(options.Alone, cancellationToken));
        report.AddBurst(name, await runs.BurstAsync(options.Burst, cancellationToken));
        await BenchmarkObjects.DeleteAsync(world, cancellationToken);
    }

    private static async Task MeasureMemoryAsync(BenchmarkOptions options, BenchmarkReport report, CancellationToken cancellationToken)
    {
        // Thousands of hosts that look around fifty times a second would leave nothing to the operator.
        var patient = new SimulatedHostsOptions { SlowPoll = TimeSpan.FromSeconds(1), SlowPollJitter = TimeSpan.FromSeconds(1) };
        await using var world = await BenchmarkWorld.StartAsync(options with { Hosts = patient }, cancellationToken);
        report.AddMemory(await MemoryRun.MeasureAsync(world, options.Leases, cancellationToken));
    }
}

/// <summary>What to measure.</summary>
internal sealed record BenchmarkOptions
{
    /// <summary>Where the API server is; null for a simulated one.</summary>
    public string? Kubeconfig { get; init; }

    /// <summary>Jobs one at a time.</summary>
    public int Alone { get; init; }

    /// <summary>Jobs at once.</summary>
    public int Burst { get; init; }

    /// <summary>Leases at rest.</summary>
    public int Leases { get; init; }

    /// <summary>How often hosts look around. A machine that boots in no time looks before its command is there.</summary>
    public SimulatedHostsOptions Hosts { get; init; } = new()
    {
        SlowPoll = TimeSpan.FromMilliseconds(20),
        SlowPollJitter = TimeSpan.Zero,
        Tick = TimeSpan.FromMilliseconds(20),
    };

    /// <summary>A published operator; null for the one within this program.</summary>
    public string? Operator { get; init; }
}

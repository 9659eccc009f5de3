using Operator.Simulator.GitHub;
using Operator.Simulator.World;
using Xunit.Abstractions;

namespace Operator.Simulator.Tests.Scenarios;

/// <summary>
/// Kills the operator before and after every external call of one story (launch, serve, delete), starts another one, and looks
/// at what is left. Which calls there are is found out by running the story once undisturbed.
/// </summary>
public sealed class CrashTests(ITestOutputHelper output)
{
    /// <summary>Kill points of an ordinary run, spread evenly; CRASH_POINTS=all visits every one.</summary>
    private const int PointsPerRun = 24;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Story_KilledAtAnyCall_LeavesNothingAndLosesNoJob(bool afterEffect)
    {
        var calls = await CountCallsAsync();
        output.WriteLine($"the story makes {calls} calls");
        Assert.True(calls > 20);
        var every = Environment.GetEnvironmentVariable("CRASH_POINTS") == "all" ? 1 : Math.Max(1, calls / PointsPerRun);
        for (var point = 1; point <= calls; point += every)
        {
            await TellAsync(new CallGate { KillAt = point, KillAfterEffect = afterEffect });
        }
    }

    private static async Task<int> CountCallsAsync()
    {
        var gate = new CallGate();
        await TellAsync(gate);
        return gate.Calls;
    }

    private static async Task TellAsync(CallGate gate)
    {
        await using var scenario = await Scenario.StartAsync();
        await scenario.StartOperatorAsync(gate);
        try
        {
            scenario.ApplyPool(minIdle: 1);
            await RunAsync(scenario, gate, () => scenario.World.GitHub.Runners.Any(runner => runner.Online), "a connected runner");
            scenario.World.GitHub.QueueJob(SimulatedWorld.Repository, ["linux"], TimeSpan.FromMinutes(4));
            await RunAsync(scenario, gate, () => scenario.World.GitHub.Jobs[0].StartedAt is not null, "a job started");
            scenario.DeletePool();
            await RunAsync(scenario, gate, () => scenario.IsEmpty, "nothing left over");
            Check(scenario);
        }
        catch (Exception e)
        {
            throw new InvalidOperationException(
                $"killed at call {gate.KillAt} ({(gate.KillAfterEffect ? "after" : "before")} {gate.KilledAt}): {e.Message}", e);
        }
    }

    private static async Task RunAsync(Scenario scenario, CallGate gate, Func<bool> condition, string what)
    {
        await scenario.Driver.RunUntilAsync(() => gate.IsDead || condition(), TimeSpan.FromHours(2), what);
        if (gate.IsDead && (scenario.Driver.Operators.Count == 0 || scenario.Operator.Gate == gate))
        {
            if (scenario.Driver.Operators.Count > 0)
            {
                await scenario.KillOperatorAsync();
            }

            await scenario.StartOperatorAsync();
        }

        await scenario.Driver.RunUntilAsync(condition, TimeSpan.FromHours(2), what);
    }

    private static void Check(Scenario scenario)
    {
        var job = Assert.Single(scenario.World.GitHub.Jobs);
        Assert.Equal(JobOutcome.Succeeded, job.Outcome);
        var launches = scenario.World.Aws.Instances.GroupBy(instance => instance.ClientToken).ToList();
        Assert.All(launches, launch => Assert.Single(launch));
    }
}

using Operator.Simulator.GitHub;
using Operator.Simulator.World;
using Xunit.Abstractions;

namespace Operator.Simulator.Tests.Scenarios;

/// <summary>
/// Kills the operator before and after every external call of a story (launch, serve, delete), starts another one, and looks
/// at what is left. One story begins with an idle runner, the other with a queued job. Which calls there are is found out by running the story once undisturbed.
/// </summary>
public sealed class CrashTests(ITestOutputHelper output)
{
    /// <summary>Kill points of an ordinary run, spread evenly; CRASH_POINTS=all visits every one.</summary>
    private const int PointsPerRun = 24;

    [Theory]
    [InlineData(1, false)]
    [InlineData(1, true)]
    [InlineData(0, false)]
    [InlineData(0, true)]
    public async Task Story_KilledAtAnyCall_LeavesNothingAndLosesNoJob(int minIdle, bool afterEffect)
    {
        var calls = await CountCallsAsync(minIdle);
        output.WriteLine($"the story makes {calls} calls");
        Assert.True(calls > 20);
        var every = Environment.GetEnvironmentVariable("CRASH_POINTS") == "all" ? 1 : Math.Max(1, calls / PointsPerRun);
        for (var point = 1; point <= calls; point += every)
        {
            await TellAsync(minIdle, new CallGate { KillAt = point, KillAfterEffect = afterEffect });
        }
    }

    private static async Task<int> CountCallsAsync(int minIdle)
    {
        var gate = new CallGate();
        await TellAsync(minIdle, gate);
        return gate.Calls;
    }

    private static async Task TellAsync(int minIdle, CallGate gate)
    {
        await using var scenario = await Scenario.StartAsync();
        await scenario.StartOperatorAsync(gate);
        try
        {
            scenario.ApplyPool(minIdle);
            if (minIdle > 0)
            {
                await RunAsync(scenario, gate, () => scenario.World.GitHub.Runners.Any(runner => runner.Online), "a connected runner");
            }
            else
            {
                await RunAsync(scenario, gate, () => scenario.World.GitHub.ScaleSets.WaitingPolls > 0, "an open door");
            }

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

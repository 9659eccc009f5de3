using Operator.Simulator.GitHub;
using Operator.Simulator.World;
using Xunit.Abstractions;

namespace Operator.Simulator.Tests.Scenarios;

/// <summary>
/// Kills the operator before and after every external call of a story that begins with a queued job and a webhook. While nobody
/// listens, webhooks are lost.
/// </summary>
public sealed class WebhookCrashTests(ITestOutputHelper output)
{
    /// <summary>Kill points of an ordinary run, spread evenly; CRASH_POINTS=all visits every one.</summary>
    private const int PointsPerRun = 12;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task QueuedJob_KilledAtAnyCall_IsServedOnceAndLeavesNothing(bool afterEffect)
    {
        var undisturbed = new CallGate();
        await TellAsync(undisturbed);
        output.WriteLine($"the story makes {undisturbed.Calls} calls");
        Assert.True(undisturbed.Calls > 20);
        var every = Environment.GetEnvironmentVariable("CRASH_POINTS") == "all" ? 1 : Math.Max(1, undisturbed.Calls / PointsPerRun);
        for (var point = 1; point <= undisturbed.Calls; point += every)
        {
            await TellAsync(new CallGate { KillAt = point, KillAfterEffect = afterEffect });
        }
    }

    private static async Task TellAsync(CallGate gate)
    {
        await using var scenario = await Scenario.StartAsync();
        scenario.World.AddWebhook(Scenario.WebhookSecret);
        await scenario.StartOperatorAsync(gate);
        try
        {
            scenario.ApplyPool(minIdle: 0, "Webhook");
            await RunAsync(scenario, gate, () => scenario.World.Aws.LaunchTemplates.Count == 1, "a pool that can launch");
            scenario.World.GitHub.QueueJob(SimulatedWorld.Repository, ["linux"], TimeSpan.FromMinutes(4));
            await RunAsync(scenario, gate, () => scenario.World.GitHub.Jobs[0].Outcome is not null, "the job is over");
            await RunAsync(scenario, gate, () => scenario.Living.Count == 0, "its machine is gone");
            scenario.DeletePool();
            await RunAsync(scenario, gate, () => scenario.IsEmpty, "nothing left over");
            Assert.Equal(JobOutcome.Succeeded, Assert.Single(scenario.World.GitHub.Jobs).Outcome);
            Assert.Single(scenario.World.Aws.Instances);
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
}

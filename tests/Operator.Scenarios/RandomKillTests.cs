using Operator.Simulator.GitHub;
using Operator.Simulator.World;
using Xunit.Abstractions;

namespace Operator.Scenarios;

/// <summary>
/// Kills the operator repeatedly at random instants, while jobs arrive through a scale set, by webhook and for held leases. However
/// often it dies, no job is lost, no machine is there twice, and a minute after the last kill everybody is served.
/// </summary>
[Trait("Pace", "Slow")]
public sealed class RandomKillTests(ITestOutputHelper output)
{
    private const int Kills = 30;

    private static readonly TimeSpan Recovery = TimeSpan.FromSeconds(60);

    /// <summary>A session whose id died with the process before it was stored can only be ended by GitHub.</summary>
    private static readonly TimeSpan LostSession = new ScaleSetOptions().SessionSilence;

    /// <summary>A boot, for the session may have ended at once, and two polls.</summary>
    private static readonly TimeSpan Listening = TimeSpan.FromSeconds(45);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task KilledThirtyTimes_LosesNoJob_DoublesNoMachine_AndIsSteadyAMinuteLater(int seed)
    {
        var random = new Random(seed);
        await using var scenario = await Scenario.StartAsync(seed: seed);
        scenario.World.AddWebhook(Scenario.WebhookSecret);
        await scenario.StartOperatorAsync();
        scenario.ApplyPool(minIdle: 1, "ScaleSet", maxRunners: 40, name: "scale-set", labels: "set");
        scenario.ApplyPool(minIdle: 0, "Webhook", maxRunners: 40, name: "webhook", labels: "hook");
        scenario.ApplyPool(minIdle: 0, "LeasesOnly", maxRunners: 40, labels: "linux");
        await scenario.UntilOpenAsync("scale-set");
        await scenario.UntilOpenAsync("webhook");

        for (var kill = 1; kill <= Kills; kill++)
        {
            QueueJobs(scenario, random);
            await RunUntilKilledAsync(scenario, random);
            ReleaseLeases(scenario);
        }

        await scenario.KillOperatorsAsync();
        await scenario.StartOperatorAsync();
        await scenario.Driver.RunForAsync(TimeSpan.FromSeconds(2));
        var isSessionLost = scenario.ConditionOf("runnerpools", "scale-set", "DemandReady")?.Reason == "SessionConflict";
        output.WriteLine($"{scenario.World.GitHub.Jobs.Count} jobs at the last kill, {Waiting(scenario)} of them waiting, session lost: {isSessionLost}");
        await scenario.Driver.RunUntilAsync(() => Waiting(scenario, isSessionLost ? "set" : null) == 0, Recovery, "every job that GitHub gives has its runner");
        if (isSessionLost)
        {
            await scenario.Driver.RunUntilAsync(() => scenario.ConditionOf("runnerpools", "scale-set", "DemandReady")?.Status == "True", LostSession, "GitHub ends the session");
            await scenario.Driver.RunUntilAsync(() => Waiting(scenario) == 0, Listening, "every job has its runner");
        }

        await scenario.Driver.RunUntilAsync(
            () =>
            {
                ReleaseLeases(scenario);
                return scenario.World.GitHub.Jobs.All(job => job.Outcome is not null);
            },
            TimeSpan.FromMinutes(15), "every job is over");
        Assert.All(scenario.World.GitHub.Jobs, job => Assert.Equal(JobOutcome.Succeeded, job.Outcome));
        Assert.All(scenario.World.Aws.Instances.GroupBy(instance => instance.ClientToken), launch => Assert.Single(launch.Select(instance => instance.FleetId).Distinct()));
        await scenario.Driver.RunUntilAsync(() => scenario.Living.Count == 1 && scenario.Leases("Idle") == 1, TimeSpan.FromMinutes(10), "only the idle machine is left");
    }

    private static int Waiting(Scenario scenario, string? besides = null) =>
        scenario.World.GitHub.Jobs.Count(job => job.StartedAt is null && job.Outcome is null && job.Labels[0] != besides);

    private static void QueueJobs(Scenario scenario, Random random)
    {
        for (var left = random.Next(1, 4); left > 0; left--)
        {
            var label = random.Next(3) switch { 0 => "set", 1 => "hook", _ => $"{scenario.World.GitHub.Jobs.Count}" };
            if (IsHeld(label))
            {
                scenario.ApplyLease(LeaseOf(label), label);
            }

            scenario.World.GitHub.QueueJob(SimulatedWorld.Repository, [label], TimeSpan.FromSeconds(random.Next(1, 240)));
        }
    }

    // As a workflow does in its last step.
    private static void ReleaseLeases(Scenario scenario)
    {
        foreach (var label in scenario.World.GitHub.Jobs.Where(job => job.Outcome is not null).Select(job => job.Labels[0]).Where(IsHeld))
        {
            if (scenario.World.Kubernetes.Objects.Get("runnerleases", "default", LeaseOf(label)) is { } lease && lease["metadata"]!["deletionTimestamp"] is null)
            {
                scenario.World.Kubernetes.Objects.Delete("runnerleases", "default", LeaseOf(label));
            }
        }
    }

    private static bool IsHeld(string label) => char.IsAsciiDigit(label[0]);

    private static string LeaseOf(string label) => $"held-{label}";

    // At a time, or before or after one of its calls, whichever is first; a little later another process may start.
    private static async Task RunUntilKilledAsync(Scenario scenario, Random random)
    {
        await scenario.Driver.RunForAsync(TimeSpan.FromSeconds(random.NextDouble() * 45));
        await scenario.KillOperatorsAsync();

        await scenario.Driver.RunForAsync(TimeSpan.FromSeconds(random.Next(0, 4)));
        await scenario.StartOperatorAsync(new CallGate { KillAt = random.Next(1, 400), KillAfterEffect = random.Next(2) == 0 });
    }
}

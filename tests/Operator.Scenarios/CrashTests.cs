using System.Globalization;
using Operator.Simulator.GitHub;
using Operator.Simulator.World;
using Xunit.Abstractions;

namespace Operator.Scenarios;

/// <summary>
/// Kills the operator before and after every external call of a story, starts another one, and looks at what is left. A story begins
/// with an idle runner, with a job that comes through a scale set, or with one that comes by webhook; a first job is served to its
/// end, and the pool is deleted while a second one runs. Which calls there are is found out by telling it once undisturbed.
/// </summary>
[Trait("Pace", "Slow")]
public sealed class CrashTests(ITestOutputHelper output)
{
    /// <summary>Kill points of an ordinary run, spread evenly; CRASH_POINTS=all visits every one, and a number that one.</summary>
    private const int PointsPerRun = 10;

    private static readonly string? Wanted = Environment.GetEnvironmentVariable("CRASH_POINTS");

    private static readonly Dictionary<string, Story> Stories = new(StringComparer.Ordinal)
    {
        ["idle runner"] = new("ScaleSet", MinIdle: 1),
        ["scale set"] = new("ScaleSet", MinIdle: 0),
        ["webhook"] = new("Webhook", MinIdle: 0),
        ["secrets"] = new("ScaleSet", MinIdle: 1, Runner: "secretRefs: [{name: TOKEN, secretName: scripts, key: token}]"),
        ["token"] = new("Webhook", MinIdle: 0, Runner: "registration: Token"),
        ["idle in a group"] = new("ScaleSet", MinIdle: 1, Launch: "backend: AutoScalingGroup"),
        ["webhook with a group"] = new("Webhook", MinIdle: 0, Launch: "backend: AutoScalingGroup"),
        ["idle with token"] = new("Webhook", MinIdle: 1, Runner: "registration: Token"),
    };

    public static TheoryData<string, bool> Runs
    {
        get
        {
            var runs = new TheoryData<string, bool>();
            foreach (var name in Stories.Keys)
            {
                runs.Add(name, false);
                runs.Add(name, true);
            }

            return runs;
        }
    }

    [Theory]
    [MemberData(nameof(Runs))]
    public async Task Story_KilledAtAnyCall_LaunchesNothingTwice_LosesNoJob_AndLeavesNothing(string name, bool afterEffect)
    {
        var story = Stories[name];
        var undisturbed = new CallGate();
        await TellAsync(story, undisturbed);
        output.WriteLine($"the story makes {undisturbed.Calls} calls");
        Assert.True(undisturbed.Calls > 40);
        foreach (var point in PointsOf(undisturbed.Calls, afterEffect))
        {
            await TellAsync(story, new CallGate { KillAt = point, KillAfterEffect = afterEffect });
        }
    }

    private static IEnumerable<int> PointsOf(int calls, bool afterEffect)
    {
        if (int.TryParse(Wanted, NumberStyles.None, CultureInfo.InvariantCulture, out var one))
        {
            return [one];
        }

        // The two directions visit different calls.
        var every = Wanted == "all" ? 1 : (calls + PointsPerRun - 1) / PointsPerRun;
        return Enumerable.Range(0, calls).Where(index => index % every == (afterEffect ? every / 2 : 0)).Select(index => index + 1);
    }

    private static async Task TellAsync(Story story, CallGate gate)
    {
        await using var scenario = await Scenario.StartAsync();
        scenario.World.AddWebhook(Scenario.WebhookSecret);
        await scenario.StartOperatorAsync(gate);
        try
        {
            scenario.ApplySecret("token: hush-hush", "scripts");
            scenario.ApplyPool(story.MinIdle, story.Demand, runner: story.Runner, launch: story.Launch);
            await RunAsync(scenario, gate, () => story.IsReady(scenario), "a pool that is ready for jobs");

            scenario.World.GitHub.QueueJob(SimulatedWorld.Repository, ["linux"], TimeSpan.FromMinutes(4));
            await RunAsync(scenario, gate, () => scenario.World.GitHub.Jobs[0].Outcome is not null, "the first job is over");
            await RunAsync(scenario, gate, () => scenario.Living.Count == story.MinIdle && scenario.Leases("Idle") == story.MinIdle, "its machine gone");

            // The idle runner took the job and was replaced, or a machine came for it: no more, whenever the process died.
            Assert.Equal(story.MinIdle + 1, scenario.World.Aws.Instances.Count);

            scenario.World.GitHub.QueueJob(SimulatedWorld.Repository, ["linux"], TimeSpan.FromMinutes(4));
            await RunAsync(scenario, gate, () => scenario.World.GitHub.Jobs[1].StartedAt is not null, "the second job has started");
            scenario.DeletePool();
            await RunAsync(scenario, gate, () => scenario.IsEmpty && scenario.World.GitHub.ScaleSets.All.Count == 0, "nothing left over");
            Check(scenario, story);
        }
        catch (Exception e)
        {
            throw new InvalidOperationException(
                $"killed at call {gate.KillAt} ({(gate.KillAfterEffect ? "after" : "before")} {gate.KilledAt}): {e.Message}\n{JournalOf(scenario)}", e);
        }
    }

    private static string JournalOf(Scenario scenario) => string.Join('\n', scenario.World.Aws.Instances
        .Select(instance => $"{instance.Id} {instance.State}, launched at {instance.LaunchedAt:T}")
        .Concat(scenario.Events.Select(item => $"{item.Reason}: {item.Message}")));

    private static async Task RunAsync(Scenario scenario, CallGate gate, Func<bool> condition, string what)
    {
        await scenario.Driver.RunUntilAsync(() => gate.IsDead || condition(), TimeSpan.FromHours(2), what);
        if (gate.IsDead && (scenario.Driver.Operators.Count == 0 || scenario.Operator.Gate == gate))
        {
            await scenario.KillOperatorsAsync();
            await scenario.StartOperatorAsync();
        }

        await scenario.Driver.RunUntilAsync(condition, TimeSpan.FromHours(2), what);
    }

    private static void Check(Scenario scenario, Story story)
    {
        Assert.All(scenario.World.GitHub.Jobs, job => Assert.Equal(JobOutcome.Succeeded, job.Outcome));
        Assert.All(scenario.World.Aws.Instances.GroupBy(instance => instance.ClientToken), launch => Assert.Single(launch.Select(instance => instance.FleetId).Distinct()));

        // Of a stock of one, the second job takes that one, too; its successor may be on its way when the pool is deleted.
        Assert.InRange(scenario.World.Aws.Instances.Count, 2, 2 + story.MinIdle);
    }

    private sealed record Story(string Demand, int MinIdle, string Runner = "", string Launch = "")
    {
        public bool IsReady(Scenario scenario) =>
            MinIdle > 0 ? scenario.World.GitHub.Runners.Any(runner => runner.Online)
            : Demand == "ScaleSet" ? scenario.World.GitHub.ScaleSets.WaitingPolls > 0
            : scenario.World.Aws.LaunchTemplates.Count == 1;
    }
}

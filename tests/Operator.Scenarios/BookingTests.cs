using System.Globalization;
using System.Text.Json.Nodes;
using Operator.Simulator.GitHub;
using Operator.Simulator.World;
using Xunit.Abstractions;

namespace Operator.Scenarios;

/// <summary>
/// Runs take, use and release machines in random order, while the operator dies at random calls. Whatever the order, each machine is one holder's at a time: every instant, every
/// object, and every job agrees with a history in which claims and releases happened one after another.
/// </summary>
[Trait("Pace", "Slow")]
public sealed class BookingTests(ITestOutputHelper output)
{
    private const int Steps = 60;
    private const int MaxRunners = 5;

    private int _runs;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task RandomClaimsReleasesAndCrashes_NeverBookAMachineTwice(int seed)
    {
        var random = new Random(seed);
        await using var scenario = await Scenario.StartAsync(seed: seed);
        await scenario.StartOperatorAsync();
        scenario.ApplyPool(minIdle: 2, demand: "LeasesOnly", maxRunners: MaxRunners, runner: "lifecycle: Reusable, idleTimeout: 5m", extra: "access: {shareMachines: true}");
        await scenario.UntilOpenOrPreparedAsync("LeasesOnly");
        var booked = new Dictionary<string, int>(StringComparer.Ordinal);
        var kills = 0;
        for (var step = 0; step < Steps; step++)
        {
            kills += await ActAsync(scenario, random) ? 1 : 0;
            for (var slices = random.Next(1, 6); slices > 0; slices--)
            {
                await scenario.Driver.RunForAsync(TimeSpan.FromSeconds(random.NextDouble() * 12));
                Check(scenario, booked);
            }
        }

        await scenario.KillOperatorsAsync();
        await scenario.StartOperatorAsync();
        foreach (var set in Sets(scenario))
        {
            scenario.World.Kubernetes.Objects.Delete("runnerleasesets", "default", NameOf(set));
        }

        await scenario.Driver.RunUntilAsync(() => Sets(scenario).Count == 0 && Leases(scenario).All(lease => lease["spec"]!["holder"] is null), TimeSpan.FromMinutes(10), "everything is released");
        output.WriteLine($"{_runs} runs, {kills} kills, {booked.Count} machines, {scenario.World.GitHub.Jobs.Count(job => job.Outcome == JobOutcome.Succeeded)} jobs");
        Assert.True(booked.Count > 2 && booked.Values.Max() > 1, "machines were booked again and again");
        scenario.DeletePool();
        await scenario.UntilEmptyAsync();
    }

    // Whether the operator was killed.
    private async Task<bool> ActAsync(Scenario scenario, Random random)
    {
        var live = Sets(scenario).Where(set => set["spec"]!["holder"] is not null && set["metadata"]!["deletionTimestamp"] is null).ToList();
        switch (random.Next(10))
        {
            case < 3 when live.Count < 4:
                Take(scenario, random);
                return false;
            case 3 when live.Count > 0:
                scenario.World.Kubernetes.Objects.Patch("runnerleasesets", "default", NameOf(live[random.Next(live.Count)]), new JsonObject { ["spec"] = new JsonObject { ["holder"] = null } });
                return false;
            case 4 when live.Count > 0:
                scenario.World.Kubernetes.Objects.Delete("runnerleasesets", "default", NameOf(live[random.Next(live.Count)]));
                return false;
            case < 8 when live.Count > 0:
                var run = long.Parse(live[random.Next(live.Count)]["spec"]!["holder"]!["runId"]!.ToString(), CultureInfo.InvariantCulture);
                scenario.World.GitHub.QueueJob(SimulatedWorld.Repository, [$"{run}"], TimeSpan.FromSeconds(random.Next(5, 120)));
                return false;
            default:
                await scenario.KillOperatorsAsync();
                await scenario.StartOperatorAsync(new CallGate { KillAt = random.Next(3) == 0 ? 0 : random.Next(1, 120), KillAfterEffect = random.Next(2) == 0 });
                return true;
        }
    }

    private void Take(Scenario scenario, Random random) => scenario.World.Apply($$"""
        apiVersion: ec2runners.dev/v1alpha1
        kind: RunnerLeaseSet
        metadata: { name: run-{{++_runs}} }
        spec:
          poolName: {{Scenario.Pool}}
          count: {{random.Next(1, 4)}}
          holder: {kind: WorkflowRun, repository: my-org/app, runId: "{{_runs}}" }
          provisionTimeout: {{random.Next(1, 10)}}m
          ttl: {{random.Next(2, 30)}}m
        """);

    private static void Check(Scenario scenario, Dictionary<string, int> booked)
    {
        // A machine that is being handed over is named by both sides, of which one says so.
        var holders = Leases(scenario)
            .Where(lease => lease["status"]?["instance"]?["id"] is not null && lease["spec"]!["holder"]?["kind"]?.ToString() != "RunnerLease")
            .GroupBy(lease => lease["status"]!["instance"]!["id"]!.ToString(), lease => lease["spec"]!["holder"]?["runId"]?.ToString(), StringComparer.Ordinal)
            .ToDictionary(group => group.Key, group => group.ToList(), StringComparer.Ordinal);
        Assert.All(holders, pair => Assert.True(pair.Value.Count == 1, $"{pair.Key} is booked by {string.Join(" and ", pair.Value)}\n{WorldReport.Create(scenario.World)}"));
        foreach (var (machine, _) in holders.Where(pair => pair.Value[0] is not null))
        {
            booked[machine] = booked.GetValueOrDefault(machine) + 1;
        }

        Assert.InRange(scenario.Living.Count, 0, MaxRunners);

        // Each running job is on a runner whose lease is its run's, or was when it started.
        var running = scenario.World.GitHub.Jobs.Where(job => job is { State: JobState.Running, Outcome: null, RunnerName: not null }).ToList();
        Assert.Equal(running.Count, running.Select(job => job.RunnerName).Distinct().Count());
        foreach (var job in running)
        {
            var lease = Leases(scenario).FirstOrDefault(item => item["status"]?["runner"]?["name"]?.ToString() == job.RunnerName);
            Assert.True(
                lease?["spec"]!["holder"]?["runId"]?.ToString() is not { } run || run == job.Labels[0],
                $"job of run {job.Labels[0]} runs on a machine of run {lease?["spec"]!["holder"]}\n{WorldReport.Create(scenario.World)}");
        }

        // What is ready has as many machines as it asked for, all of them different.
        foreach (var set in Sets(scenario).Where(set => set["status"]?["phase"]?.ToString() == "Ready"))
        {
            var machines = set["status"]!["machines"]!.AsArray().Select(machine => machine!["instanceId"]!.ToString()).ToList();
            Assert.Equal((int)set["spec"]!["count"]!, machines.Distinct(StringComparer.Ordinal).Count());
        }
    }

    private static IReadOnlyList<JsonObject> Sets(Scenario scenario) => scenario.World.Kubernetes.Objects.List("runnerleasesets", "default");

    private static IReadOnlyList<JsonObject> Leases(Scenario scenario) => scenario.World.Kubernetes.Objects.List("runnerleases", "default");

    private static string NameOf(JsonObject item) => item["metadata"]!["name"]!.ToString();
}

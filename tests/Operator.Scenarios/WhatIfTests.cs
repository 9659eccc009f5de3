using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using Operator.Aws.Prices;
using Operator.Commands.Simulate;
using Operator.Entities.ResourceClasses;
using Operator.GitHub;
using Operator.GitHub.Rest;
using Operator.Observability;
using Operator.Simulator.World;

namespace Operator.Scenarios;

/// <summary>What `operator simulate` predicts of a day, and what the whole operator then does on that day.</summary>
[Trait("Pace", "Slow")]
public sealed class WhatIfTests
{
    // Jobs of the day by hour: half of them come in pairs, as from a matrix.
    private static readonly int[] JobsOfHour = [1, 0, 0, 0, 1, 2, 4, 8, 10, 12, 9, 6, 9, 12, 11, 8, 5, 3, 2, 1, 0, 1, 0, 0];

    [Theory]
    [InlineData("{{minIdle: 0, maxRunners: 2}}", "{usageClass: spot}")] // jobs wait for machines
    [InlineData("{{minIdle: 1, maxRunners: 20, schedules: [{{cron: '0 {0} * * *', duration: 8h, minIdle: 3}}]}}", "{usageClass: spot, onDemandBase: 1}")]
    public async Task Prediction_OfARecordedDay_IsWithinFivePercentOfWhatTheOperatorThenDoes(string capacity, string purchasing)
    {
        await using var scenario = await Scenario.StartAsync();
        scenario.ApplyPool(minIdle: 1);
        await scenario.StartOperatorAsync();
        await scenario.UntilIdleAsync(1);
        var boot = BootOf(scenario);
        scenario.PatchPool("""{"capacity": {"minIdle": 0}, "runner": {"idleTimeout": "5m"}}""");
        await scenario.Driver.RunUntilAsync(() => scenario.Living.Count == 0, TimeSpan.FromMinutes(20), "no machine");

        var now = scenario.World.Clock.GetUtcNow();
        var begin = now.AddTicks(-(now.UtcTicks % TimeSpan.TicksPerHour)).AddHours(1);
        await scenario.Driver.RunForAsync(begin - now);
        var before = scenario.World.Aws.Instances.Count;
        scenario.World.Kubernetes.Objects.Patch("runnerpools", "default", Scenario.Pool, Spec(capacity, purchasing, begin));
        var manifests = WhatIfManifests.Read(
            $"{scenario.World.Kubernetes.Objects.Get("runnerpools", "default", Scenario.Pool)!.ToJsonString()}\n---\n{scenario.World.Kubernetes.Objects.Get("resourceclasses", "", "medium")!.ToJsonString()}\n",
            "cluster");
        var trace = Record(begin);
        var classes = new List<JsonObject>();
        foreach (var job in trace.Jobs)
        {
            classes.Add(scenario.World.Kubernetes.Objects.Get("resourceclasses", "", "medium")!);
            await scenario.Driver.RunForAsync(job.QueuedAt - scenario.World.Clock.GetUtcNow());
            scenario.World.GitHub.QueueJob(SimulatedWorld.Repository, ["linux"], job.Duration);
        }

        await scenario.UntilServedAsync();
        if (trace.Until - scenario.World.Clock.GetUtcNow() is { Ticks: > 0 } left)
        {
            await scenario.Driver.RunForAsync(left);
        }

        var measured = Measure(scenario, before, trace.Until);
        var predicted = WhatIf.Run(
            new("day", manifests.Pools, [Averaged(manifests.Classes[0], classes)]), trace, new() { BootTimes = [("*", boot)], SpotLosses = [("*", 0)] }).Outcome;

        AssertNear((double)measured.Cost, (double)predicted.TotalCost, 0, "US dollars");
        AssertNear(measured.Machines, predicted.Machines, 0, "machines");
        AssertNear(At(measured.Waits, 50), predicted.WaitAt(50).TotalSeconds, 1, "seconds at the median");
        AssertNear(At(measured.Waits, 95), predicted.WaitAt(95).TotalSeconds, 1, "seconds at 95 %");
        AssertNear(measured.Waits.Average(), predicted.Waits.Average(), 1, "seconds on average");
    }

    // What --github-days fetches, from the GitHub that the operator served.
    [Fact]
    public async Task TraceOfGitHub_HasTheJobsThatRan_AndNoneOfOthers()
    {
        await using var scenario = await Scenario.StartAsync();
        scenario.ApplyPool(minIdle: 1);
        await scenario.StartOperatorAsync();
        var begin = scenario.World.Clock.GetUtcNow();
        foreach (var minutes in (int[])[1, 2, 3])
        {
            scenario.World.GitHub.QueueJob(SimulatedWorld.Repository, ["linux"], TimeSpan.FromMinutes(minutes));
        }

        scenario.World.GitHub.QueueJob(SimulatedWorld.Repository, ["of nobody"], TimeSpan.FromMinutes(1));
        await scenario.Driver.RunUntilAsync(() => scenario.World.GitHub.Jobs.Count(job => job.CompletedAt is not null) == 3, TimeSpan.FromMinutes(20), "the jobs");

        var (jobs, leftOut) = await FetchAsync(scenario, begin);

        Assert.Equal([1, 2, 3], jobs.Select(job => (int)Math.Round(job.Duration.TotalMinutes)).Order());
        Assert.All(jobs, job => Assert.InRange(job.QueuedAt, begin.AddSeconds(-1), scenario.World.Clock.GetUtcNow()));
        Assert.Equal(0, leftOut);
    }

    private static async Task<(IReadOnlyList<TracedJob> Jobs, int LeftOut)> FetchAsync(Scenario scenario, DateTimeOffset from)
    {
        var dependencies = scenario.World.DependenciesOf(new CallGate());
        Assert.True(GitHubTarget.TryParse(scenario.World.GitHub.UrlOf(SimulatedWorld.Organization).ToString(), out var target, out _));
        using var gitHub = new GitHubConnections(
            dependencies.Time, NullLogger<GitHubConnections>.Instance, dependencies.WrapFor("github", new OperatorMetrics().Api),
            addresses: dependencies.GitHub with { Named = GitHubHosts.From(target) });
        var client = gitHub.Get(target, new GitHubCredentials.Token(SimulatedWorld.Token));
        return await new GitHubTrace(client, labels => labels.Contains("linux")).FetchAsync(target, from, dependencies.Time.GetUtcNow(), GitHubTrace.UsualMostRuns, CancellationToken.None);
    }

    private static JsonObject Spec(string capacity, string purchasing, DateTimeOffset begin) => JsonNode.Parse(
        Operator.Common.YamlDocuments.Parse($"spec: {{capacity: {string.Format(CultureInfo.InvariantCulture, capacity, begin.AddHours(8).Hour)}, purchasing: {purchasing}}}")[0].ToJsonString())!.AsObject();

    // A pool buys at the prices of the moment; a simulation at those of the class, for all the day.
    private static V1Alpha1ResourceClass Averaged(V1Alpha1ResourceClass last, List<JsonObject> record)
    {
        var prices = record.SelectMany(item => item["status"]!["instanceTypes"]!.AsArray())
            .Where(type => type!["spotPrice"] is not null)
            .ToLookup(type => type!["name"]!.ToString(), type => decimal.Parse(type!["spotPrice"]!.ToString(), CultureInfo.InvariantCulture));
        foreach (var type in last.Status!.InstanceTypes!.Where(type => prices.Contains(type.Name!)))
        {
            type.SpotPrice = RegionPrices.Text(prices[type.Name!].Average());
        }

        return last;
    }

    private static TimeSpan BootOf(Scenario scenario)
    {
        var status = Assert.Single(scenario.World.Kubernetes.Objects.List("runnerleases", "default"))["status"]!;
        return Time(status["idleSince"]) - Time(status["instance"]!["launchedAt"]);

        static DateTimeOffset Time(JsonNode? node) => DateTimeOffset.Parse(node!.ToString(), CultureInfo.InvariantCulture);
    }

    private static JobTrace Record(DateTimeOffset begin) => TraceFile.Sorted(
        JobsOfHour.SelectMany((count, hour) => Enumerable.Range(0, count).Select(index => new TracedJob(
            begin.AddHours(hour).AddSeconds(((index / 2) * 3600 / Math.Max(1, (count + 1) / 2)) + Math.Floor(Chance.Uniform(hour, index / 2) * 300)),
            TimeSpan.FromSeconds(120 + Math.Floor(Chance.Uniform(100 + hour, index) * 900)),
            ["linux"]))),
        "day");

    private static (decimal Cost, int Machines, IReadOnlyList<double> Waits) Measure(Scenario scenario, int before, DateTimeOffset until)
    {
        var machines = scenario.World.Aws.Instances.OrderBy(machine => machine.LaunchedAt).Skip(before).ToList();
        var cost = machines.Sum(machine => (decimal)((machine.EndedAt is { } end && end < until ? end : until) - machine.LaunchedAt).TotalHours * PriceOf(scenario, machine));
        var waits = scenario.World.GitHub.Jobs.Select(job => (job.StartedAt!.Value - job.QueuedAt).TotalSeconds).Order().ToList();
        return (cost, machines.Count, waits);
    }

    private static decimal PriceOf(Scenario scenario, Simulator.Aws.Ec2.Instances.InstanceSnapshot machine)
    {
        var onDemand = OnDemandPrices.Find(machine.InstanceType)!.Value;
        return machine.UsageClass == "spot" ? scenario.World.Aws.Options.SpotPrices.At(machine.InstanceType, machine.Zone, onDemand, machine.LaunchedAt).Price : onDemand;
    }

    private static double At(IReadOnlyList<double> ascending, int percent) => ascending[(int)Math.Ceiling(ascending.Count * percent / 100.0) - 1];

    private static void AssertNear(double measured, double predicted, double atLeast, string what) => Assert.True(
        Math.Abs(predicted - measured) <= Math.Max(atLeast, measured * 0.05),
        string.Create(CultureInfo.InvariantCulture, $"{predicted:0.###} {what} were predicted, and {measured:0.###} measured"));
}

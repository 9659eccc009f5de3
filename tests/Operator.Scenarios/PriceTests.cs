using System.Globalization;
using System.Text.Json.Nodes;
using Operator.Aws.Prices;
using Operator.Commands.Iam;
using Operator.Simulator.Aws.Iam;

namespace Operator.Scenarios;

/// <summary>What machines cost, as the objects and metrics show it.</summary>
public sealed class PriceTests
{
    [Fact]
    public async Task SpotMachine_HasTheSpotPriceOfItsTypeAndZone()
    {
        await using var scenario = await Scenario.StartAsync();
        scenario.ApplyPool(minIdle: 2);
        await scenario.StartOperatorAsync();
        await scenario.UntilIdleAsync(2);

        foreach (var lease in scenario.World.Kubernetes.Objects.List("runnerleases", "default"))
        {
            var bought = scenario.World.Aws.Instance(lease["status"]!["instance"]!["id"]!.ToString());
            var onDemand = OnDemandPrices.Find(bought.InstanceType)!.Value;
            var (spot, _) = scenario.World.Aws.Options.SpotPrices.At(bought.InstanceType, bought.Zone, onDemand, bought.LaunchedAt);
            Assert.Equal(spot, Number(lease["status"]!["instance"]!["hourlyPrice"]));
            Assert.True(spot < onDemand);
        }
    }

    [Fact]
    public async Task Class_ShowsSpotPricesAndTheirAge_AskedForEveryTwelveMinutesAndNotMore()
    {
        await using var scenario = await Scenario.StartAsync();
        scenario.ApplyPool(minIdle: 0);
        await scenario.StartOperatorAsync();
        await scenario.Driver.RunUntilAsync(() => Class(scenario)?["status"]?["prices"] is not null, TimeSpan.FromMinutes(1), "prices");
        var first = Class(scenario)!["status"]!;
        var type = first["instanceTypes"]![0]!;
        Assert.InRange(Number(type["spotPrice"]) / Number(type["onDemandPrice"]), 0.2m, 0.65m);
        Assert.Equal("OtherRegion", first["prices"]!["onDemandSource"]!.ToString());
        Assert.Equal("OtherRegion", scenario.ConditionOf("resourceclasses", "medium", "PricesCurrent", space: "")?.Reason);

        var age = Assert.Single(await SeriesAsync(scenario, """price_age_seconds{region="eu-central-1",kind="spot",source="EC2"}"""));
        Assert.InRange(double.Parse(age.Split(' ')[^1], CultureInfo.InvariantCulture), 0, 60);
        Assert.Single(await SeriesAsync(scenario, """price_age_seconds{region="eu-central-1",kind="on-demand",source="OtherRegion"}"""));

        scenario.World.Aws.Calls.Clear();
        await scenario.Driver.RunForAsync(TimeSpan.FromMinutes(60));

        Assert.InRange(scenario.World.Aws.Calls.Count("ec2:DescribeSpotPriceHistory"), 4, 6);
        Assert.NotEqual(first["prices"]!["spotAsOf"]!.ToString(), Class(scenario)!["status"]!["prices"]!["spotAsOf"]!.ToString());
    }

    [Fact]
    public async Task SpotPricesRefused_IsSaid_IsNotAskedAgainSoon_AndTheListPriceServes()
    {
        await using var scenario = await Scenario.StartAsync();
        scenario.World.Aws.Iam.OperatorPolicy = IamPolicy.Parse(IamTemplates.Json(
            new IamTarget
            {
                Account = scenario.World.Aws.Options.AccountId,
                ClusterId = scenario.World.Kubernetes.Objects.Get("namespaces", "", "kube-system")!["metadata"]!["uid"]!.GetValue<string>(),
                RunnerRole = "ci-runner",
            },
            "operator").Replace("ec2:DescribeSpotPriceHistory", "ec2:DescribeVpcs", StringComparison.Ordinal));
        scenario.ApplyPool(minIdle: 1);
        await scenario.StartOperatorAsync();
        await scenario.UntilIdleAsync(1);
        await scenario.Driver.RunForAsync(TimeSpan.FromMinutes(50));

        var condition = scenario.ConditionOf("resourceclasses", "medium", "PricesCurrent", space: "");
        Assert.Equal(("False", "AccessDenied"), (condition?.Status, condition?.Reason));
        Assert.Contains("ec2:DescribeSpotPriceHistory", condition?.Message, StringComparison.Ordinal);
        Assert.Equal(1, scenario.World.Aws.Calls.Count("ec2:DescribeSpotPriceHistory"));
        var machine = Assert.Single(scenario.World.Kubernetes.Objects.List("runnerleases", "default"))["status"]!["instance"]!;
        Assert.Equal(OnDemandPrices.Find(machine["type"]!.ToString()), Number(machine["hourlyPrice"]));
    }

    [Fact]
    public async Task PriceList_IsReadOnceForEachVersion_AndPricesMachinesOnDemand()
    {
        await using var scenario = await Scenario.StartAsync();
        scenario.World.ReadPriceList = true;
        scenario.ApplyPool(minIdle: 0, extra: "purchasing: {usageClass: on-demand}");
        await scenario.StartOperatorAsync();
        await scenario.Driver.RunUntilAsync(() => SourceOf(scenario) == "PriceList", TimeSpan.FromMinutes(30), "the list in the class");
        Assert.Equal("Current", scenario.ConditionOf("resourceclasses", "medium", "PricesCurrent", space: "")?.Reason);

        scenario.PatchPool("""{"capacity": {"minIdle": 1}}""");
        await scenario.UntilIdleAsync(1);
        var machine = Assert.Single(scenario.World.Kubernetes.Objects.List("runnerleases", "default"))["status"]!["instance"]!;
        Assert.Equal(OnDemandPrices.Find(machine["type"]!.ToString()) * 1.2m, Number(machine["hourlyPrice"]));
        Assert.Equal((1, 1), (scenario.World.Aws.PriceList.Reads, scenario.World.Aws.PriceList.Looks));
    }

    [Fact]
    public async Task PriceList_Broken_IsSaid_AndReadWhenItIsWhole()
    {
        await using var scenario = await Scenario.StartAsync();
        scenario.World.ReadPriceList = scenario.World.Aws.PriceList.IsTruncated = true;
        scenario.ApplyPool(minIdle: 0);
        await scenario.StartOperatorAsync();
        await scenario.Driver.RunUntilAsync(
            () => scenario.ConditionOf("resourceclasses", "medium", "PricesCurrent", space: "")?.Message.Contains("incomplete", StringComparison.Ordinal) == true,
            TimeSpan.FromMinutes(30), "a condition");
        Assert.Equal(("OtherRegion", 1), (SourceOf(scenario), scenario.World.Aws.PriceList.Reads));

        scenario.World.Aws.PriceList.IsTruncated = false;
        await scenario.Driver.RunUntilAsync(() => SourceOf(scenario) == "PriceList", TimeSpan.FromMinutes(90), "the list in the class");
        Assert.Equal(2, scenario.World.Aws.PriceList.Reads);
    }

    // What ran before a crash is in the status, what runs after it is added: the pool's account is what EC2 would bill by the prices at launch.
    [Fact]
    public async Task Cost_OfRunningAndEndedMachines_IsInTheStatus_AcrossARestart()
    {
        await using var scenario = await Scenario.StartAsync();
        scenario.ApplyPool(minIdle: 2);
        await scenario.StartOperatorAsync();
        await scenario.UntilIdleAsync(2);
        await scenario.Driver.RunForAsync(TimeSpan.FromMinutes(20));
        scenario.World.Aws.FailInstance(scenario.Living[0].Id);
        await scenario.Driver.RunForAsync(TimeSpan.FromMinutes(5));
        await scenario.KillOperatorAsync();
        await scenario.Driver.RunForAsync(TimeSpan.FromMinutes(5));
        await scenario.StartOperatorAsync();
        await scenario.Driver.RunForAsync(TimeSpan.FromMinutes(40));
        scenario.PatchPool("""{"capacity": {"minIdle": 0}, "runner": {"idleTimeout": "1m"}}""");
        await scenario.Driver.RunUntilAsync(() => scenario.Living.Count == 0, TimeSpan.FromMinutes(10), "no machine");
        await scenario.Driver.RunForAsync(TimeSpan.FromMinutes(1));

        var expected = scenario.World.Aws.Instances.Sum(machine => (decimal)(machine.EndedAt!.Value - machine.LaunchedAt).TotalHours
            * scenario.World.Aws.Options.SpotPrices.At(machine.InstanceType, machine.Zone, OnDemandPrices.Find(machine.InstanceType)!.Value, machine.LaunchedAt).Price);
        var cost = scenario.World.Kubernetes.Objects.Get("runnerpools", "default", Scenario.Pool)!["status"]!["cost"]!;
        Assert.InRange(Number(cost["thisMonth"]) / expected, 0.97m, 1.03m);
        Assert.Equal(cost["thisMonth"]!.ToString(), cost["today"]!.ToString());
        var metrics = await scenario.Http.GetStringAsync(new Uri(scenario.Operator.Address, "/metrics"));
        Assert.Contains("""ec2runners_pool_cost_dollars{namespace="default",pool="runners",period="month"} """, metrics, StringComparison.Ordinal);
        Assert.Contains("""ec2runners_cost_dollars_total{namespace="default",pool="runners",usage_class="spot"} 0.""", metrics, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ExhaustedTypes_HaveSeriesWhileItLasts_AndTheMessageNamesTheFirstFive()
    {
        await using var scenario = await Scenario.StartAsync();
        scenario.World.Aws.SetCapacity("*", "*", "*", 0);
        scenario.ApplyPool(minIdle: 1);
        await scenario.StartOperatorAsync();
        await scenario.Driver.RunUntilAsync(
            () => scenario.ConditionOf("runnerpools", Scenario.Pool, "CapacityAvailable")?.Message.Contains("minutes ago (", StringComparison.Ordinal) == true,
            TimeSpan.FromMinutes(3), "a condition");
        Assert.Matches(@"minutes ago \(([a-z0-9-]+\.[a-z0-9]+, ){4}[a-z0-9-]+\.[a-z0-9]+ and \d+ more\)", scenario.ConditionOf("runnerpools", Scenario.Pool, "CapacityAvailable")!.Value.Message);
        var exhausted = await SeriesAsync(scenario, "offering_exhausted{");
        Assert.NotEmpty(exhausted);
        Assert.All(exhausted, line => Assert.Matches("""^ec2runners_offering_exhausted\{instance_type="[a-z0-9.-]+",zone="eu-central-1[abc]",usage_class="spot"\} 1$""", line));
        Assert.NotEmpty(await SeriesAsync(scenario, "offering_failures_total{"));

        scenario.World.Aws.SetCapacity("*", "*", "*", null);
        scenario.PatchPool("""{"capacity": {"minIdle": 0}}""");
        await scenario.Driver.RunForAsync(TimeSpan.FromMinutes(4));
        Assert.Empty(await SeriesAsync(scenario, "offering_exhausted{"));
    }

    [Fact]
    public async Task ClassThatNothingMatches_SaysWhichRequirementRemovedTheLast()
    {
        await using var scenario = await Scenario.StartAsync();
        scenario.ApplyPool(minIdle: 0);
        scenario.World.Apply("""
            apiVersion: ec2runners.dev/v1alpha1
            kind: ResourceClass
            metadata: {name: odd}
            spec: {cpu: 2, processors: [aws], instanceTypes: {allowed: ["m7a.*", "m4.*"]}}
            """);
        await scenario.StartOperatorAsync();
        await scenario.Driver.RunUntilAsync(() => scenario.ConditionOf("resourceclasses", "odd", "Ready", space: "") is not null, TimeSpan.FromMinutes(1), "a condition");

        var (status, reason, message) = scenario.ConditionOf("resourceclasses", "odd", "Ready", space: "")!.Value;
        Assert.Equal(("False", "NoInstanceTypes"), (status, reason));
        Assert.Contains("processors (aws) removes the last", message, StringComparison.Ordinal);
    }

    private static async Task<IReadOnlyList<string>> SeriesAsync(Scenario scenario, string name)
    {
        var metrics = await scenario.Http.GetStringAsync(new Uri(scenario.Operator.Address, "/metrics"));
        return [.. metrics.Split('\n').Where(line => line.StartsWith("ec2runners_" + name, StringComparison.Ordinal))];
    }

    private static string? SourceOf(Scenario scenario) => Class(scenario)?["status"]?["prices"]?["onDemandSource"]?.ToString();

    private static JsonObject? Class(Scenario scenario) => scenario.World.Kubernetes.Objects.Get("resourceclasses", "", "medium");

    private static decimal Number(JsonNode? text) => decimal.Parse(text!.ToString(), CultureInfo.InvariantCulture);
}

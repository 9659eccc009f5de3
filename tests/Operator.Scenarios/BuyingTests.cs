using Operator.Aws.Prices;
using Operator.Commands.Iam;
using Operator.Simulator.Aws.Iam;
using Operator.Simulator.World;

namespace Operator.Scenarios;

/// <summary>What is bought when EC2 has little, and what happens when it refuses.</summary>
[Trait("Pace", "Slow")]
public sealed class BuyingTests
{
    // What is left in the drought: machines of 16 vCPUs and more, which cost from 7 to 50 times the cheapest type of the class.
    private static readonly string[] Large =
    [
        "c5.4xlarge", "c5a.8xlarge", "c6a.12xlarge", "c6i.16xlarge", "c7a.24xlarge", "m5.4xlarge", "m5a.8xlarge", "m6a.12xlarge",
        "m6i.16xlarge", "m5.24xlarge", "r5.4xlarge", "r5a.8xlarge", "r6a.12xlarge", "r6i.16xlarge", "r5.24xlarge",
    ];

    private static readonly TimeSpan Drought = TimeSpan.FromMinutes(20);

    [Theory]
    [InlineData("purchasing: {usageClass: spot}")]
    [InlineData("purchasing: {usageClass: on-demand}")]
    [InlineData("purchasing: {usageClass: spot, onDemandFallback: {after: 1m}}")]
    public async Task Drought_BuysNothingFarAboveTheCheapest_AndTheSmallOneAfterIt(string purchasing)
    {
        await using var scenario = await InDroughtAsync(purchasing);
        await scenario.Driver.RunForAsync(Drought);
        Assert.Empty(scenario.World.Aws.Instances);
        Assert.Equal("InsufficientCapacity", scenario.ConditionOf("runnerpools", Scenario.Pool, "CapacityAvailable")?.Reason);

        scenario.World.Aws.SetCapacity("*", "*", "*", null);
        await scenario.UntilIdleAsync(2);

        Assert.All(scenario.Living, instance => Assert.InRange(OnDemandPrices.Find(instance.InstanceType) ?? 0, 0.01m, 0.3m));
    }

    [Fact]
    public async Task Drought_FactorThatAllowsIt_BuysLargerOnes()
    {
        await using var scenario = await InDroughtAsync("purchasing: {usageClass: on-demand, maxPriceFactor: 20}");

        await scenario.UntilIdleAsync(2);

        Assert.All(scenario.Living, instance => Assert.InRange(OnDemandPrices.Find(instance.InstanceType) ?? 0, 0.3m, 2m));
    }

    [Fact]
    public async Task Fallback_SpotExhausted_BuysOnDemandWithinTheSameBound()
    {
        await using var scenario = await Scenario.StartAsync();
        scenario.World.Aws.SetCapacity("spot", "*", "*", 0);
        scenario.ApplyPool(minIdle: 1, extra: "purchasing: {onDemandFallback: {after: 30s}}");
        await scenario.StartOperatorAsync();

        await scenario.UntilIdleAsync(1);

        var bought = Assert.Single(scenario.World.Aws.Instances);
        Assert.Equal("on-demand", bought.UsageClass);
        Assert.InRange(OnDemandPrices.Find(bought.InstanceType) ?? 0, 0.01m, 0.3m);
    }

    // Without a pause between the two markets: the job is not to notice.
    [Fact]
    public async Task FallbackAtOnce_SpotExhausted_BuysOnDemandInTheSameMoment_AndThenWaitsLikeAnyOther()
    {
        await using var scenario = await Scenario.StartAsync();
        scenario.World.Aws.SetCapacity("spot", "*", "*", 0);
        scenario.ApplyPool(minIdle: 1, extra: "purchasing: {onDemandFallback: {after: 0s}}");
        var begun = scenario.World.Clock.GetUtcNow();
        await scenario.StartOperatorAsync();
        await scenario.Driver.RunUntilAsync(() => scenario.Living.Count == 1, TimeSpan.FromMinutes(1), "a machine");
        Assert.Equal("on-demand", scenario.Living[0].UsageClass);
        Assert.InRange(scenario.World.Clock.GetUtcNow() - begun, TimeSpan.Zero, TimeSpan.FromSeconds(4));

        scenario.World.Aws.SetCapacity("*", "*", "*", 0);
        scenario.World.Aws.Calls.Clear();
        scenario.PatchPool("""{"capacity": {"minIdle": 2} }""");
        await scenario.Driver.RunForAsync(TimeSpan.FromMinutes(5));

        Assert.InRange(scenario.World.Aws.Calls.Count("ec2:CreateFleet"), 1, 30);
    }

    // Two machines are taken back within an hour: two hours on demand follow, also for a new process, and then it is spot again.
    [Fact]
    public async Task InterruptionBreaker_TooManySpotMachinesTakenBack_BuysOnDemandForAWhile()
    {
        await using var scenario = await Scenario.StartAsync();
        scenario.ApplyPool(minIdle: 0, extra: "purchasing: {interruptionBreaker: {count: 2, window: 1h, cooldown: 2h} }\n  rerun: {limit: 0}");
        await scenario.StartOperatorAsync();
        await scenario.UntilOpenAsync();
        scenario.World.GitHub.QueueJob(SimulatedWorld.Repository, ["linux"], TimeSpan.FromMinutes(30));
        scenario.World.GitHub.QueueJob(SimulatedWorld.Repository, ["linux"], TimeSpan.FromMinutes(30));
        await scenario.Driver.RunUntilAsync(() => scenario.World.GitHub.Jobs.All(job => job.StartedAt is not null), TimeSpan.FromMinutes(10), "both run");
        foreach (var machine in scenario.Living)
        {
            Assert.Equal("spot", machine.UsageClass);
            scenario.World.Aws.InterruptSpot(machine.Id);
        }

        await scenario.Driver.RunUntilAsync(
            () => scenario.ConditionOf("runnerpools", Scenario.Pool, "SpotStable") is ("False", "TooManyInterruptions", _), TimeSpan.FromMinutes(5), "the pool leaves the spot market");
        await scenario.KillOperatorAsync();
        await scenario.StartOperatorAsync();
        await scenario.Driver.RunForAsync(TimeSpan.FromMinutes(20));
        Assert.Equal("on-demand", await BoughtAsync(scenario));

        await scenario.Driver.RunForAsync(TimeSpan.FromHours(2));
        Assert.Equal("spot", await BoughtAsync(scenario));
        Assert.Null(scenario.ConditionOf("runnerpools", Scenario.Pool, "SpotStable"));
        Assert.Single(scenario.Events, told => told.Reason == "TooManyInterruptions");
    }

    [Theory]
    [InlineData("MakeTemplatesTagged", "ec2:CreateLaunchTemplate", true)]
    [InlineData("LaunchTagged", "ec2:CreateFleet", false)]
    [InlineData("PassTheRunnersRole", "ec2:CreateFleet", false)]
    public async Task MissingRight_TextThatChangesWithEachCall_IsAskedCalmly_AndTheConditionStays(string statement, string call, bool ofPool)
    {
        await using var scenario = await Scenario.StartAsync();
        var policy = Allow(scenario);
        scenario.World.Aws.Iam.OperatorPolicy = policy.Without(statement);
        scenario.ApplyPool(minIdle: 1);
        await scenario.StartOperatorAsync();
        (string, string, string)? Condition() => ofPool
            ? scenario.ConditionOf("runnerpools", Scenario.Pool, "TemplateReady") : scenario.ConditionOf("runnerleases", Scenario.Pool + "-0", "Launched");
        await scenario.Driver.RunUntilAsync(() => Condition() is (_, "AccessDenied", _), TimeSpan.FromMinutes(2), "a condition");
        var said = Condition();
        scenario.World.Aws.Calls.Clear();
        await scenario.Driver.RunForAsync(TimeSpan.FromMinutes(2));

        Assert.Equal(said, Condition());
        Assert.DoesNotContain("Encoded", said!.Value.Item3, StringComparison.Ordinal);
        Assert.InRange(scenario.World.Aws.Calls.Count(call), 3, 10);
        scenario.World.Aws.Iam.OperatorPolicy = policy;
        var repaired = scenario.World.Clock.GetUtcNow();
        await scenario.Driver.RunUntilAsync(() => scenario.Living.Count == 1, TimeSpan.FromMinutes(2), "a machine");
        Assert.InRange(scenario.World.Clock.GetUtcNow() - repaired, TimeSpan.Zero, TimeSpan.FromSeconds(60));
    }

    [Fact]
    public async Task MissingSpotRole_FallsBackAtOnce_WhereThePoolSaysSo()
    {
        await using var scenario = await Scenario.StartAsync();
        scenario.World.Aws.Iam.OperatorPolicy = Allow(scenario).Without("MakeTheSpotRole");
        scenario.ApplyPool(minIdle: 1);
        scenario.ApplyPool(minIdle: 1, name: "patient", labels: "other", extra: "purchasing: {onDemandFallback: {after: 1h}}");
        await scenario.StartOperatorAsync();

        await scenario.Driver.RunUntilAsync(() => scenario.Living.Count == 1, TimeSpan.FromMinutes(1), "a machine on demand");
        await scenario.Driver.RunForAsync(TimeSpan.FromMinutes(5));

        Assert.Equal("on-demand", Assert.Single(scenario.Living).UsageClass);
        Assert.Equal("SpotRoleMissing", scenario.ConditionOf("runnerpools", Scenario.Pool, "CapacityAvailable")?.Reason);
    }

    [Theory]
    [InlineData("UnauthorizedOperation", "AccessDenied")]
    [InlineData("AuthFailure", "AccessDenied")]
    [InlineData("RequestLimitExceeded", "Throttled")]
    [InlineData("InternalError", "AwsUnavailable")]
    [InlineData("ServiceUnavailable", "AwsUnavailable")]
    [InlineData("Unsupported", "Unsupported")]
    [InlineData("UnsupportedOperation", "Unsupported")]
    [InlineData("VcpuLimitExceeded", "QuotaExceeded")]
    [InlineData("InsufficientFreeAddressesInSubnet", "SubnetFull")]
    [InlineData("InsufficientVolumeCapacity", "InsufficientCapacity")]
    [InlineData("InvalidAMIID.NotFound", "ImageNotFound")]
    [InlineData("InvalidKeyPair.NotFound", "KeyPairNotFound")]
    [InlineData("PendingVerification", "AccountNotReady")]
    [InlineData("ExpiredToken", "CredentialsUnavailable")]
    [InlineData("SomethingNew", "LaunchRefused")]
    public async Task RefusedInRows_HasItsReason_AndRecoversSoon(string code, string reason)
    {
        await using var scenario = await Scenario.StartAsync();
        scenario.World.Aws.Faults.On("ec2:CreateFleet").Row(code);
        scenario.ApplyPool(minIdle: 1);
        await scenario.StartOperatorAsync();
        await scenario.Driver.RunUntilAsync(
            () => scenario.ConditionOf("runnerleases", Scenario.Pool + "-0", "Launched")?.Reason == reason, TimeSpan.FromMinutes(1), "a condition");
        scenario.World.Aws.Calls.Clear();
        await scenario.Driver.RunForAsync(TimeSpan.FromMinutes(5));
        Assert.InRange(scenario.World.Aws.Calls.Count("ec2:CreateFleet"), 1, 32);
        Assert.Equal(reason, scenario.ConditionOf("runnerleases", Scenario.Pool + "-0", "Launched")?.Reason);

        scenario.World.Aws.Faults.Clear();
        await scenario.UntilIdleAsync(1);
    }

    [Fact]
    public async Task SubnetWithoutAddresses_IsLeftOut_AndTheOthersServe()
    {
        await using var scenario = await Scenario.StartAsync();
        scenario.World.Aws.Faults.On("ec2:CreateFleet").Row("InsufficientFreeAddressesInSubnet").Row("InsufficientFreeAddressesInSubnet").Row("SomethingElse").Times(1);
        scenario.ApplyPool(minIdle: 1);
        await scenario.StartOperatorAsync();

        await scenario.UntilIdleAsync(1);
    }

    // A machine that EC2 refuses to terminate does not block others, and is retried with back-off.
    [Fact]
    public async Task ProtectedMachineThatHangs_IsSaid_AndTheOthersEnd()
    {
        await using var scenario = await Scenario.StartAsync();
        scenario.ApplyPool(minIdle: 3, demand: "LeasesOnly");
        await scenario.StartOperatorAsync();
        await scenario.UntilIdleAsync(3);
        var protectedId = scenario.Living[1].Id;
        scenario.World.Aws.ProtectFromTermination(protectedId);
        scenario.World.Hosts.KillAgent(protectedId); // else it powers itself off
        foreach (var lease in scenario.World.Kubernetes.Objects.List("runnerleases", "default"))
        {
            scenario.World.Kubernetes.Objects.Patch("runnerleases", "default", lease["metadata"]!["name"]!.ToString(), new System.Text.Json.Nodes.JsonObject
            {
                ["metadata"] = new System.Text.Json.Nodes.JsonObject { ["annotations"] = new System.Text.Json.Nodes.JsonObject { ["ec2runners.dev/force"] = "true" } },
            });
        }

        scenario.DeletePool();
        await scenario.Driver.RunUntilAsync(() => scenario.Living.Count == 1, TimeSpan.FromMinutes(2), "the others gone");
        Assert.Equal(protectedId, scenario.Living[0].Id);
        scenario.World.Aws.Calls.Clear();
        await scenario.Driver.RunForAsync(TimeSpan.FromMinutes(5));

        var lasting = Assert.Single(scenario.World.Kubernetes.Objects.List("runnerleases", "default"))["metadata"]!["name"]!.ToString();
        var condition = scenario.ConditionOf("runnerleases", lasting, "Ready");
        Assert.Equal("TerminationRefused", condition?.Reason);
        Assert.Contains("disable-api-termination", condition?.Message, StringComparison.Ordinal);
        Assert.InRange(scenario.World.Aws.Calls.Count("ec2:TerminateInstances"), 3, 20);
        scenario.World.Aws.ProtectFromTermination(protectedId, isProtected: false);
        await scenario.UntilEmptyAsync();
    }

    private static async Task<Scenario> InDroughtAsync(string purchasing)
    {
        var scenario = await Scenario.StartAsync();
        scenario.World.Aws.SetCapacity("*", "*", "*", 0);
        foreach (var type in Large)
        {
            scenario.World.Aws.SetCapacity("*", type, "*", null);
        }

        scenario.ApplyPool(minIdle: 2, extra: purchasing);
        await scenario.StartOperatorAsync();
        return scenario;
    }

    private static IamPolicy Allow(Scenario scenario) => IamPolicy.Parse(IamTemplates.Json(
        new IamTarget
        {
            Account = scenario.World.Aws.Options.AccountId,
            ClusterId = scenario.World.Kubernetes.Objects.Get("namespaces", "", "kube-system")!["metadata"]!["uid"]!.GetValue<string>(),
            RunnerRole = "ci-runner",
        },
        "operator"));

    private static async Task<string> BoughtAsync(Scenario scenario)
    {
        var known = scenario.World.Aws.Instances.Count;
        scenario.World.GitHub.QueueJob(SimulatedWorld.Repository, ["linux"], TimeSpan.FromMinutes(1));
        await scenario.Driver.RunUntilAsync(() => scenario.World.Aws.Instances.Count > known, TimeSpan.FromMinutes(5), "a machine");
        return scenario.World.Aws.Instances[^1].UsageClass;
    }
}

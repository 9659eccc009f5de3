using System.Text.Json.Nodes;
using Operator.Simulator.GitHub;
using Operator.Simulator.World;

namespace Operator.Scenarios;

/// <summary>What machines, EC2, GitHub and other people do to a pool that serves.</summary>
public sealed class LossTests
{
    [Fact]
    public async Task SpotInterruption_OfAnIdleMachine_IsToldAndMadeUpFor()
    {
        await using var scenario = await ServingAsync();
        var first = Assert.Single(scenario.Living).Id;

        scenario.World.Aws.InterruptSpot(first);
        await UntilReplacedAsync(scenario, first);

        Assert.Single(scenario.World.GitHub.Runners);
    }

    // What EC2 has just taken back would be the best choice again.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task SpotInterruption_NextMachineIsOfAnotherTypeOrZone(bool isHeld)
    {
        await using var scenario = await Scenario.StartAsync();
        await scenario.StartOperatorAsync();
        scenario.ApplyPool(minIdle: isHeld ? 0 : 1, demand: "LeasesOnly");
        if (isHeld)
        {
            scenario.ApplyLease("held", "1234");
        }

        await scenario.Driver.RunUntilAsync(() => scenario.Leases(isHeld ? "Leased" : "Idle") == 1, TimeSpan.FromMinutes(15), "a runner");
        var first = Assert.Single(scenario.Living);
        scenario.World.Aws.FailInstance(first.Id, "Server.SpotInstanceTermination");
        await scenario.Driver.RunUntilAsync(() => scenario.Living.Any(machine => machine.Id != first.Id), TimeSpan.FromMinutes(2), "another machine");

        var next = scenario.Living.Single(machine => machine.Id != first.Id);
        Assert.NotEqual((first.InstanceType, first.Zone), (next.InstanceType, next.Zone));
    }

    [Fact]
    public async Task SpotInterruption_OfABusyMachine_IsAnEventThatSaysSo()
    {
        await using var scenario = await ServingAsync();
        scenario.PatchPool("""{"rerun":{"limit":0}}""");
        var first = Assert.Single(scenario.Living).Id;
        scenario.World.GitHub.QueueJob(SimulatedWorld.Repository, ["linux"], TimeSpan.FromMinutes(30));
        await scenario.Driver.RunUntilAsync(() => scenario.Leases("Busy") == 1, TimeSpan.FromMinutes(1), "a busy lease");

        scenario.World.Aws.InterruptSpot(first);
        await UntilReplacedAsync(scenario, first);

        // The sweep sees that it is gone.
        await scenario.Driver.RunUntilAsync(
            () => scenario.Events.Any(told => told.Reason == "SpotInterrupted" && told.Message.Contains(first, StringComparison.Ordinal)), TimeSpan.FromMinutes(1), "the event");
    }

    [Fact]
    public async Task BootTimeout_IsAnEventWithTheConsolesTail_AndTheMachineIsReplaced()
    {
        await using var scenario = await Scenario.StartAsync();
        scenario.World.Hosts.SlowBoot(TimeSpan.FromHours(1));
        scenario.ApplyPool(minIdle: 1, runner: "bootTimeout: 3m");
        await scenario.StartOperatorAsync();

        await scenario.Driver.RunUntilAsync(() => scenario.Events.Any(told => told.Reason == "BootTimeout"), TimeSpan.FromMinutes(10), "an event");
        await scenario.UntilIdleAsync(1);
        await scenario.Driver.RunUntilAsync(() => scenario.Living.Count == 1, TimeSpan.FromMinutes(15), "the slow machine gone");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task BootFailure_IsAnEventWithTheConsolesTail(bool isHeld)
    {
        await using var scenario = await Scenario.StartAsync();
        scenario.World.Hosts.FailBoot();
        scenario.ApplyPool(minIdle: isHeld ? 0 : 1, demand: "LeasesOnly");
        if (isHeld)
        {
            scenario.ApplyLease("held", "1234");
        }

        await scenario.StartOperatorAsync();
        await scenario.Driver.RunUntilAsync(() => scenario.Events.Any(told => told.Reason == "BootFailed"), TimeSpan.FromMinutes(10), "an event");

        Assert.Contains(scenario.Events, told => told.Reason == "BootFailed" && told.Message.Contains("ec2runners:", StringComparison.Ordinal));
        await scenario.Driver.RunUntilAsync(() => scenario.Leases(isHeld ? "Leased" : "Idle") == 1, TimeSpan.FromMinutes(15), "another machine");
    }

    [Fact]
    public async Task MaxRuntime_EndsAJobThatRunsTooLong()
    {
        await using var scenario = await ServingAsync();
        var first = Assert.Single(scenario.Living).Id;
        scenario.World.GitHub.QueueJob(SimulatedWorld.Repository, ["linux"], TimeSpan.FromHours(5));
        await scenario.Driver.RunUntilAsync(() => scenario.Leases("Busy") == 1, TimeSpan.FromMinutes(1), "a busy lease");
        var begun = scenario.World.Clock.GetUtcNow();

        await scenario.Driver.RunUntilAsync(() => scenario.Living.All(instance => instance.Id != first), TimeSpan.FromHours(2), "the machine gone");

        var took = scenario.World.Clock.GetUtcNow() - begun;
        Assert.InRange(took, TimeSpan.FromMinutes(59), TimeSpan.FromMinutes(63));
        Assert.Single(scenario.Events, told => told.Reason == "NearMaxRuntime");
        Assert.NotEqual(JobOutcome.Succeeded, scenario.World.GitHub.Jobs[0].Outcome);
    }

    [Fact]
    public async Task MaxRuntime_OfALease_IsLongerThanThePools_AndReachesItsMachine()
    {
        await using var scenario = await Scenario.StartAsync();
        await scenario.StartOperatorAsync();
        scenario.ApplyPool(minIdle: 0, demand: "LeasesOnly");
        scenario.PatchPool("""{"runner":{"maxRuntime":"30m"}}""");
        scenario.ApplyLease("long", "1234");
        scenario.World.Kubernetes.Objects.Patch("runnerleases", "default", "long", new JsonObject { ["spec"] = new JsonObject { ["maxRuntime"] = "2h" } });
        scenario.World.GitHub.QueueJob(SimulatedWorld.Repository, ["1234"], TimeSpan.FromHours(1));

        await scenario.UntilServedAsync();
    }

    // An operator that is away costs a bounded time.
    [Fact]
    public async Task MaxAge_OperatorIsGone_IdleMachineEndsItself()
    {
        await using var scenario = await ServingAsync();
        await scenario.KillOperatorAsync();

        await scenario.Driver.RunForAsync(TimeSpan.FromHours(12));
        Assert.Single(scenario.Living);
        await scenario.Driver.RunUntilAsync(() => scenario.Living.Count == 0, TimeSpan.FromHours(1.1), "the machine gone");
    }

    [Fact]
    public async Task MachineTerminatedByHand_IsReplacedAndItsRegistrationGoes()
    {
        await using var scenario = await ServingAsync();
        var first = Assert.Single(scenario.Living).Id;

        await TerminateByHandAsync(scenario, first);
        await UntilReplacedAsync(scenario, first);

        await scenario.Driver.RunUntilAsync(() => scenario.World.GitHub.Runners.Count(runner => runner.Online) == 1 && scenario.World.GitHub.Runners.Count == 1, TimeSpan.FromMinutes(20), "one runner");
    }

    // The finalizer was removed and the lease deleted: no object refers to the machine and its registration any more.
    [Fact]
    public async Task MachineAndRegistrationWithoutALease_GoBoth()
    {
        await using var scenario = await ServingAsync();
        var first = Assert.Single(scenario.Living).Id;
        var runner = Assert.Single(scenario.World.GitHub.Runners).Id;
        await scenario.KillOperatorAsync();
        scenario.World.Kubernetes.Objects.Patch(
            "runnerleases", "default", Scenario.Pool + "-0", new JsonObject { ["metadata"] = new JsonObject { ["finalizers"] = null } });
        scenario.World.Kubernetes.Objects.Delete("runnerleases", "default", Scenario.Pool + "-0");

        await scenario.StartOperatorAsync();
        var begun = scenario.World.Clock.GetUtcNow();
        await scenario.Driver.RunUntilAsync(
            () => scenario.Living.All(instance => instance.Id != first) && scenario.World.GitHub.Runners.All(other => other.Id != runner),
            TimeSpan.FromMinutes(5), "both gone");

        Assert.InRange(scenario.World.Clock.GetUtcNow() - begun, TimeSpan.Zero, TimeSpan.FromMinutes(2));
        await scenario.UntilIdleAsync(1);
    }

    [Fact]
    public async Task ForeignMachinesAndRunners_AreNeverTouched()
    {
        await using var scenario = await ServingAsync();
        var tags = Assert.Single(scenario.Living).Tags;
        string[] foreign =
        [
            scenario.World.Aws.AddForeignInstance(),
            scenario.World.Aws.AddForeignInstance(new Dictionary<string, string> { ["ec2runners.dev:cluster"] = "another", ["ec2runners.dev:pool-uid"] = tags["ec2runners.dev:pool-uid"] }),
            scenario.World.Aws.AddForeignInstance(new Dictionary<string, string> { ["ec2runners.dev:cluster"] = tags["ec2runners.dev:cluster"], ["ec2runners.dev:pool-uid"] = "never-ours" }),
        ];
        var runner = scenario.World.GitHub.AddForeignRunner("orgs/" + SimulatedWorld.Organization, Scenario.Pool + "-0-abcdefgh-1-abcdefghij", ["linux"], online: false);

        await scenario.Driver.RunForAsync(TimeSpan.FromMinutes(30));
        scenario.DeletePool();
        await scenario.Driver.RunUntilAsync(() => scenario.World.Kubernetes.Objects.Get("runnerpools", "default", Scenario.Pool) is null, TimeSpan.FromHours(1), "the pool gone");
        await scenario.Driver.RunForAsync(TimeSpan.FromMinutes(30));

        Assert.Equal(foreign.Order(), scenario.Living.Select(instance => instance.Id).Order());
        Assert.Equal(runner, Assert.Single(scenario.World.GitHub.Runners).Id);
    }

    // Two that both think they lead, for a whole story: names are slots, and intents are stored before the effect. The pool has no demand:
    // what a demand's connection says of itself would differ between the two, and they would correct each other without end.
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task TwoLeaders_LaunchNothingTwiceAndLoseNoJob(int seed)
    {
        await using var scenario = await Scenario.StartAsync(seed: seed);
        await scenario.StartOperatorAsync();
        await scenario.StartOperatorAsync();

        scenario.ApplyPool(minIdle: 3, demand: "LeasesOnly", maxRunners: 4);
        await scenario.UntilIdleAsync(3);
        Assert.Equal(3, scenario.Living.Count);
        scenario.ApplyLease("run-1", "1234");
        scenario.World.GitHub.QueueJob(SimulatedWorld.Repository, ["1234"], TimeSpan.FromMinutes(4));
        await scenario.Driver.RunUntilAsync(
            () => scenario.World.GitHub.Jobs.All(job => job.Outcome == JobOutcome.Succeeded), TimeSpan.FromMinutes(15), "the job done");
        Assert.InRange(scenario.World.Aws.Instances.Count, 4, 5);
        scenario.World.Kubernetes.Objects.Delete("runnerleases", "default", "run-1");
        scenario.DeletePool();
        await scenario.UntilEmptyAsync();
    }

    private static async Task<Scenario> ServingAsync()
    {
        var scenario = await Scenario.StartAsync();
        await scenario.StartOperatorAsync();
        scenario.ApplyPool(minIdle: 1);
        await scenario.UntilIdleAsync(1);
        return scenario;
    }

    private static Task UntilReplacedAsync(Scenario scenario, string first) => scenario.Driver.RunUntilAsync(
        () => scenario.Leases("Idle") == 1 && scenario.Living.Count == 1 && scenario.Living[0].Id != first, TimeSpan.FromMinutes(30), "another machine");

    private static async Task TerminateByHandAsync(Scenario scenario, string id)
    {
        using var form = new FormUrlEncodedContent(new Dictionary<string, string>
        {
            ["Action"] = "TerminateInstances",
            ["Version"] = "2016-11-15",
            ["InstanceId.1"] = id,
        });
        using var request = new HttpRequestMessage(HttpMethod.Post, scenario.World.Aws.Url) { Content = form };
        request.Headers.TryAddWithoutValidation(
            "Authorization", "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260101/eu-central-1/ec2/aws4_request, SignedHeaders=host, Signature=0123456789abcdef");
        using var answer = await scenario.Http.SendAsync(request);
        answer.EnsureSuccessStatusCode();
    }
}

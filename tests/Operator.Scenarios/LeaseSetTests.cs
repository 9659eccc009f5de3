using System.Text.Json.Nodes;
using Operator.Simulator.GitHub;
using Operator.Simulator.World;

namespace Operator.Scenarios;

/// <summary>Several runners for one workflow run: all of them or none, for that run's jobs only, and released when it is over.</summary>
public sealed class LeaseSetTests
{
    private const string Run = "1234";

    [Fact]
    public async Task Set_TakesIdleMachinesFirst_ServesItsRun_AndGivesThemBackWhenThatHasCompleted()
    {
        await using var scenario = await StartAsync(minIdle: 1);
        await scenario.UntilIdleAsync(1);
        var idle = Assert.Single(scenario.Living).Id;

        ApplySet(scenario, count: 2);
        await UntilAsync(scenario, "Ready");
        Assert.Contains(idle, MachinesOf(scenario));
        Assert.Equal(("True", "Provisioned"), ReadyOf(scenario));
        QueueJobs(scenario, 5);
        await scenario.UntilServedAsync();

        await UntilAsync(scenario, "Released", within: TimeSpan.FromMinutes(2)); // GitHub is asked once a minute
        Assert.Equal("RunCompleted", ReadyOf(scenario).Reason);
        await scenario.Driver.RunUntilAsync(
            () => Leases(scenario).Count(lease => lease["spec"]!["holder"] is null && lease["status"]!["phase"]!.ToString() == "Idle") >= 2, TimeSpan.FromMinutes(2), "two machines are back");
        Assert.Contains(idle, scenario.Living.Select(instance => instance.Id));
        var there = scenario.Living.Select(instance => instance.Id).ToHashSet(StringComparer.Ordinal);
        ApplySet(scenario, count: 2, name: "again", run: "1235");
        await UntilAsync(scenario, "Ready", name: "again", within: TimeSpan.FromMinutes(1));
        Assert.Subset(there, MachinesOf(scenario, "again").ToHashSet(StringComparer.Ordinal));
        scenario.World.Kubernetes.Objects.Delete("runnerleasesets", "default", "again");
        await scenario.Driver.RunUntilAsync(() => Set(scenario) is null, TimeSpan.FromMinutes(65), "the set has gone after an hour");
        await scenario.UntilTidyAsync();
    }

    [Fact]
    public async Task Set_WebhookSaysThatItsRunHasCompleted_IsReleasedAtOnce_AndEphemeralMachinesDrain()
    {
        await using var scenario = await Scenario.StartAsync();
        scenario.World.AddWebhook(Scenario.WebhookSecret);
        await scenario.StartOperatorAsync();
        scenario.ApplyPool(minIdle: 0, demand: "Webhook");
        await scenario.UntilOpenAsync();
        ApplySet(scenario, count: 2);
        await UntilAsync(scenario, "Ready");
        QueueJobs(scenario, 3);

        await scenario.UntilServedAsync();
        await UntilAsync(scenario, "Released", within: TimeSpan.FromSeconds(5));
        Assert.Equal("Webhook", Set(scenario)!["status"]!["run"]!["source"]!.ToString());
        await scenario.Driver.RunUntilAsync(() => scenario.Living.All(instance => instance.State is not Simulator.Aws.Ec2.Instances.InstanceState.Running), TimeSpan.FromMinutes(8), "the machines that ran jobs are gone");
        await scenario.UntilTidyAsync();
    }

    [Fact]
    public async Task Set_ThatDoesNotGetAll_FailsWithThePoolsReason_AndGivesBackWhatItTook()
    {
        await using var scenario = await StartAsync(minIdle: 1, maxRunners: 2);
        await scenario.UntilIdleAsync(1);
        var idle = Assert.Single(scenario.Living).Id;
        scenario.ApplyLease("other", "99");
        await scenario.Driver.RunUntilAsync(() => scenario.Leases("Leased") == 1, TimeSpan.FromMinutes(5), "somebody else holds one");

        ApplySet(scenario, count: 2, extra: "provisionTimeout: 5m");
        await UntilAsync(scenario, "Failed");
        var ready = scenario.ConditionOf("runnerleasesets", "run", "Ready")!.Value;
        Assert.Equal("ProvisionTimeout", ready.Reason);
        Assert.Contains("PoolAtCapacity", ready.Message, StringComparison.Ordinal);
        Assert.Equal("True", scenario.ConditionOf("runnerleasesets", "run", "Failed")?.Status);
        await scenario.Driver.RunUntilAsync(() => Leases(scenario).Count(lease => lease["spec"]!["holder"] is null) == 1, TimeSpan.FromMinutes(1), "one is free again");
        await scenario.UntilIdleAsync(1);
        Assert.Contains(idle, scenario.Living.Select(instance => instance.Id));
        Assert.Equal(2, scenario.Living.Count);
        await scenario.UntilTidyAsync();
    }

    [Fact]
    public async Task Set_ForMoreThanMaxRunners_FailsAtOnce()
    {
        await using var scenario = await StartAsync(minIdle: 0, maxRunners: 2);

        ApplySet(scenario, count: 3);
        await UntilAsync(scenario, "Failed", within: TimeSpan.FromSeconds(5));

        Assert.Equal("AboveMaxRunners", ReadyOf(scenario).Reason);
        Assert.Empty(scenario.Living);
    }

    [Theory]
    [InlineData("holder")]
    [InlineData("delete")]
    [InlineData("ttl")]
    public async Task Set_HolderRemovedOrDeletedOrTtlOver_GivesReusableMachinesBack(string how)
    {
        await using var scenario = await StartAsync(minIdle: 0);
        ApplySet(scenario, count: 1, extra: "ttl: 20m");
        await UntilAsync(scenario, "Ready");
        var machine = Assert.Single(MachinesOf(scenario));

        var objects = scenario.World.Kubernetes.Objects;
        if (how == "holder")
        {
            objects.Patch("runnerleasesets", "default", "run", new JsonObject { ["spec"] = new JsonObject { ["holder"] = null } });
        }
        else if (how == "delete")
        {
            objects.Delete("runnerleasesets", "default", "run");
        }

        await scenario.Driver.RunUntilAsync(
            () => Leases(scenario).SingleOrDefault() is { } lease && lease["spec"]!["holder"] is null && lease["metadata"]!["ownerReferences"]![0]!["kind"]!.ToString() == "RunnerPool",
            TimeSpan.FromMinutes(25), "the lease is the pool's");
        Assert.Equal(machine, Assert.Single(scenario.Living).Id);
        Assert.Equal(how == "delete" ? null : how == "ttl" ? "TtlExpired" : "HolderRemoved", Set(scenario) is null ? null : ReadyOf(scenario).Reason);
        await scenario.UntilTidyAsync();
    }

    // Its jobs have the set's limit, released or not, and the pool gets no machine that would cut other jobs by it.
    [Theory]
    [InlineData(2, JobOutcome.Succeeded)]
    [InlineData(60, JobOutcome.LostRunner)]
    public async Task Set_WithItsOwnMaxRuntime_ReleasedDuringAJob_DrainsOnTime(int minutes, JobOutcome outcome)
    {
        await using var scenario = await StartAsync(minIdle: 0, extra: "rerun: {limit: 0}");
        ApplySet(scenario, count: 1, extra: "maxRuntime: 10m");
        await UntilAsync(scenario, "Ready");
        scenario.World.GitHub.QueueJob(SimulatedWorld.Repository, [Run], TimeSpan.FromMinutes(minutes));
        await scenario.Driver.RunUntilAsync(() => scenario.World.GitHub.Jobs[0].StartedAt is not null, TimeSpan.FromMinutes(5), "the job runs");
        var started = scenario.World.GitHub.Jobs[0].StartedAt!.Value;

        scenario.World.Kubernetes.Objects.Delete("runnerleasesets", "default", "run");
        await scenario.Driver.RunUntilAsync(() => scenario.Living.Count == 0, TimeSpan.FromMinutes(30), "the machine has gone");

        Assert.InRange(scenario.World.Clock.GetUtcNow() - started, TimeSpan.FromMinutes(Math.Min(minutes, 10)), TimeSpan.FromMinutes(Math.Min(minutes, 10) + 3));
        await scenario.Driver.RunUntilAsync(() => scenario.World.GitHub.Jobs[0].Outcome is not null, TimeSpan.FromMinutes(30), "GitHub has given the job up");
        Assert.Equal(outcome, scenario.World.GitHub.Jobs[0].Outcome);
        scenario.DeletePool();
        await scenario.UntilEmptyAsync();
    }

    [Theory]
    [InlineData("", true)]
    [InlineData("maxRuntime: 10m", false)]
    public async Task Lease_TtlIsOver_GoesBackUnlessItHasALimitOfItsOwn(string extra, bool goesBack)
    {
        await using var scenario = await StartAsync(minIdle: 0);
        scenario.ApplyLease("held", "77", $"{{ttl: 5m, {extra}}}".Trim('{', '}').Replace(", ", "\n  ", StringComparison.Ordinal));
        await scenario.Driver.RunUntilAsync(() => scenario.Leases("Leased") == 1, TimeSpan.FromMinutes(5), "it is held");
        var machine = Assert.Single(scenario.Living).Id;

        await scenario.Driver.RunUntilAsync(
            () => goesBack ? scenario.Leases("Idle") == 1 : scenario.World.Kubernetes.Objects.Get("runnerleases", "default", "held") is null, TimeSpan.FromMinutes(8), "it was let go");

        Assert.Equal(goesBack, scenario.Living.Any(instance => instance.Id == machine));
        await scenario.UntilTidyAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Set_OfAnotherRepository_GetsAUsedMachineOnlyIfThePoolSaysSo(bool isShared)
    {
        await using var scenario = await StartAsync(minIdle: 0, extra: $"access: {{shareMachines: {(isShared ? "true" : "false")}}}");
        scenario.World.GitHub.AddRepository("my-org/other");
        ApplySet(scenario, count: 1);
        await UntilAsync(scenario, "Ready");
        var machine = Assert.Single(MachinesOf(scenario));
        QueueJobs(scenario, 1);
        await UntilAsync(scenario, "Released");
        await scenario.UntilIdleAsync(1);

        ApplySet(scenario, count: 1, name: "next", repository: "my-org/other", run: "77");
        await UntilAsync(scenario, "Ready", name: "next");

        Assert.Equal(isShared, MachinesOf(scenario, "next").Contains(machine));
        await scenario.UntilTidyAsync();
    }

    [Fact]
    public async Task TwoSets_ForMoreThanThereIs_BothGetTheirs_OneAfterTheOther()
    {
        await using var scenario = await StartAsync(minIdle: 0, maxRunners: 3);
        ApplySet(scenario, count: 2, name: "one", run: "1");
        await scenario.Driver.RunForAsync(TimeSpan.FromSeconds(2)); // the older one comes first
        ApplySet(scenario, count: 2, name: "two", run: "2");
        await UntilAsync(scenario, "Ready", name: "one");
        Assert.Equal("Provisioning", PhaseOf(scenario, "two"));
        Assert.Equal(3, scenario.Living.Count);

        scenario.World.Kubernetes.Objects.Delete("runnerleasesets", "default", "one");
        await UntilAsync(scenario, "Ready", name: "two");

        Assert.InRange(scenario.Living.Count, 2, 3);
        await scenario.UntilTidyAsync();
    }

    [Fact]
    public async Task Set_OperatorIsKilledAgainAndAgain_GetsItsRunnersOnce()
    {
        await using var scenario = await StartAsync(minIdle: 1);
        await scenario.UntilIdleAsync(1);
        ApplySet(scenario, count: 3);
        for (var kill = 0; kill < 12 && PhaseOf(scenario) != "Ready"; kill++)
        {
            await scenario.Driver.RunForAsync(TimeSpan.FromMilliseconds(300 * (kill + 1)));
            await scenario.KillOperatorsAsync();
            await scenario.StartOperatorAsync();
        }

        await UntilAsync(scenario, "Ready");
        Assert.Equal(3, MachinesOf(scenario).Distinct().Count());
        Assert.InRange(scenario.Living.Count, 3, 4); // minIdle
        await scenario.UntilTidyAsync();
    }

    private static async Task<Scenario> StartAsync(int minIdle, int maxRunners = 5, string extra = "")
    {
        var scenario = await Scenario.StartAsync();
        await scenario.StartOperatorAsync();
        scenario.ApplyPool(minIdle, demand: "LeasesOnly", maxRunners: maxRunners, runner: "lifecycle: Reusable, idleTimeout: 10m", extra: extra);
        await scenario.UntilOpenOrPreparedAsync("LeasesOnly");
        return scenario;
    }

    private static void ApplySet(Scenario scenario, int count, string name = "run", string repository = SimulatedWorld.Repository, string run = Run, string extra = "") => scenario.World.Apply($$"""
        apiVersion: ec2runners.dev/v1alpha1
        kind: RunnerLeaseSet
        metadata: { name: {{name}} }
        spec:
          poolName: {{Scenario.Pool}}
          count: {{count}}
          holder: {kind: WorkflowRun, repository: {{repository}}, runId: "{{run}}" }
          {{extra}}
        """);

    private static void QueueJobs(Scenario scenario, int count)
    {
        for (var job = 0; job < count; job++)
        {
            scenario.World.GitHub.QueueJob(SimulatedWorld.Repository, [Run], TimeSpan.FromMinutes(2), long.Parse(Run, System.Globalization.CultureInfo.InvariantCulture));
        }
    }

    private static Task UntilAsync(Scenario scenario, string phase, string name = "run", TimeSpan? within = null) =>
        scenario.Driver.RunUntilAsync(() => PhaseOf(scenario, name) == phase, within ?? TimeSpan.FromMinutes(15), $"{name} is {phase}");

    private static JsonObject? Set(Scenario scenario, string name = "run") => scenario.World.Kubernetes.Objects.Get("runnerleasesets", "default", name);

    private static string? PhaseOf(Scenario scenario, string name = "run") => Set(scenario, name)?["status"]?["phase"]?.ToString();

    private static (string Status, string Reason) ReadyOf(Scenario scenario) =>
        scenario.ConditionOf("runnerleasesets", "run", "Ready") is { } ready ? (ready.Status, ready.Reason) : default;

    private static IReadOnlyList<JsonObject> Leases(Scenario scenario) => scenario.World.Kubernetes.Objects.List("runnerleases", "default");

    private static IEnumerable<string> MachinesOf(Scenario scenario, string name = "run") =>
        Set(scenario, name)!["status"]!["machines"]!.AsArray().Select(machine => machine!["instanceId"]!.ToString());
}

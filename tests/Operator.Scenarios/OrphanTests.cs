using System.Text.Json.Nodes;
using Operator.Simulator.World;

namespace Operator.Scenarios;

/// <summary>Machines and registrations without a lease, because finalizers were removed or older objects restored.</summary>
public sealed class OrphanTests
{
    [Fact]
    public async Task BusyMachine_FinishesItsJob_ThenGoes_AndIsReportedOnce()
    {
        await using var scenario = await Scenario.StartAsync();
        var log = await LineCollector.StartOperatorAsync(scenario);
        scenario.ApplyPool(minIdle: 1);
        await scenario.UntilIdleAsync(1);
        var first = Assert.Single(scenario.Living).Id;
        await BusyAsync(scenario, jobs: 1);
        var runner = scenario.World.GitHub.Jobs[0].RunnerName!;
        Assert.Equal(first, MachineOf(scenario, Scenario.Pool + "-0"));

        Orphan(scenario, Scenario.Pool + "-0");
        await scenario.UntilServedAsync();
        await scenario.Driver.RunUntilAsync(
            () => scenario.Living.All(machine => machine.Id != first) && scenario.World.GitHub.Runners.All(other => other.Name != runner),
            TimeSpan.FromMinutes(2), "machine and registration gone");
        await scenario.UntilIdleAsync(1);
        await scenario.Driver.RunForAsync(TimeSpan.FromMinutes(2));

        Assert.Equal(1, EventCount(scenario, "OrphanedInstance", first));
        Assert.Equal(1, EventCount(scenario, "OrphanedRegistration", runner));
        Assert.Single(log.Lines, line => line.Text.Contains("has no lease and", StringComparison.Ordinal));
        Assert.Single(log.Lines, line => line.Text.StartsWith("Registration ", StringComparison.Ordinal) && line.Text.Contains("has no lease", StringComparison.Ordinal));
        Assert.Equal("1", await MetricAsync(scenario, """orphans_removed_total{kind="instance"}"""));
        Assert.Single(scenario.Living);
        Assert.Single(scenario.World.GitHub.Runners);
    }

    // As after a restore of an older state, or a backup without or with a part of the status.
    [Theory]
    [InlineData("")]
    [InlineData("launch")]
    [InlineData("launch,instance")]
    [InlineData("launch,instance,runner,idleSince")]
    public async Task OlderCopiesOfLeases_AllJobsSucceed_AndNothingStaysDoubled(string fields)
    {
        await using var scenario = await RestoredAsync(fields, machines: 4);

        await scenario.StartOperatorAsync();
        await scenario.UntilServedAsync();

        await scenario.Driver.RunUntilAsync(
            () => scenario.Leases("Idle") == 4 && scenario.Living.Count == 4 && scenario.World.GitHub.Runners.Count == 4 && Total(scenario) == 4,
            TimeSpan.FromMinutes(30), "four runners again");
    }

    [Theory]
    [InlineData("launch")]
    [InlineData("launch,instance")]
    [InlineData("launch,instance,runner,idleSince")]
    public async Task OlderCopiesOfLeases_ThatAreDeleted_AllJobsSucceed(string fields)
    {
        await using var scenario = await RestoredAsync(fields, machines: 2);
        foreach (var lease in scenario.World.Kubernetes.Objects.List("runnerleases", "default"))
        {
            scenario.World.Kubernetes.Objects.Delete("runnerleases", "default", lease["metadata"]!["name"]!.ToString());
        }

        await scenario.StartOperatorAsync();
        await scenario.UntilServedAsync();
    }

    [Fact]
    public async Task OneOfThreeIsProtectedFromTermination_OthersGo_AndTheFailureIsReportedOnce()
    {
        await using var scenario = await ServingAsync(3);
        var machines = scenario.Living.Select(machine => machine.Id).ToList();
        machines.ForEach(scenario.World.Hosts.KillAgent); // else they would end themselves
        scenario.World.Aws.ProtectFromTermination(machines[0]);

        OrphanAll(scenario);
        await scenario.Driver.RunUntilAsync(
            () => scenario.Living.All(machine => machine.Id != machines[1] && machine.Id != machines[2]), TimeSpan.FromMinutes(6), "the others gone");
        await scenario.Driver.RunForAsync(TimeSpan.FromMinutes(20));

        Assert.Contains(scenario.Living, machine => machine.Id == machines[0]);
        Assert.Equal(1, EventCount(scenario, "TerminationRefused", machines[0]));
        Assert.Equal(1, EventCount(scenario, "OrphanedInstance", machines[0]));
    }

    public static TheoryData<string> WaysToLoseGitHub => ["away", "secret", "pool"];

    // Only the machines themselves know whether a job is running.
    [Theory]
    [MemberData(nameof(WaysToLoseGitHub))]
    public async Task GitHubCannotBeAsked_IdleMachineGoes_BusyOneFinishes(string way)
    {
        await using var scenario = await ServingAsync(1);
        await BusyAsync(scenario, jobs: 1);
        await scenario.UntilIdleAsync(1);
        var busy = scenario.Living.Single(machine => scenario.World.Hosts.Phase(machine.Id) == Simulator.Hosts.HostPhase.Busy).Id;
        var idle = scenario.Living.Single(machine => machine.Id != busy).Id;
        await scenario.KillOperatorAsync();
        LoseGitHub(scenario, way);
        OrphanAll(scenario);

        await scenario.StartOperatorAsync();
        await scenario.Driver.RunUntilAsync(() => scenario.Living.All(machine => machine.Id != idle), TimeSpan.FromMinutes(5), "the idle machine gone");
        await scenario.UntilServedAsync();
        await scenario.Driver.RunUntilAsync(() => scenario.Living.All(machine => machine.Id != busy), TimeSpan.FromMinutes(1), "the busy machine gone");
    }

    // The script hangs, so the machine cannot report that it is busy, but GitHub does.
    [Fact]
    public async Task BusyMachineThatHangs_IsLeftAlone()
    {
        await using var scenario = await ServingAsync(1);
        var first = Assert.Single(scenario.Living).Id;
        await BusyAsync(scenario, jobs: 1);
        scenario.World.Hosts.KillAgent(first);

        OrphanAll(scenario);
        await scenario.UntilServedAsync();
        await scenario.Driver.RunUntilAsync(() => scenario.Living.All(machine => machine.Id != first), TimeSpan.FromMinutes(5), "the machine gone");
    }

    // GitHub refuses one; the others are removed, and their machines wait no longer than for an answer.
    [Fact]
    public async Task OneRegistrationCannotBeRemoved_OthersGo()
    {
        await using var scenario = await ServingAsync(3);
        var (machines, runners) = (scenario.Living.Select(machine => machine.Id).ToList(), scenario.World.GitHub.Runners.Select(runner => runner.Id).ToList());
        await scenario.KillOperatorAsync();
        OrphanAll(scenario);
        scenario.World.GitHubFaults.On("github:DeleteRunner").Error(500, "no").Times(1);

        await scenario.StartOperatorAsync();
        await scenario.Driver.RunUntilAsync(
            () => scenario.Living.All(machine => !machines.Contains(machine.Id)) && scenario.World.GitHub.Runners.All(runner => !runners.Contains(runner.Id)),
            TimeSpan.FromMinutes(2), "all gone");
        await scenario.UntilIdleAsync(3);
    }

    // It may own anything.
    [Fact]
    public async Task LeaseThatCannotBeRead_KeepsItsMachineAndRegistration()
    {
        await using var scenario = await ServingAsync(1);
        var (machine, runner) = (Assert.Single(scenario.Living).Id, Assert.Single(scenario.World.GitHub.Runners).Id);

        scenario.StoreUnchecked("runnerleases", "RunnerLease", """{"metadata": {"name": "runners-0"}, "spec": {"poolName": {"a": 1}}}""");
        await scenario.Driver.RunForAsync(TimeSpan.FromMinutes(10));

        Assert.Contains(scenario.Living, other => other.Id == machine);
        Assert.Contains(scenario.World.GitHub.Runners, other => other.Id == runner);
    }

    private static async Task<Scenario> ServingAsync(int minIdle)
    {
        var scenario = await Scenario.StartAsync();
        await scenario.StartOperatorAsync();
        scenario.ApplyPool(minIdle, maxRunners: 20);
        await scenario.UntilIdleAsync(minIdle);
        return scenario;
    }

    // All machines at work, no operator, and leases as they were before the jobs.
    private static async Task<Scenario> RestoredAsync(string fields, int machines)
    {
        var scenario = await ServingAsync(machines);
        var copies = scenario.World.Kubernetes.Objects.List("runnerleases", "default").Select(lease => Older(lease, fields.Split(','))).ToList();
        await BusyAsync(scenario, machines);
        await scenario.KillOperatorAsync();
        OrphanAll(scenario);
        foreach (var copy in copies)
        {
            var (name, status) = (copy["metadata"]!["name"]!.ToString(), copy["status"]!.DeepClone());
            copy.Remove("status");
            scenario.World.Kubernetes.Objects.Apply(copy);
            scenario.World.Kubernetes.Objects.Patch("runnerleases", "default", name, new JsonObject { ["status"] = status }, "status");
        }

        return scenario;
    }

    private static Task BusyAsync(Scenario scenario, int jobs)
    {
        for (var i = 0; i < jobs; i++)
        {
            scenario.World.GitHub.QueueJob(SimulatedWorld.Repository, ["linux"], TimeSpan.FromMinutes(20));
        }

        return scenario.Driver.RunUntilAsync(() => scenario.Leases("Busy") == jobs, TimeSpan.FromMinutes(2), "busy leases");
    }

    private static void OrphanAll(Scenario scenario)
    {
        foreach (var lease in scenario.World.Kubernetes.Objects.List("runnerleases", "default"))
        {
            Orphan(scenario, lease["metadata"]!["name"]!.ToString());
        }
    }

    private static void Orphan(Scenario scenario, string lease) => DeleteAtOnce(scenario, "runnerleases", lease);

    private static void DeleteAtOnce(Scenario scenario, string resource, string name)
    {
        scenario.World.Kubernetes.Objects.Patch(
            resource, "default", name, new JsonObject { ["metadata"] = new JsonObject { ["finalizers"] = null } });
        scenario.World.Kubernetes.Objects.Delete(resource, "default", name);
    }

    private static void LoseGitHub(Scenario scenario, string way)
    {
        switch (way)
        {
            case "away":
                scenario.World.GitHubFaults.On("github:*").Error(503, "away");
                break;
            case "secret":
                scenario.World.Kubernetes.Objects.Delete("secrets", "default", "github-app");
                break;
            default:
                OrphanAll(scenario);
                DeleteAtOnce(scenario, "runnerpools", Scenario.Pool);
                break;
        }
    }

    private static JsonObject Older(JsonObject lease, string[] fields)
    {
        var copy = lease.DeepClone().AsObject();
        foreach (var field in new[] { "uid", "resourceVersion", "creationTimestamp", "generation", "managedFields" })
        {
            copy["metadata"]!.AsObject().Remove(field);
        }

        copy["status"] = new JsonObject(fields.Where(field => lease["status"]![field] is not null)
            .Select(field => KeyValuePair.Create(field, lease["status"]![field]?.DeepClone())));
        return copy;
    }

    private static string? MachineOf(Scenario scenario, string lease) =>
        scenario.World.Kubernetes.Objects.Get("runnerleases", "default", lease)?["status"]?["instance"]?["id"]?.ToString();

    private static int Total(Scenario scenario) => scenario.World.Kubernetes.Objects.List("runnerleases", "default").Count;

    private static int EventCount(Scenario scenario, string reason, string about) => scenario.World.Kubernetes.Objects.List("events")
        .Where(item => item["reason"]!.ToString() == reason && item["message"]!.ToString().Contains(about, StringComparison.Ordinal))
        .Sum(item => item["count"]!.GetValue<int>());

    private static async Task<string> MetricAsync(Scenario scenario, string series)
    {
        var metrics = await scenario.Http.GetStringAsync(new Uri(scenario.Operator.Address, "/metrics"));
        return metrics.Split('\n').Single(line => line.StartsWith("ec2runners_" + series, StringComparison.Ordinal)).Split(' ')[1];
    }
}

using System.Text.Json.Nodes;
using Operator.Commands.Iam;
using Operator.Simulator.Aws.Iam;
using Operator.Simulator.World;

namespace Operator.Scenarios;

/// <summary>The policies that <c>operator iam</c> prints are enough for the whole story, and hold no statement that it does not need.</summary>
[Trait("Pace", "Slow")]
public sealed class IamTests
{
    [Fact]
    public async Task PrintedPolicies_WholeStory_AreEnoughAndEachStatementIsNeeded()
    {
        await using var scenario = await Scenario.StartAsync();
        var gate = scenario.World.Aws.Iam;
        await TellAsync(scenario);

        // An empty mailbox has no tags to compare, so AWS denies access instead of answering "not found". The host waits in either case.
        Assert.All(gate.Denied, call => Assert.True(IsEmptyMailbox(call), call.ToString()));
        Assert.NotEmpty(gate.RunnerCalls);
        AssertEachIsNeeded(gate.OperatorPolicy!, gate.OperatorCalls);
        AssertEachIsNeeded(gate.RunnerPolicy!, gate.RunnerCalls);

        // A statement may contain an unused permission among used ones.
        // GetConsoleOutput is for machines that fail to boot, ListCommands for what was sent before a crash; and groups do not fail to launch or lose their hooks.
        Assert.Empty(gate.OperatorPolicy!.Actions.Except(["ec2:GetConsoleOutput", "ssm:ListCommands", "autoscaling:DescribeScalingActivities", "autoscaling:PutLifecycleHook"]).Except(gate.OperatorCalls.Select(call => call.Action)));
    }

    [Fact]
    public async Task PrintedPolicies_ForeignMachines_AreOutOfReach()
    {
        await using var scenario = await Scenario.StartAsync();
        await TellAsync(scenario);
        var gate = scenario.World.Aws.Iam;
        var ending = gate.OperatorCalls.First(call => call.Action == "ec2:TerminateInstances");
        var launching = gate.OperatorCalls.First(call => call.Action == "ec2:RunInstances" && call.Resource.Contains(":instance/", StringComparison.Ordinal));
        var ringing = gate.OperatorCalls.First(call => call.Action == "ec2:CreateTags" && call.Context.ContainsKey("aws:ResourceTag/ec2runners.dev:cluster"));
        var reading = gate.RunnerCalls.First(call => call.Context.ContainsKey("aws:ResourceTag/InstanceId"));

        Assert.False(gate.OperatorPolicy!.Allows(With(ending, "aws:ResourceTag/ec2runners.dev:cluster", "another")));
        Assert.False(gate.OperatorPolicy.Allows(With(launching, "aws:RequestTag/ec2runners.dev:cluster", "another")));
        Assert.False(gate.OperatorPolicy.Allows(With(ringing, "aws:TagKeys", "Name")));
        Assert.False(gate.OperatorPolicy.Allows(ending with { Action = "ec2:RebootInstances" }));
        Assert.False(gate.RunnerPolicy!.Allows(With(reading, "aws:ResourceTag/InstanceId", "i-0000000000another")));
        Assert.False(gate.RunnerPolicy.Allows(reading with { Action = "ssm:PutParameter" }));
        var telling = gate.RunnerCalls.First(call => call.Action == "ec2:CreateTags");
        Assert.False(gate.RunnerPolicy.Allows(With(telling, "aws:TagKeys", "ec2runners.dev:cluster")));
        Assert.False(gate.RunnerPolicy.Allows(With(telling, "ec2:InstanceID", "i-0000000000another")));

        // Like AmazonSSMManagedInstanceCore, which is attached for Session Manager.
        var generous = gate.RunnerPolicy.And(IamPolicy.Parse("""{"Statement": [{"Sid": "All", "Effect": "Allow", "Action": ["ssm:*"], "Resource": "*"}]}"""));
        Assert.True(generous.Allows(reading));
        Assert.True(generous.Allows(reading with { Resource = "arn:aws:ssm:eu-central-1:123456789012:parameter/app/setting", Action = "ssm:GetParameters" }));
        Assert.False(generous.Allows(With(reading, "aws:ResourceTag/InstanceId", "i-0000000000another")));
        Assert.False(generous.Allows(reading with { Action = "ssm:GetParameters" }));
        Assert.False(generous.Allows(reading with { Action = "ssm:PutParameter" }));
    }

    // Launches, a job, a spot notice, a hand-over, a forced end, drains, and the sweeps that find leftovers.
    private static async Task TellAsync(Scenario scenario)
    {
        var gate = scenario.World.Aws.Iam;
        var target = new IamTarget
        {
            Account = scenario.World.Aws.Options.AccountId,
            ClusterId = scenario.World.Kubernetes.Objects.Get("namespaces", "", "kube-system")!["metadata"]!["uid"]!.GetValue<string>(),
            RunnerRole = "ci-runner",
            HasAutoScalingGroups = true,
        };
        gate.OperatorPolicy = IamPolicy.Parse(IamTemplates.Json(target, "operator"));
        gate.RunnerPolicy = IamPolicy.Parse(IamTemplates.Json(target, "runner"));
        await scenario.StartOperatorAsync();
        scenario.ApplyPool(minIdle: 2, runner: "lifecycle: Reusable", extra: "purchasing: {capacityReservations: [{tags: {team: ci}}] }");
        await scenario.UntilIdleAsync(2);
        scenario.World.GitHub.QueueJob(SimulatedWorld.Repository, ["linux"], TimeSpan.FromMinutes(3));
        await scenario.Driver.RunUntilAsync(() => scenario.Leases("Busy") == 1, TimeSpan.FromMinutes(5), "a busy lease");
        scenario.World.Aws.InterruptSpot(scenario.Living[0].Id);
        scenario.ApplyLease("held", "4711");
        await scenario.Driver.RunUntilAsync(() => scenario.Leases("Leased") == 1, TimeSpan.FromMinutes(10), "a held lease");
        await scenario.Driver.RunUntilAsync(
            () => scenario.World.Aws.Calls.Count("ssm:GetParametersByPath") > 0, TimeSpan.FromMinutes(30), "a sweep of the mailboxes");
        scenario.World.Apply("""
            apiVersion: ec2runners.dev/v1alpha1
            kind: RunnerLease
            metadata: {name: held, annotations: {ec2runners.dev/force: "true"}}
            spec: {poolName: runners, holder: {kind: WorkflowRun, repository: my-org/app, runId: "4711"}, labels: ["4711"]}
            """);
        scenario.World.Kubernetes.Objects.Delete("runnerleases", "default", "held");
        await TellOfStandbyAsync(scenario);
        await TellOfCommandsAsync(scenario);
        await TellOfGroupAsync(scenario);
        scenario.DeletePool();
        await scenario.UntilEmptyAsync();
    }

    // A machine of a group is stopped, and started for a holder.
    private static async Task TellOfStandbyAsync(Scenario scenario)
    {
        scenario.ApplyPool(minIdle: 0, "LeasesOnly", name: "standby", labels: "standby", extra: "purchasing: {usageClass: on-demand}");
        scenario.World.Kubernetes.Objects.Patch("runnerpools", "default", "standby", JsonNode.Parse("""{"spec": {"capacity": {"standby": {"stopped": 1}}, "launch": {"backend": "AutoScalingGroup"}}}""")!.AsObject());
        await scenario.Driver.RunUntilAsync(() => scenario.Leases("Standby") == 1, TimeSpan.FromMinutes(10), "a machine on standby");
        scenario.World.Apply("""
            apiVersion: ec2runners.dev/v1alpha1
            kind: RunnerLease
            metadata: {name: started}
            spec: {poolName: standby, holder: {kind: User, name: anna}, labels: [anna]}
            """);
        await scenario.Driver.RunUntilAsync(() => scenario.Leases("Leased") == 1, TimeSpan.FromMinutes(10), "a held lease");
        scenario.World.Kubernetes.Objects.Delete("runnerleases", "default", "started");
        await RemoveAsync(scenario, "standby");
    }

    // A host script is started by Systems Manager.
    private static async Task TellOfCommandsAsync(Scenario scenario)
    {
        scenario.ApplyPool(minIdle: 1, "LeasesOnly", name: "ssm", labels: "ssm");
        scenario.World.Kubernetes.Objects.Patch("runnerpools", "default", "ssm", JsonNode.Parse("""{"spec": {"launch": {"bootstrap": "SSM"}}}""")!.AsObject());
        await scenario.Driver.RunUntilAsync(() => scenario.World.Aws.Calls.Count("ssm:GetCommandInvocation") > 0, TimeSpan.FromMinutes(10), "a command");
        await RemoveAsync(scenario, "ssm");
    }

    // A group's machine runs a job, which a scale-in from outside waits for; then the pool's settings change.
    private static async Task TellOfGroupAsync(Scenario scenario)
    {
        scenario.ApplyPool(minIdle: 1, name: "group", labels: "group");
        scenario.World.Kubernetes.Objects.Patch("runnerpools", "default", "group", JsonNode.Parse("""{"spec": {"launch": {"backend": "AutoScalingGroup"}}}""")!.AsObject());
        var groups = scenario.World.Aws.Groups;
        scenario.World.GitHub.QueueJob(SimulatedWorld.Repository, ["group"], TimeSpan.FromMinutes(20));
        await scenario.Driver.RunUntilAsync(() => groups.All.Any(group => group.Members.Any(member => member.IsProtected)), TimeSpan.FromMinutes(10), "a protected machine");
        groups.Terminate(groups.All[0].Members.First(member => member.IsProtected).InstanceId, decrement: false);
        scenario.World.Kubernetes.Objects.Patch("runnerpools", "default", "group", JsonNode.Parse("""{"spec": {"capacity": {"maxRunners": 3}}}""")!.AsObject());
        await scenario.Driver.RunUntilAsync(() => scenario.World.GitHub.Jobs[^1].CompletedAt is not null, TimeSpan.FromHours(2), "the job");
        await RemoveAsync(scenario, "group");
    }

    private static Task RemoveAsync(Scenario scenario, string pool)
    {
        scenario.World.Kubernetes.Objects.Delete("runnerpools", "default", pool);
        return scenario.Driver.RunUntilAsync(() => scenario.World.Kubernetes.Objects.Get("runnerpools", "default", pool) is null, TimeSpan.FromMinutes(30), $"{pool} gone");
    }

    private static void AssertEachIsNeeded(IamPolicy policy, IReadOnlyCollection<IamCall> calls) => Assert.All(policy.Sids, sid =>
    {
        var without = policy.Without(sid);
        Assert.True(calls.Any(call => !without.Allows(call)), $"nothing breaks without {sid}");
    });

    private static bool IsEmptyMailbox(IamCall call) =>
        call.Action == "ssm:GetParameter" && call.Context.ContainsKey("ec2:SourceInstanceARN") && !call.Context.ContainsKey("aws:ResourceTag/InstanceId");

    private static IamCall With(IamCall call, string key, string value) => call with
    {
        Context = new Dictionary<string, IReadOnlyList<string>>(call.Context, StringComparer.OrdinalIgnoreCase) { [key] = [value] },
    };
}

using Operator.Aws.Groups;
using Operator.Aws.Instances;
using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerPools;
using Operator.Leases;
using Operator.Runtime.Informers;
using Operator.Tests.Demand.Webhooks;

namespace Operator.Tests.Leases;

public sealed class GroupLeasesTests
{
    private const string Group = "ec2runners-group";

    [Fact]
    public void Machines_ArePairedWithWaitingLeases_ByOrder_EachOnce()
    {
        V1Alpha1RunnerLease[] leases = [Waiting("linux-3"), Waiting("linux-1"), Some.Launched("linux-2", lease => lease.Status!.Instance!.Id = "i-b"), Waiting("linux-0"), Gone("linux-00")];
        Instance[] machines = [Machine("i-a"), Machine("i-b"), Machine("i-c"), Machine("i-d") with { State = InstanceState.Stopping }, Machine("i-e")];

        var pairs = leases.Where(GroupLeases.Waits).ToDictionary(lease => lease.Metadata.Name!, lease => GroupLeases.Choose(lease, leases, machines, id => id == "i-c")?.Id);

        Assert.Equal(new() { ["linux-0"] = "i-a", ["linux-1"] = "i-e", ["linux-3"] = null }, pairs);
    }

    [Theory]
    [InlineData(true, true, true)]
    [InlineData(false, true, false)] // a fleet's pool
    [InlineData(true, false, false)] // another machine than the pool's
    public void Lease_IsServedByTheGroup_IfItAsksForNothingElse(bool hasGroup, bool isPlain, bool expected) => Assert.Equal(expected, GroupLeases.IsServed(
        Some.Lease(change: lease => lease.Spec.UsageClass = isPlain ? null : UsageClass.OnDemand), Some.Pool with { Backend = hasGroup ? LaunchBackend.AutoScalingGroup : LaunchBackend.Fleet }));

    [Fact]
    public void Plan_Waiting_AdoptsWhatIsOffered_AndOtherwiseWaits()
    {
        var pool = Some.Pool with { Backend = LaunchBackend.AutoScalingGroup };
        var observed = Observe(Waiting("linux-0"), new InstanceView.None()) with { Pool = pool };

        Assert.Null(RunnerLeasePlanner.Plan(observed).Action);
        Assert.IsType<RunnerLeaseAction.Launch>(RunnerLeasePlanner.Plan(observed with { Offered = Machine("i-a") }).Action);
        Assert.IsType<RunnerLeaseAction.ForgetIntent>(RunnerLeasePlanner.Plan(observed with { Pool = Some.Pool }).Action);
    }

    // Leases and machines come one by one, so two leases that decide at the same time may see different pairs.
    [Fact]
    public void Machine_IsClaimedByOneLease_UntilItsAdoptionIsStored()
    {
        var api = new FakeApi();
        var gate = new LaunchGate(api, new ObjectStore<V1Alpha1RunnerPool>(), api.Store, lostJobs: null!, unavailable: null!);
        var (first, second) = (Waiting("linux-0"), Waiting("linux-1"));

        var claim = gate.Claim("i-a", first);
        Assert.NotNull(claim);
        Assert.Null(gate.Claim("i-a", second));
        claim.Dispose();
        api.Put(Some.Launched("linux-0", lease => lease.Status!.Instance!.Id = "i-a"));

        Assert.Null(gate.Claim("i-a", second));
        Assert.NotNull(gate.Claim("i-b", second));
    }

    [Theory]
    [InlineData(false, false, typeof(RunnerLeaseAction.Delete))]
    [InlineData(true, false, typeof(RunnerLeaseAction.BeginDrain))] // the holder gets another machine
    [InlineData(false, true, null)] // the job is finished first
    public void Plan_MachineIsTerminatedByTheGroup_LeavesUnlessItIsBusy(bool isHeld, bool isBusy, Type? expected)
    {
        var lease = Some.Idle(change: lease =>
        {
            lease.Spec.Holder = isHeld ? new() { Kind = "WorkflowRun" } : null;
            lease.Status!.Job = isBusy ? new() { RunId = "1", StartedAt = Some.Now } : null;
        });
        var observed = Observe(lease, new InstanceView.Live(Some.Running("i-linux-0"))) with { Member = new("i-linux-0", MemberState.TerminatingWait, IsHealthy: true, IsProtected: false) };

        Assert.Equal(expected, ScaleInPlanner.Plan(observed)?.Action?.GetType());
        Assert.Null(ScaleInPlanner.Plan(observed with { Member = observed.Member! with { State = MemberState.InService } }));
    }

    private static RunnerLeaseObservation Observe(V1Alpha1RunnerLease lease, InstanceView instance) =>
        new(lease, Some.Pool, Admission.Yes, instance, instance is InstanceView.None ? RegistrationView.None : RegistrationView.Idle, CommandState.Unknown, Candidate: null, Claimant.None, Some.Now);

    private static V1Alpha1RunnerLease Waiting(string name) => Some.Lease(name, lease => lease.Status!.Launch = new() { IntentId = Group, AutoScalingGroup = Group, At = Some.Now });

    private static V1Alpha1RunnerLease Gone(string name)
    {
        var lease = Waiting(name);
        lease.Metadata.DeletionTimestamp = Some.Now;
        return lease;
    }

    private static Instance Machine(string id) => new(id, InstanceState.Running, "m7a.large", "a", "spot", PrivateIp: null, Some.Now, Group, "pool-uid", StateReason: null);
}

using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerPools;
using Operator.Leases;
using Operator.Tests.Leases;

namespace Operator.Tests.LeaseSets;

/// <summary>A machine on which a run's jobs have been goes to no other repository unless the pool says so.</summary>
public sealed class MachineUseTests
{
    [Theory]
    [InlineData(null, null, null)] // nobody's repository
    [InlineData("my-org/app", null, "my-org/app")]
    [InlineData("my-org/app", "74", "my-org/app 74")]
    public void RepositoryOf_Holder_IsItsNameAndId(string? repository, string? id, string? expected) =>
        Assert.Equal(expected, MachineUse.RepositoryOf(Held(repository, id)));

    [Fact]
    public void RepositoryOf_ClaimOrNobody_IsNone()
    {
        Assert.Null(MachineUse.RepositoryOf(Some.Idle()));
        Assert.Null(MachineUse.RepositoryOf(Some.Idle(change: lease =>
        {
            Some.Claim(lease, "other");
            lease.Spec.Holder!.Repository = "my-org/app";
        })));
    }

    [Theory]
    [InlineData(false, 0, null, null)] // registered, but no job has come
    [InlineData(true, 0, null, "my-org/app 74")]
    [InlineData(false, 1, null, "my-org/app 74")]
    [InlineData(true, 0, "MY-ORG/app 74", "my-org/app 74")]
    [InlineData(true, 0, "my-org/app 75", "*")] // made anew under the same name
    [InlineData(true, 0, "my-org/other", "*")]
    public void Note_JobOfTheHolder_IsKeptOnTheMachine(bool hasJob, int served, string? before, string? after)
    {
        var status = Some.Idle(change: lease =>
        {
            (lease.Status!.Runner!.HeldFor, lease.Status.Instance!.HeldFor, lease.Status.ServedJobs) = ("my-org/app 74", before, served);
            lease.Status.Job = hasJob ? new() : null;
        }).Status!;

        MachineUse.Note(status);

        Assert.Equal(after, status.Instance!.HeldFor);
    }

    [Theory]
    [InlineData(null, "my-org/app", null, true)]
    [InlineData("my-org/app 74", "my-org/app", "74", true)]
    [InlineData("my-org/app 74", "my-org/app", "75", false)]
    [InlineData("my-org/app 74", "my-org/other", "76", false)]
    [InlineData("my-org/app", null, null, false)]
    [InlineData("*", "my-org/app", null, false)]
    public void MayPassTo_OnlyTheSameRepository_OrAny(string? heldFor, string? repository, string? id, bool expected)
    {
        var machine = Some.Idle(change: lease => lease.Status!.Instance!.HeldFor = heldFor);

        Assert.Equal(expected, MachineUse.MayPassTo(machine, Held(repository, id), Some.Pool));
        Assert.True(MachineUse.MayPassTo(machine, Held(repository, id), Some.Pool with { SharesMachines = true }));
    }

    [Fact]
    public void Candidate_OfAnotherRepository_IsNotTaken()
    {
        var taker = Some.Lease("taker", lease => lease.Spec.Holder = new() { Kind = "WorkflowRun", Repository = "my-org/app", RunId = "1" });
        var used = Some.Idle(change: lease => lease.Status!.Instance!.HeldFor = "my-org/other");

        Assert.Null(CandidatePlanner.Choose(taker, Some.Pool, [taker, used], Some.Now));
        Assert.Same(used, CandidatePlanner.Choose(taker, Some.Pool with { SharesMachines = true }, [taker, used], Some.Now));
    }

    [Theory]
    [InlineData(DemandSource.ScaleSet, "https://github.com/my-org", true)]
    [InlineData(DemandSource.Webhook, "https://github.com/my-org/app", false)]
    [InlineData(DemandSource.Webhook, "https://github.com/my-org/other", true)]
    [InlineData(DemandSource.LeasesOnly, "https://github.com/my-org", false)]
    public void ReleasedMachine_WhereJobsOfOthersWouldCome_Goes(DemandSource demand, string url, bool goes)
    {
        var pool = Some.Pool with { Demand = demand, Url = url, Lifecycle = RunnerLifecycle.Reusable };
        var lease = Some.Idle(change: idle => idle.Status!.Instance!.HeldFor = "my-org/app 74");

        var plan = RunnerLeasePlanner.Plan(Some.Seen(lease, pool));

        Assert.Equal(goes, plan.Action is RunnerLeaseAction.Delete);
    }

    private static V1Alpha1RunnerLease Held(string? repository, string? id) => Some.Idle(change: lease =>
        lease.Spec.Holder = new() { Kind = "User", Repository = repository, RepositoryId = id });
}

using Operator.Aws.Instances;
using Operator.Entities.RunnerPools;
using Operator.Leases;

namespace Operator.Tests.Leases;

public sealed class RunnerLeaseStatusTextTests
{
    [Fact]
    public void Phase_NothingLaunched_IsPending() => AssertPhase("Pending", Some.Seen(Some.Lease()) with { Admission = new(Granted: false, "PoolAtCapacity", "full") });

    [Fact]
    public void Phase_IdleBusyAndHeld_AreWhatTheySay()
    {
        AssertPhase("Idle", Some.Seen(Some.Idle()));
        AssertPhase("Busy", Some.Seen(Some.Busy()));
        AssertPhase("Draining", Some.Seen(Some.Busy(change: Some.Delete)));
        AssertPhase("Leased", Some.Seen(Some.Idle(change: lease =>
        {
            Some.Hold(lease);
            lease.Status!.Runner!.Labels = ["anna"];
        })));
    }

    [Theory]
    [InlineData(false, false, "Booting")]
    [InlineData(true, false, "Booting")]
    [InlineData(false, true, "Registering")]
    [InlineData(true, true, "Leased")]
    public void Phase_RunnerHasNotConnected_IsBootingOnlyForTheFirstJob(bool isHeld, bool wasReady, string phase)
    {
        var lease = Some.Launched(change: lease =>
        {
            lease.Status!.Runner = new() { Id = 8, Name = "r", Sequence = 2, RegisteredAt = Some.Now, Labels = isHeld ? ["anna"] : ["linux"] };
            lease.Status.Instance!.ReadyAt = wasReady ? Some.Now.AddMinutes(-5) : null;
            if (isHeld)
            {
                Some.Hold(lease);
            }
        });

        AssertPhase(phase, Some.Seen(lease, Some.Pool with { Lifecycle = RunnerLifecycle.Reusable }) with { Registration = RegistrationView.Offline });
    }

    [Fact]
    public void Phase_RunnerLostItsConnection_IsOffline() =>
        AssertPhase("Offline", Some.Seen(Some.Idle(change: lease => lease.Status!.Runner!.OfflineSince = Some.Now)) with { Registration = RegistrationView.Offline });

    [Fact]
    public void ReadyAt_FirstConnection_IsNotedOnce()
    {
        var status = Some.Launched(change: lease => lease.Status!.Runner = new() { Id = 7, Name = "r" }).Status!;
        var machine = new InstanceView.Live(Some.Running("i-1"));

        LeaseStatusUpdater.ApplyObservation(status, isHeld: false, machine, RegistrationView.Offline, Some.Now);
        Assert.Null(status.Instance!.ReadyAt);
        LeaseStatusUpdater.ApplyObservation(status, isHeld: false, machine, RegistrationView.Idle, Some.Now);
        LeaseStatusUpdater.ApplyObservation(status, isHeld: false, machine, RegistrationView.Idle, Some.Now.AddMinutes(1));

        Assert.Equal(Some.Now, status.Instance.ReadyAt);
    }

    [Fact]
    public void Job_ThatNobodySaw_IsServed_WhenMachineAndRegistrationAreGone()
    {
        var status = Some.Launched(change: lease => lease.Status!.Runner = new() { Id = 7, Name = "r" }).Status!;

        LeaseStatusUpdater.ApplyObservation(status, isHeld: false, new InstanceView.Gone("Client.InstanceInitiatedShutdown"), RegistrationView.Gone, Some.Now);

        Assert.Equal((null, 1, true, null), (status.Job, status.ServedJobs, status.Runner!.ServedJob, status.Runner.Id));
    }

    [Fact]
    public void Registration_GoneBeforeTheMachineIsUp_IsNoJobServed()
    {
        var status = Some.Launched(change: lease => lease.Status!.Runner = new() { Id = 7, Name = "r" }).Status!;

        LeaseStatusUpdater.ApplyObservation(status, isHeld: false, new InstanceView.Live(Some.Running("i-1")), RegistrationView.Gone, Some.Now);

        Assert.Equal((null, null, null), (status.ServedJobs, status.Runner!.ServedJob, status.Runner.Id));
    }

    [Fact]
    public void Job_NotTakenUp_IsNoJobServed()
    {
        var status = Some.Launched(change: lease => lease.Status!.Runner = new() { Id = 7, Name = "r" }).Status!;
        var machine = new InstanceView.Live(Some.Running("i-1"));

        LeaseStatusUpdater.ApplyObservation(status, isHeld: false, machine, RegistrationView.Busy, Some.Now);
        Assert.NotNull(status.Job);
        LeaseStatusUpdater.ApplyObservation(status, isHeld: false, machine, RegistrationView.Idle, Some.Now.AddMinutes(1));

        Assert.Equal((null, null, null, 7L), (status.Job, status.ServedJobs, status.Runner!.ServedJob, status.Runner.Id));
    }

    private static void AssertPhase(string phase, RunnerLeaseObservation observed)
    {
        RunnerLeaseStatusText.Describe(observed.Lease, RunnerLeasePlanner.Plan(observed), observed.Now);

        Assert.Equal(phase, observed.Lease.Status!.Phase);
    }
}

using Operator.Aws.Instances;
using Operator.Entities.Conditions;
using Operator.Entities.RunnerLeases;
using Operator.Leases;

namespace Operator.Tests.Leases;

public sealed class LeaseStatusUpdaterTests
{
    // In a pool for leases only, nothing registers an idle machine again: it must be free without that.
    [Fact]
    public void RestUnregistered_AfterAJob_IsAvailableAgain_AndTheNextRunnerHasAnotherName_AndItsMailboxIsNotForgotten()
    {
        var lease = Some.Idle(change: idle => (idle.Status!.ServedJobs, idle.Status.Runner!.Id, idle.Status.Runner.Sequence) = (2, null, 2));
        Assert.False(LeaseAvailability.IsAvailable(lease));

        LeaseStatusUpdater.RestUnregistered(lease.Status!, new InstanceView.Live(Some.Running("i-linux-0")));

        Assert.True(LeaseAvailability.IsAvailable(lease));
        Assert.Equal((2, true), (lease.Status!.Runner!.Sequence, lease.Status.Runner.Name is not null)); // by the name it is known that a command may be unread
    }

    [Fact]
    public void RestUnregistered_RegisteredOrBusyOrDraining_ChangesNothing()
    {
        foreach (var lease in new[] { Some.Idle(), Some.Busy(change: busy => busy.Status!.Runner!.Id = null), Some.Idle(change: idle => (idle.Status!.Runner!.Id, idle.Status.Drain) = (null, new())) })
        {
            LeaseStatusUpdater.RestUnregistered(lease.Status!, new InstanceView.Live(Some.Running("i-linux-0")));
            Assert.Null(lease.Status!.Runner!.IsLeft);
        }
    }

    // What was heard is no proof: the job is over when GitHub has answered the deletion.
    [Fact]
    public void ApplyObservation_Finished_KeepsTheIdAndTheJob()
    {
        var status = Some.Busy().Status!;

        ApplyObservation(status, RegistrationView.Finished);

        Assert.Equal((7, false, null), (status.Runner!.Id, status.Job is null, status.ServedJobs));
    }

    [Theory]
    [InlineData(true, true)] // it disappeared by itself: its one job has completed
    [InlineData(false, null)] // it still existed, or was given up: a job may have started in the last second
    public void AbsorbRemoval_OfAFinishedRunner_CountsItsJob_AndProvesItOnlyWhereItHadGone(bool isProven, bool? served)
    {
        var status = Some.Busy().Status!;

        LeaseStatusUpdater.ApplyRemoval(status, RegistrationView.Finished, isProven, Some.Now);

        Assert.Equal((null, 7, served), (status.Runner!.Id, status.Runner.FormerId, status.Runner.ServedJob));
        Assert.Equal((true, 1), (status.Job is null, status.ServedJobs));
    }

    [Fact]
    public void AbsorbRemoval_OfARunnerOfWhichNothingWasHeard_CountsNoJob()
    {
        var status = Some.Idle().Status!;

        LeaseStatusUpdater.ApplyRemoval(status, RegistrationView.Idle, isProven: true, Some.Now);

        Assert.Equal((null, 7, null, null), (status.Runner!.Id, status.Runner.FormerId, status.Runner.ServedJob, status.ServedJobs));
    }

    // Each pass sees the same until GitHub has answered.
    [Fact]
    public void ApplyObservation_FinishedAndTheMachineIsGone_CountsTheJobOnce_AndKeepsTheId()
    {
        var status = Some.Busy().Status!;

        for (var pass = 0; pass < 3; pass++)
        {
            LeaseStatusUpdater.ApplyObservation(status, isHeld: false, new InstanceView.Gone(Reason: null), RegistrationView.Finished, Some.Now);
        }

        Assert.Equal((7, 1, true), (status.Runner!.Id, status.ServedJobs, status.Job is null));
        LeaseStatusUpdater.ApplyRemoval(status, RegistrationView.Finished, isProven: true, Some.Now);
        Assert.Equal((null, 1), (status.Runner.Id, status.ServedJobs));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void ApplyObservation_Gone_GitHubHasSaidSo_ForgetsTheId_AndRemembersItForLateNews(bool hadJob)
    {
        var status = (hadJob ? Some.Busy() : Some.Idle()).Status!;

        ApplyObservation(status, RegistrationView.Gone);

        Assert.Equal((null, 7), (status.Runner!.Id, status.Runner.FormerId));
        Assert.Equal(hadJob ? 1 : null, status.ServedJobs);
        ApplyObservation(status, RegistrationView.None);
        Assert.Equal(7, status.Runner.FormerId);
    }

    // A job of a second, all of it between two looks: the machine ends with it and must not be given a second registration, nor count as one that did not boot.
    [Fact]
    public void ApplyObservation_GoneBeforeItWasSeenConnected_WasConnected_AndAnEphemeralLeaseIsDone()
    {
        var lease = Some.Idle(change: idle => (idle.Status!.Runner!.ConnectedAt, idle.Status.IdleSince) = (null, null));

        ApplyObservation(lease.Status!, RegistrationView.Gone);

        Assert.Equal(Some.Now, lease.Status!.Runner!.ConnectedAt);
        Assert.True(BootBrake.HasBooted(lease, Some.Now));
        var plan = ServicePlanner.Plan(Some.Seen(lease) with { Registration = RegistrationView.None }, Some.Pool);
        Assert.Equal(RunnerLeaseReasons.Completed, Assert.IsType<RunnerLeaseAction.Delete>(plan.Action).Reason);
    }

    // GitHub was not reached, or refused to answer: nothing is concluded from that.
    [Fact]
    public void ApplyObservation_Unknown_KeepsSinceWhenItIsIdle_AndNothingElseDoes()
    {
        var status = Some.Idle().Status!;
        var since = status.IdleSince = Some.Now.AddMinutes(-3);

        ApplyObservation(status, RegistrationView.Unknown);
        Assert.Equal((since, null), (status.IdleSince, status.Runner!.OfflineSince));

        ApplyObservation(status, RegistrationView.Offline);
        ApplyObservation(status, RegistrationView.Unknown);
        Assert.Null(status.IdleSince);
    }

    private static void ApplyObservation(RunnerLeaseStatus status, RegistrationView registration) =>
        LeaseStatusUpdater.ApplyObservation(status, isHeld: false, new InstanceView.Live(Some.Running(status.Instance!.Id!)), registration, Some.Now);
}

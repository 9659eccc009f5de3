using Operator.Aws.Instances;
using Operator.Entities;
using Operator.Entities.RunnerLeases;
using Operator.Leases;

namespace Operator.Tests.Leases;

/// <summary>Any state that a lease can be seen in, and what each action makes of it where nothing fails.</summary>
internal static class LeaseWorld
{
    /// <summary>Checks a property of a planner on many states.</summary>
    public static void ForAny(Action<RunnerLeaseObservation> check) => Some.ForManySeeds(random => check(Any(random)), GeneratorCoverageTests.Cases);

    /// <summary>A state, with what depends on something else left consistent: no registration is seen that the lease does not name.</summary>
    public static RunnerLeaseObservation Any(Random random)
    {
        var lease = Generated.Lease(random);
        var pool = random.Chance(0.1) ? null : Generated.Pool(random);
        return new(
            lease,
            pool,
            random.Chance(0.8) ? Admission.Yes : new(Granted: false, "PoolAtCapacity", "full"),
            AnyInstance(random, lease),
            lease.Status?.Runner?.Id is null ? RegistrationView.None : random.Pick(Enum.GetValues<RegistrationView>().Where(view => view != RegistrationView.None).ToList()),
            random.Pick(Enum.GetValues<CommandState>()),
            RunnerLeasePlanner.IsHeld(lease) && random.Chance(0.3) ? Some.Idle("other") : null,
            lease.Spec.Holder?.Kind == LeaseHolders.RunnerLease ? random.Pick(Claimant.Adopted, Claimant.Adopting, Claimant.Gone) : Claimant.None,
            Some.Now)
        {
            JobAtHand = lease.Status?.Job ?? (random.Chance(0.1) ? new() { Id = "1", RunId = "2", Repository = "my-org/app" } : null),
        };
    }

    /// <summary>What the actuator leaves behind; null when the pass is over.</summary>
    public static RunnerLeaseObservation? After(RunnerLeaseObservation observed, RunnerLeaseAction action)
    {
        var status = observed.Lease.Status!;
        switch (action)
        {
            case RunnerLeaseAction.Launch:
                status.Launch = new() { IntentId = "intent", Attempt = 1, At = observed.Now, TemplateHash = "hash" };
                status.Instance = new() { Id = "i-new", LaunchedAt = observed.Now };
                return observed with { Instance = new InstanceView.Live(Some.Running("i-new", InstanceState.Pending)) };
            case RunnerLeaseAction.TakeOver:
                status.Instance = new() { Id = "i-other", LaunchedAt = Some.Now.AddMinutes(-10) };
                return observed with { Instance = new InstanceView.Live(Some.Running("i-other")), Candidate = null, Registration = RegistrationView.None };
            case RunnerLeaseAction.Register:
                status.Runner = new() { Id = 99, Name = "new", RegisteredAt = observed.Now, Labels = [.. RunnerLeasePlanner.LabelsFor(observed.Lease, observed.Pool!)] };
                return observed with { Registration = RegistrationView.Unknown };
            case RunnerLeaseAction.Deregister:
                return AfterDeregister(observed);
            case RunnerLeaseAction.RevokeCommand:
                (status.Drain ??= new() { BegunAt = observed.Now }).CommandRevoked = true;
                return observed;
            case RunnerLeaseAction.SendStop:
                status.Drain!.StopSentAt = observed.Now;
                return observed;
            case RunnerLeaseAction.ReadMailbox:
                return observed with { Command = CommandState.Taken };
            case RunnerLeaseAction.Terminate or RunnerLeaseAction.LeaveMachine:
                return observed with { Instance = new InstanceView.Gone("terminated") };
            case RunnerLeaseAction.BeginDrain begin:
                status.Drain = new() { BegunAt = observed.Now, Reason = begin.Reason };
                return observed;
            case RunnerLeaseAction.RecordInterruption interruption:
                status.Interruption = new() { Reason = interruption.Notice.Reason, Source = interruption.Notice.Source.ToString(), EndsAt = interruption.Notice.EndsAt };
                return observed;
            case RunnerLeaseAction.RecordWarmUpFailure cold:
                status.Instance!.WarmUpFailure = cold.Reason;
                return observed;
            case RunnerLeaseAction.RecordLostJob:
                return observed with { IsLossRecorded = true };
            case RunnerLeaseAction.RecordBootFailure:
                status.Instance?.Hold?.Since ??= observed.Now;
                return observed with { IsBootFailureRecorded = true };
            case RunnerLeaseAction.ForgetInstance:
                (status.Instance, status.Interruption, status.Drain, status.Job, status.IdleSince, status.Runner) = (null, null, null, null, null, null);
                status.Launch?.IntentId = null;
                return observed with { Instance = new InstanceView.None(), Registration = RegistrationView.None };
            case RunnerLeaseAction.ForgetIntent:
                status.Launch!.IntentId = null;
                return observed;
            default:
                return null; // the object is deleted, or its new spec requires a separate reconcile
        }
    }

    private static RunnerLeaseObservation AfterDeregister(RunnerLeaseObservation observed)
    {
        var status = observed.Lease.Status!;
        if (observed.Registration is RegistrationView.Busy or RegistrationView.Refused)
        {
            status.Job ??= new() { StartedAt = observed.Now };
            return observed with { Registration = RegistrationView.Refused };
        }

        if (observed.Lease.Metadata.DeletionTimestamp is not null || status.Drain is not null)
        {
            (status.Drain ??= new() { BegunAt = observed.Now }).RegistrationRemovedAt = observed.Now;
            status.Drain.RemovedLive = observed.Registration != RegistrationView.Gone ? true : RunnerLeasePlanner.IsHeld(observed.Lease) ? false : null;
        }

        status.Runner?.Id = null;
        return observed with { Registration = RegistrationView.Gone };
    }

    private static InstanceView AnyInstance(Random random, V1Alpha1RunnerLease lease) => lease.Status?.Instance is not { Id: { } id }
        ? new InstanceView.None()
        : random.Pick<InstanceView>(
            new InstanceView.Live(Some.Running(id)), new InstanceView.Live(Some.Running(id) with { Notice = AnyNotice(random) }), new InstanceView.Live(Some.Running(id) with { WarmUpFailure = "Failed" }), new InstanceView.Live(Some.Running(id, InstanceState.Pending)), new InstanceView.NotVisible(),
            new InstanceView.Gone("Server.SpotInstanceTermination") { Notice = random.Chance(0.5) ? AnyNotice(random) : null }, new InstanceView.Gone(Reason: null));

    private static InterruptionNotice AnyNotice(Random random) =>
        new(random.Pick(InterruptionNotice.Spot, InterruptionNotice.Rebalance), random.Pick(Enum.GetValues<NoticeSource>()), random.Chance(0.5) ? Some.Now.AddMinutes(1) : null);
}

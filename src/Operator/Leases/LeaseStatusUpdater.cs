using Operator.Aws.Instances;
using Operator.Entities.Conditions;
using Operator.Entities.RunnerLeases;

namespace Operator.Leases;

/// <summary>Records what EC2 and GitHub show in a lease's status, before anything is decided. Pure.</summary>
internal static class LeaseStatusUpdater
{
    /// <summary>The schema's limit.</summary>
    private const int MostOfFailedScript = 1024;

    /// <summary>Updates <paramref name="status"/> from the views; facts only, no decisions.</summary>
    /// <param name="status">The status to change.</param>
    /// <param name="isHeld">Whether the runner is held.</param>
    /// <param name="instance">What EC2 shows.</param>
    /// <param name="registration">What GitHub shows.</param>
    /// <param name="now">The time of both.</param>
    public static void ApplyObservation(
        RunnerLeaseStatus status, bool isHeld, InstanceView instance, RegistrationView registration, DateTimeOffset now)
    {
        status.HeldSince = isHeld ? status.HeldSince ?? now : null;
        ApplyInstance(status, instance, now);
        if (status.Runner is { } runner)
        {
            ApplyRegistration(status, runner, instance, registration, now);
        }

        status.IdleSince = IsIdle(status, isHeld, instance, registration) ? status.IdleSince ?? now
            : MayStillBeIdle(status, isHeld, instance, registration) ? status.IdleSince
            : null;
        if (status.Instance is { } machine && (status.IdleSince is not null || status.Runner?.ConnectedAt is not null))
        {
            machine.ReadyAt ??= now;
        }
    }

    /// <summary>
    /// A machine that serves again waits for its next holder without a registration: it is done with the last one.
    /// </summary>
    /// <param name="status">The status to change.</param>
    /// <param name="instance">What EC2 shows.</param>
    public static void RestUnregistered(RunnerLeaseStatus status, InstanceView instance)
    {
        if (status is { Job: null, Drain: null, Runner: { Id: null, TokenExpiresAt: null, Name: not null } runner } && instance is InstanceView.Live)
        {
            runner.IsLeft = true;
        }
    }

    /// <summary>A machine for standby waits for no job: it is ready once it can be stopped.</summary>
    public static void RestOnStandby(RunnerLeaseStatus status)
    {
        status.IdleSince = null;
        status.Instance?.ReadyAt = status.Instance.Standby?.PreparedAt;
    }

    /// <summary>Forgets an instance that is the lease's no more, with all that was known of its runner but the number that names the next one.</summary>
    /// <param name="status">The status to change.</param>
    public static void ForgetInstance(RunnerLeaseStatus status)
    {
        (status.Instance, status.Interruption, status.Drain, status.Job, status.JobReports, status.IdleSince) = (null, null, null, null, null, null);
        status.Runner = status.Runner is { } runner ? new() { Sequence = runner.Sequence } : null;
        if (status.Launch is { } launch)
        {
            launch.IntentId = null;
        }
    }

    /// <summary>Notes that a machine with a lease's own script did not come up: the next one would not either.</summary>
    public static void NoteFailedScript(V1Alpha1RunnerLease lease, string reason, string message, DateTimeOffset now)
    {
        if (lease.Spec.PreRunnerScript is not null && reason is RunnerLeaseReasons.BootFailed or RunnerLeaseReasons.BootTimeout)
        {
            lease.Status!.FailedScript ??= new() { At = now, Reason = reason, Message = ErrorText.Shorten($"the lease's preRunnerScript ran on a machine that never connected: {message}", MostOfFailedScript) };
        }
    }

    private static void ApplyInstance(RunnerLeaseStatus status, InstanceView view, DateTimeOffset now)
    {
        if (status.Instance is not { } known)
        {
            return;
        }

        known.GoneAt = view is InstanceView.Gone ? known.GoneAt ?? now : null;
        if (view is not InstanceView.Live { Instance: var seen })
        {
            return;
        }

        if (seen.HeldUntil is { } until && HoldPlanner.MayBegin(status))
        {
            known.Hold ??= new() { Until = HoldPlanner.End(until, now) };
        }

        known.Type = seen.Type;
        known.Zone = seen.Zone;
        known.SubnetId = seen.SubnetId ?? known.SubnetId;
        known.PrivateIP = seen.PrivateIp ?? known.PrivateIP;
        known.LaunchedAt ??= seen.LaunchedAt;
        if (seen.State == InstanceState.Stopped && known.Standby is { StoppedAt: null } standby)
        {
            standby.StoppedAt = now;
        }
    }

    private static void ApplyRegistration(RunnerLeaseStatus status, LeasedRunner runner, InstanceView instance, RegistrationView view, DateTimeOffset now)
    {
        switch (view)
        {
            case RegistrationView.Busy or RegistrationView.Refused:
                runner.ConnectedAt ??= now;
                runner.OfflineSince = null;
                status.Job ??= new LeasedJob { StartedAt = now };
                break;
            case RegistrationView.Idle:
                runner.ConnectedAt ??= now;
                runner.OfflineSince = null;

                // A registration serves one job and ends with it: a runner that is idle again did not start the job assigned to it in time.
                status.Job = null;
                break;
            case RegistrationView.Offline when runner.ConnectedAt is not null:
                runner.OfflineSince ??= now;
                break;

            // GitHub removes a registration when its job completes: if the machine has terminated too, it ran a job that was never
            // observed.
            case RegistrationView.Gone when instance is InstanceView.Gone:
                runner.ConnectedAt ??= now;
                Leave(runner);
                Serve(status, isProven: true);
                break;

            // With the machine gone there is no job to lose. The id stays until GitHub has confirmed the deletion.
            case RegistrationView.Finished when instance is InstanceView.Gone:
                runner.ConnectedAt ??= now;
                runner.OfflineSince = null;
                Serve(status, isProven: true);
                break;
            case RegistrationView.Finished:
                runner.ConnectedAt ??= now;
                runner.OfflineSince = null;
                break;
            // It was connected, if only between two polls: GitHub keeps registrations that were never used.
            case RegistrationView.Gone:
                runner.ConnectedAt ??= now;
                Leave(runner);
                if (status.Job is not null)
                {
                    Serve(status, isProven: true);
                }

                break;
        }
    }

    /// <summary>Records that a registration is gone or abandoned.</summary>
    /// <param name="status">The status to change.</param>
    /// <param name="before">What GitHub showed before.</param>
    /// <param name="isProven">Whether it had already disappeared, as it does when its job completes.</param>
    /// <param name="now">The time of the removal.</param>
    public static void ApplyRemoval(RunnerLeaseStatus status, RegistrationView before, bool isProven, DateTimeOffset now)
    {
        if (status.Runner is not { } runner)
        {
            return;
        }

        // The machine had read the config and its registration is used up: the runner was connected, if only between two polls.
        if (isProven && status.Drain?.CommandRevoked == false)
        {
            runner.ConnectedAt ??= now;
        }

        Leave(runner);
        if (before == RegistrationView.Finished)
        {
            Serve(status, isProven);
        }
    }

    private static void Leave(LeasedRunner runner)
    {
        runner.FormerId = runner.KnownId();
        (runner.Id, runner.TokenExpiresAt, runner.AwaitsStart) = (null, null, null);
        runner.OfflineSince = null;
    }

    // Each registration serves one job. If it still existed when it was deleted, it may not have run one; its machine powers off by itself.
    private static void Serve(RunnerLeaseStatus status, bool isProven)
    {
        if (status.Runner!.ServedJob != true)
        {
            status.Job = null;
            status.ServedJobs = (status.ServedJobs ?? 0) + 1;
            status.Runner.ServedJob = isProven ? true : null;
        }
    }

    // GitHub could not be queried: the last known state applies.
    private static bool MayStillBeIdle(RunnerLeaseStatus status, bool isHeld, InstanceView instance, RegistrationView registration) =>
        !isHeld && status.Job is null && registration == RegistrationView.Unknown && instance is InstanceView.Live;

    private static bool IsIdle(RunnerLeaseStatus status, bool isHeld, InstanceView instance, RegistrationView registration) =>
        !isHeld && status.Job is null && status.Instance?.Hold is null && (registration == RegistrationView.Idle
            || (status.Runner?.Id is null && !AwaitedRunners.IsAwaited(status.Runner) && instance is InstanceView.Live { Instance.State: InstanceState.Running }));
}

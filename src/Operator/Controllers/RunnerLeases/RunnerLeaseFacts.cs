using Operator.Entities.RunnerLeases;
using Operator.Providers.Instances;

namespace Operator.Controllers.RunnerLeases;

/// <summary>Takes what the outside world shows into a lease's status, before anything is decided. Pure.</summary>
internal static class RunnerLeaseFacts
{
    /// <summary>Brings <paramref name="status"/> up to date with the views; only facts, no decisions.</summary>
    /// <param name="status">The status to change.</param>
    /// <param name="isHeld">Whether somebody holds the runner now.</param>
    /// <param name="instance">What EC2 shows.</param>
    /// <param name="registration">What GitHub shows.</param>
    /// <param name="now">The time of both.</param>
    public static void Absorb(
        RunnerLeaseStatus status, bool isHeld, InstanceView instance, RegistrationView registration, DateTimeOffset now)
    {
        status.HeldSince = isHeld ? status.HeldSince ?? now : null;
        AbsorbInstance(status, instance);
        if (status.Runner is { } runner)
        {
            AbsorbRegistration(status, runner, instance, registration, now);
        }

        status.IdleSince = IsIdle(status, isHeld, instance, registration) ? status.IdleSince ?? now : null;
        if (status.Instance is { } machine && (status.IdleSince is not null || status.Runner?.ConnectedAt is not null))
        {
            machine.ReadyAt ??= now;
        }
    }

    private static void AbsorbInstance(RunnerLeaseStatus status, InstanceView view)
    {
        if (status.Instance is not { } known || view is not InstanceView.Live { Instance: var seen })
        {
            return;
        }

        known.Type = seen.Type;
        known.Zone = seen.Zone;
        known.PrivateIP = seen.PrivateIp ?? known.PrivateIP;
        known.LaunchedAt ??= seen.LaunchedAt;
    }

    private static void AbsorbRegistration(RunnerLeaseStatus status, LeasedRunner runner, InstanceView instance, RegistrationView view, DateTimeOffset now)
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

                // A registration is good for one job and goes with it: one that is idle again did not take up what it was given in time.
                status.Job = null;
                break;
            case RegistrationView.Offline when runner.ConnectedAt is not null:
                runner.OfflineSince ??= now;
                break;

            // GitHub removes a registration when its job is done: a machine that has ended, too, has had one that nobody saw.
            case RegistrationView.Gone when instance is InstanceView.Gone:
            case RegistrationView.Finished:
                runner.ConnectedAt ??= now;
                status.Job ??= new LeasedJob();
                Leave(status, runner);
                break;
            case RegistrationView.Gone:
                Leave(status, runner);
                break;
        }
    }

    private static void Leave(RunnerLeaseStatus status, LeasedRunner runner)
    {
        runner.Id = null;
        runner.OfflineSince = null;
        if (status.Job is not null)
        {
            status.Job = null;
            status.ServedJobs = (status.ServedJobs ?? 0) + 1;
            runner.ServedJob = true;
        }
    }

    private static bool IsIdle(RunnerLeaseStatus status, bool isHeld, InstanceView instance, RegistrationView registration) =>
        !isHeld && status.Job is null && (registration == RegistrationView.Idle
            || (status.Runner?.Id is null && instance is InstanceView.Live { Instance.State: InstanceState.Running }));
}

using Operator.Entities.Conditions;
using Operator.Entities.RunnerLeases;
using Operator.Settings;

namespace Operator.Leases;

/// <summary>
/// Runners that their machines register themselves, with a token: the machine is told to, GitHub's list shows the runner by its name, its id is recorded, and only then it is told to start it. So no job
/// begins on a runner whose id is not known. Pure.
/// </summary>
internal static class AwaitedRunners
{
    /// <summary>Whether a machine has been told to register a runner that GitHub was not seen to list yet.</summary>
    public static bool IsAwaited(LeasedRunner? runner) => runner is { Id: null, TokenExpiresAt: not null };

    /// <summary>The plan for a lease whose machine is to have a runner, and has none.</summary>
    public static RunnerLeasePlan Plan(RunnerLeaseObservation observed, PoolSettings pool)
    {
        var (lease, now) = (observed.Lease, observed.Now);
        if (!IsAwaited(lease.Status!.Runner))
        {
            return RunnerLeasePlan.Do(new RunnerLeaseAction.Register(), RunnerLeaseReasons.Registering, "telling the machine to register its runner");
        }

        var runner = lease.Status.Runner!;
        if (observed.ListedRunner is { } id)
        {
            return RunnerLeasePlan.Do(new RunnerLeaseAction.AdoptRegistration(id), RunnerLeaseReasons.Registering, $"{pool.Forge} lists the runner {runner.Name}");
        }

        var left = ServicePlanner.BootTimeLeft(observed, pool);
        return left <= TimeSpan.Zero ? ServicePlanner.PlanBootTimeout(observed, $"{pool.Forge} did not list the runner within bootTimeout ({DurationText.Format(pool.Times.BootTimeout)}); see the instance's console output")
            : runner.TokenExpiresAt <= now ? RunnerLeasePlan.Do(new RunnerLeaseAction.Register(), RunnerLeaseReasons.Registering, "the registration token has expired; the machine gets another")
            : RunnerLeasePlan.Wait(
                lease.Status.Instance!.ReadyAt is null ? RunnerLeaseReasons.Booting : RunnerLeaseReasons.Registering,
                observed.RegistrationProblem is { } problem ? $"the machine registers its runner; not known: {problem}" : "the machine registers its runner",
                ReconcileResult.Soonest(left, runner.TokenExpiresAt - now));
    }
}

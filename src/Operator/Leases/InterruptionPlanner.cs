using System.Globalization;
using Operator.Aws.Instances;
using Operator.Entities.RunnerLeases;
using Operator.Settings;

namespace Operator.Leases;

/// <summary>Decides for a machine that EC2 has announced to take back: without a job it goes at once, with one it works on until it is taken. Pure.</summary>
internal static class InterruptionPlanner
{
    /// <summary>The plan; null where the announcement changes nothing.</summary>
    /// <param name="observed">The lease.</param>
    /// <param name="pool">Its pool.</param>
    public static RunnerLeasePlan? Plan(RunnerLeaseObservation observed, PoolSettings pool)
    {
        var status = observed.Lease.Status;
        if (observed.Instance is not InstanceView.Live || status?.Interruption is not { Reason: { } reason } known || IsBusy(observed)
            || (reason == InterruptionNotice.Rebalance && !pool.ReplacesOnRebalance))
        {
            return null;
        }

        var message = MessageOf(known);
        return RunnerLeasePlanner.IsHeld(observed.Lease)
            ? RunnerLeasePlan.Do(new RunnerLeaseAction.BeginDrain(reason, message, IsWarning: false), reason, message)
            : RunnerLeasePlan.Do(new RunnerLeaseAction.Delete(reason, message), reason, message);
    }

    /// <summary>What was announced, for people.</summary>
    public static string MessageOf(LeaseInterruption known) => known.Reason == InterruptionNotice.Rebalance
        ? "EC2 recommends to leave the spot instance"
        : $"EC2 takes the spot instance back{(known.EndsAt is { } end ? string.Create(CultureInfo.InvariantCulture, $" at {end:yyyy-MM-dd'T'HH:mm:ss'Z'}") : " within two minutes")}";

    // GitHub's list lags: the DELETE of the registration, which is the first step of leaving, refuses while a job runs.
    private static bool IsBusy(RunnerLeaseObservation observed) =>
        observed.Lease.Status!.Job is not null || observed.Registration is RegistrationView.Busy or RegistrationView.Refused;
}

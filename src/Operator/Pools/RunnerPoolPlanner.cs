using Operator.Entities.Conditions;
using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerPools;
using Operator.Leases;
using Operator.Settings;

namespace Operator.Pools;

/// <summary>Decides how many runners a pool has. Pure: no I/O, clock, logger or randomness.</summary>
internal static class RunnerPoolPlanner
{
    public static RunnerPoolPlan Plan(RunnerPoolObservation observed) => StandbyPoolPlanner.With(PlanRunners(observed), observed);

    private static RunnerPoolPlan PlanRunners(RunnerPoolObservation observed)
    {
        // Held and draining leases do not serve the pool; the others are available.
        var available = observed.Leases.Where(lease => LeaseAvailability.IsAvailable(lease) && !observed.Finished.Contains(lease.Metadata.Name ?? "")).ToList();
        var awaiting = Awaiting(observed);
        var busy = available.Count(lease => lease.Status?.Job is not null);

        // Replace machines that are about to be reclaimed with their jobs while there is time.
        var going = available.Count(lease => LostJobs.IsGoing(lease, observed.Settings));

        // GitHub's statistics include a lost job until GitHub notices the loss.
        var jobs = (long)Math.Max(observed.AssignedJobs ?? 0, busy + LostJobs.CountExpected(observed.Settings.LostJobs, available, observed.Now));
        var wanted = (int)Math.Min(observed.Settings.MaxRunners, observed.Settings.IdleFor((int)Math.Min(jobs, int.MaxValue), observed.Now) + jobs + going);

        // Demand is unknown: existing runners may be needed for jobs.
        if (observed.AssignedJobs is null)
        {
            return Plan(observed, wanted - available.Count, []);
        }

        var renewals = RenewalPlanner.Due(observed, [.. available.Where(lease => !awaiting.Contains(lease))]);
        var lasting = available.Except(renewals.Select(renewal => renewal.Lease)).ToList();
        var (surplus, soonest) = Surplus(observed, lasting, awaiting, lasting.Count - wanted);
        var replaced = RenewalPlanner.Replaced(observed, renewals, available, wanted);
        return Plan(observed, wanted - lasting.Count, [.. surplus, .. replaced, .. LookedAtEnough(observed, awaiting, isFull: observed.Settings.MaxRunners - observed.Leases.Count < wanted - lasting.Count)]) with
        {
            RequeueAfter = ReconcileResult.Soonest(soonest, RenewalPlanner.NextDue(observed, lasting), LostJobs.NextChange(observed.Settings.LostJobs, observed.Now)),
        };
    }

    private static RunnerPoolPlan Plan(RunnerPoolObservation observed, int missing, List<LeaseDeletion> deletes)
    {
        var creates = NewNames(observed, missing);
        return new(creates, deletes) { OnDemand = [.. LostJobs.OnDemandWanted(observed.Settings, observed.Leases).Take(creates.Count)] };
    }

    // Of the machines that failed and are kept for a look, one is: the first, as somebody may be at it. None takes a place that is needed.
    private static IEnumerable<LeaseDeletion> LookedAtEnough(RunnerPoolObservation observed, HashSet<V1Alpha1RunnerLease> awaiting, bool isFull) => observed.Leases
        .Where(lease => HoldPlanner.IsKept(lease) && lease is { Metadata.DeletionTimestamp: null, Spec.Holder: null } && !awaiting.Contains(lease))
        .OrderBy(lease => lease.Status!.Instance!.LaunchedAt).ThenBy(lease => lease.Metadata.Name, StringComparer.Ordinal)
        .Skip(isFull && !observed.Settings.LaunchesNothing ? 0 : 1)
        .Where(lease => MayGoAt(lease, observed.Settings.Times.IdleTimeout) <= observed.Now)
        .Select(lease => new LeaseDeletion(lease, RunnerLeaseReasons.BootFailed, "its machine failed to boot, and another one is kept for a look, or its place is needed"));

    // Names are slots: creating a name that exists fails, so neither a stale cache nor a second leader can exceed maxRunners.
    private static List<string> NewNames(RunnerPoolObservation observed, int count)
    {
        if (observed.Settings.LaunchesNothing || observed.Settings.Template is null)
        {
            return [];
        }

        var taken = observed.Leases.Select(lease => lease.Metadata.Name).ToHashSet(StringComparer.Ordinal);
        var room = observed.Settings.MaxRunners - observed.Leases.Count(lease => lease.Spec.Standby is null); // a machine on standby serves one of them, or gives way
        return [.. Enumerable.Range(0, observed.Settings.MaxRunners)
            .Select(slot => $"{observed.Settings.Key.Name}-{slot}")
            .Where(name => !taken.Contains(name))
            .Take(Math.Max(0, Math.Min(count, room)))];
    }

    private static (List<LeaseDeletion> Deletes, TimeSpan? Soonest) Surplus(
        RunnerPoolObservation observed, List<V1Alpha1RunnerLease> available, HashSet<V1Alpha1RunnerLease> awaiting, int count)
    {
        if (count <= 0)
        {
            return ([], null);
        }

        var free = available.Where(lease => lease.Status?.Job is null && !awaiting.Contains(lease)).ToList();

        // If more jobs wait than maxRunners allows, they need the next free machine.
        var unserved = available.Count(lease => awaiting.Contains(lease) && Stage(lease) == 0);

        // Launches not yet requested are cancelled first; a machine is kept for the next job until idleTimeout.
        var due = free.OrderBy(Stage).ThenByDescending(lease => Stage(lease) < 2 ? lease.Metadata.CreationTimestamp : null)
            .ThenBy(lease => lease.Spec.JobLabels is null).ThenBy(FreeSince).ThenByDescending(lease => lease.Metadata.Name, StringComparer.Ordinal)
            .Take(count)
            .Where((lease, index) => Stage(lease) == 0 || index < count - unserved)
            .Select(lease => (Lease: lease, At: MayGoAt(lease, observed.Settings.Times.IdleTimeout)))
            .ToLookup(entry => entry.At is null || entry.At <= observed.Now);
        var gone = due[true].Select(entry => Stage(entry.Lease) < 2
            ? new LeaseDeletion(entry.Lease, RunnerLeaseReasons.NotNeeded, "it is no longer needed")
            : new LeaseDeletion(entry.Lease, RunnerLeaseReasons.IdleTimeout, $"idle for longer than idleTimeout ({DurationText.Format(observed.Settings.Times.IdleTimeout)}) above minIdle"));
        return ([.. gone], due[false].Min(entry => entry.At - observed.Now));
    }

    // 0: not requested from EC2, 1: booting, 2: idle or about to be.
    private static int Stage(V1Alpha1RunnerLease lease) =>
        FreeSince(lease) is not null ? 2 : lease.Status?.Launch?.IntentId is null && lease.Status?.Instance is null ? 0 : 1;

    // A machine that has been ready is not booting: it is registering for its next job, or briefly offline.
    private static DateTimeOffset? FreeSince(V1Alpha1RunnerLease lease) => lease.Status switch
    {
        { IdleSince: { } since } => since,
        { Instance.ReadyAt: { } ready, Runner.RegisteredAt: { } registered } when registered > ready => registered,
        _ => lease.Status?.Instance?.ReadyAt,
    };

    private static DateTimeOffset? MayGoAt(V1Alpha1RunnerLease lease, TimeSpan idleTimeout) => Stage(lease) switch
    {
        0 => null,

        // A machine this young may be running a job whose event has not arrived yet: GitHub's statistics precede its events.
        1 => (lease.Status!.Instance?.SwitchedOnAt ?? lease.Status.Launch?.At) + (idleTimeout > CompletedRunners.EventGrace ? idleTimeout : CompletedRunners.EventGrace),
        _ => FreeSince(lease) + idleTimeout,
    };

    // A queued job is identified by its lease's label, which stays until the job runs or ends.
    private static HashSet<V1Alpha1RunnerLease> Awaiting(RunnerPoolObservation observed)
    {
        if (observed.Settings.Demand != DemandSource.Webhook)
        {
            return [];
        }

        var running = LeaseJobs.Running(observed.Leases);
        return observed.Leases.Where(lease => LeaseJobs.Awaits(lease, running)).ToHashSet();
    }
}

using Operator.Entities.Conditions;
using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerPools;
using Operator.Leases;
using Operator.Settings;

namespace Operator.Pools;

/// <summary>
/// Decides how many machines a pool has on standby. They are replenished and replaced calmly: one at a time, and only
/// while nothing else of the pool waits for a machine or boots. Pure.
/// </summary>
internal static class StandbyPoolPlanner
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(30);

    /// <summary>Adds what standby needs to the plan for the runners.</summary>
    public static RunnerPoolPlan With(RunnerPoolPlan plan, RunnerPoolObservation observed)
    {
        var (settings, now) = (observed.Settings, observed.Now);
        var all = observed.Leases.Where(lease => lease.Spec.Standby is not null).ToList();
        if (observed.AssignedJobs is null || (all.Count == 0 && settings.Standby is { Stopped: 0, Hibernated: 0 }))
        {
            return plan;
        }

        var free = all.Where(lease => lease is { Spec.Holder: null, Metadata.DeletionTimestamp: null, Status: null or { Drain: null } }).ToList();
        var (hibernated, stopped) = Targets(plan, observed, all.Count(lease => lease.Spec.Holder is null) - free.Count);
        var surplus = Surplus(free, StandbyTier.Hibernated, hibernated).Concat(Surplus(free, StandbyTier.Stopped, stopped)).ToList();
        var kept = free.Except(surplus).ToList();
        if (surplus.Count > 0 || !IsCalm(plan, observed, all))
        {
            return plan with { Deletes = [.. plan.Deletes, .. surplus.Select(lease => new LeaseDeletion(lease, RunnerLeaseReasons.NotNeeded, "the pool has no room for it on standby, or wants fewer"))] };
        }

        if (Outdated(kept, observed) is { } outdated)
        {
            return plan with { Deletes = [.. plan.Deletes, outdated] };
        }

        var next = kept.Count(lease => lease.Spec.Standby == StandbyTier.Hibernated) < hibernated ? StandbyTier.Hibernated
            : kept.Count(lease => lease.Spec.Standby == StandbyTier.Stopped) < stopped ? StandbyTier.Stopped : (StandbyTier?)null;
        return plan with
        {
            Standby = next is { } tier && observed.Leases.Count < settings.MaxRunners ? new(NewName(observed), tier) : null,
            RequeueAfter = ReconcileResult.Soonest(plan.RequeueAfter, kept.Min(lease => lease.Status?.Instance?.LaunchedAt + settings.Standby.MaxAge - now)),
        };
    }

    // All machines together are at most maxRunners. A lease that waits for a machine and takes over one on standby
    // needs no room of its own.
    private static (int Hibernated, int Stopped) Targets(RunnerPoolPlan plan, RunnerPoolObservation observed, int leaving)
    {
        var settings = observed.Settings;
        var ready = observed.Leases.Count(lease => StandbyPlanner.IsReady(lease, observed.Now));
        var starting = settings.LaunchesNothing ? 0 : Math.Min(ready, CandidatePlanner.CountStarting(settings, observed.Leases, observed.Now) + plan.Creates.Count);
        var room = settings.MaxRunners - observed.Leases.Count(lease => lease.Spec.Standby is null) - plan.Creates.Count + starting - leaving;
        var hibernated = Math.Clamp(room, 0, settings.Standby.Hibernated);
        return (hibernated, Math.Clamp(room - hibernated, 0, settings.Standby.Stopped));
    }

    // What is not ready goes first, then what EC2 did not start, then the oldest.
    private static IEnumerable<V1Alpha1RunnerLease> Surplus(List<V1Alpha1RunnerLease> free, StandbyTier tier, int target)
    {
        var ofTier = free.Where(lease => lease.Spec.Standby == tier).ToList();
        return ofTier.OrderBy(lease => lease.Status?.Instance?.IsStopped == true).ThenBy(lease => lease.Status?.Instance?.Standby?.StartFailedAt is null)
            .ThenBy(lease => lease.Metadata.CreationTimestamp).ThenBy(lease => lease.Metadata.Name, StringComparer.Ordinal).Take(Math.Max(0, ofTier.Count - target));
    }

    // Nothing is launched in competition with demand, while machines do not boot, or while another machine is being
    // prepared or leaves.
    private static bool IsCalm(RunnerPoolPlan plan, RunnerPoolObservation observed, List<V1Alpha1RunnerLease> standby) =>
        plan.Creates.Count == 0
        && observed.Settings is { LaunchesNothing: false, Template: not null, IsDeleting: false } && !BootBrake.IsEngaged(observed.Settings)
        && standby.TrueForAll(lease => lease is { Spec.Holder: null, Metadata.DeletionTimestamp: null, Status: { Drain: null, Instance.IsStopped: true } })
        && observed.Leases.All(lease => lease.Spec.Standby is not null || !IsUnderWay(lease, observed.Now));

    // What has no machine for half an hour waits for a person.
    private static bool IsUnderWay(V1Alpha1RunnerLease lease, DateTimeOffset now) => lease is { Metadata.DeletionTimestamp: null, Status: null or { Job: null, Instance: null or { ReadyAt: null } } }
        && (lease.Status?.Instance is not null || lease.Metadata.CreationTimestamp + Patience > now);

    private static LeaseDeletion? Outdated(List<V1Alpha1RunnerLease> kept, RunnerPoolObservation observed)
    {
        var (settings, now) = (observed.Settings, observed.Now);
        var byAge = kept.OrderBy(lease => lease.Status?.Instance?.LaunchedAt).ThenBy(lease => lease.Metadata.Name, StringComparer.Ordinal).ToList();
        return byAge.Find(lease => lease.Status?.Instance?.LaunchedAt + settings.Standby.MaxAge <= now) is { } expired
            ? new(expired, RunnerLeaseReasons.Expired, $"on standby for longer than standby.maxAge ({DurationText.Format(settings.Standby.MaxAge)})")
            : observed.RolloutBudget == 0 ? null
            : byAge.Select(lease => (Lease: lease, Difference: RenewalPlanner.Difference(lease, settings, now))).FirstOrDefault(one => one.Difference is not null) is ({ } drifted, { } why)
            ? new(drifted, RunnerLeaseReasons.Drifted, why)
            : null;
    }

    private static string NewName(RunnerPoolObservation observed)
    {
        var taken = observed.Leases.Select(lease => lease.Metadata.Name).ToHashSet(StringComparer.Ordinal);
        return Enumerable.Range(0, taken.Count + 1).Select(slot => $"{observed.Settings.Key.Name}-standby-{slot}").First(name => !taken.Contains(name));
    }
}

using Operator.Entities.Conditions;
using Operator.Entities.RunnerLeases;
using Operator.Leases;
using Operator.Settings;

namespace Operator.Pools;

/// <summary>
/// Decides which idle machines are replaced because of their age, an outdated launch template or changed requirements, and when each may be
/// removed: not before its replacement is ready. Pure.
/// </summary>
internal static class RenewalPlanner
{
    /// <summary>The idle runners to replace: all that have reached maxAge, and outdated ones within the roll-out budget.</summary>
    /// <param name="observed">The pool.</param>
    /// <param name="available">Available runners that no job is waiting for.</param>
    public static IReadOnlyList<LeaseDeletion> Due(RunnerPoolObservation observed, IReadOnlyList<V1Alpha1RunnerLease> available)
    {
        var (settings, now) = (observed.Settings, observed.Now);
        if (settings.LaunchesNothing || settings.Template is null)
        {
            return []; // no replacement could be launched
        }

        var idle = available.Where(lease => lease.Status is { IdleSince: not null, Job: null })
            .OrderBy(lease => lease.Status!.IdleSince).ThenBy(lease => lease.Metadata.Name, StringComparer.Ordinal).ToList();
        var expired = idle.Where(lease => MachineAge.RenewAt(lease, settings.Times) <= now).ToList();
        var drifted = idle.Except(expired)
            .Select(lease => (Lease: lease, Difference: Difference(lease, settings, now)))
            .Where(one => one.Difference is not null)
            .Take(Math.Max(0, observed.RolloutBudget - Leaving(observed)));
        return
        [
            .. expired.Select(lease => (Lease: lease, Why: MachineAge.Why(lease, settings.Times))).Select(one => new LeaseDeletion(one.Lease, one.Why.Reason, one.Why.Message)),
            .. drifted.Select(one => new LeaseDeletion(one.Lease, RunnerLeaseReasons.Drifted, one.Difference!)),
        ];
    }

    /// <summary>
    /// Why the pool would not launch a lease's machine like this now, for users; null if it would, or if that is unknown.
    /// </summary>
    /// <remarks>Templates in two regions may have the same hash if they contain nothing region-specific.</remarks>
    public static string? Difference(V1Alpha1RunnerLease lease, PoolSettings settings, DateTimeOffset now) => lease.Status?.Launch switch
    {
        not null when settings.RotateAt is { } rotation && rotation <= now && lease.Status.Instance?.LaunchedAt < rotation =>
            $"idle since before the rotation of {rotation:yyyy-MM-ddTHH:mm:ssZ}",
        { TemplateHash: { } hash } when TemplateChoice.Of(lease, settings) is { Count: > 0 } known && known.All(one => one.Template is not null && one.Template.Hash != hash) =>
            "idle on an older launch template",
        { TemplateHash: not null } when LeaseAccounts.Resolve(lease, settings) != settings.Account => "idle in a region or account that the pool no longer uses",
        { TemplateHash: not null } => settings.Fit?.Difference(lease),
        _ => null,
    };

    /// <summary>The replaced leases that may be removed now.</summary>
    /// <param name="observed">The pool.</param>
    /// <param name="renewals">The leases to replace.</param>
    /// <param name="available">All available runners, including those to replace.</param>
    /// <param name="wanted">The desired number of runners.</param>
    public static IEnumerable<LeaseDeletion> Replaced(
        RunnerPoolObservation observed, IReadOnlyList<LeaseDeletion> renewals, IReadOnlyList<V1Alpha1RunnerLease> available, int wanted)
    {
        var serving = available.Count(lease => lease.Status is { IdleSince: not null } or { Job: not null });

        // A full pool has no capacity for a replacement: the old machine must be removed first.
        var ahead = observed.Leases.Count >= observed.Settings.MaxRunners
            ? Math.Max(1, observed.RolloutBudget) - Leaving(observed) - (available.Count - serving)
            : 0;
        return renewals.Take(Math.Max(serving - wanted, ahead));
    }

    /// <summary>When the next machine reaches maxAge; null for none.</summary>
    /// <param name="observed">The pool.</param>
    /// <param name="available">Runners that have not reached it.</param>
    public static TimeSpan? NextDue(RunnerPoolObservation observed, IEnumerable<V1Alpha1RunnerLease> available) => available
        .Select(lease => MachineAge.RenewAt(lease, observed.Settings.Times) - observed.Now)
        .Where(left => left > TimeSpan.Zero)
        .Min();

    private static int Leaving(RunnerPoolObservation observed) => observed.Leases.Count(lease => lease.Metadata.DeletionTimestamp is not null);
}

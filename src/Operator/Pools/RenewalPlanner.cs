using Operator.Aws.LaunchTemplates;
using Operator.Entities.Conditions;
using Operator.Entities.RunnerLeases;
using Operator.Leases;
using Operator.Settings;

namespace Operator.Pools;

/// <summary>
/// Decides which idle machines are renewed, because of their age or an older launch template, and when each may go: not before its
/// replacement serves. Pure.
/// </summary>
internal static class RenewalPlanner
{
    /// <summary>The idle runners to renew: all that have reached their age, and those of an older template at the pace of the budget.</summary>
    /// <param name="observed">The pool.</param>
    /// <param name="stock">Runners that nobody has taken and no job waits for.</param>
    public static IReadOnlyList<LeaseDeletion> Due(RunnerPoolObservation observed, IReadOnlyList<V1Alpha1RunnerLease> stock)
    {
        var (settings, now) = (observed.Settings, observed.Now);
        if (settings.IsPaused || settings.Template is not { } template)
        {
            return []; // nothing could take their place
        }

        var idle = stock.Where(lease => lease.Status is { IdleSince: not null, Job: null })
            .OrderBy(lease => lease.Status!.IdleSince).ThenBy(lease => lease.Metadata.Name, StringComparer.Ordinal).ToList();
        var expired = idle.Where(lease => MachineAge.RenewAt(lease, settings.Times.MaxAge) <= now).ToList();
        var drifted = idle.Except(expired)
            .Where(lease => Difference(lease, settings, template) is not null)
            .Take(Math.Max(0, observed.RolloutBudget - Leaving(observed)));
        return
        [
            .. expired.Select(lease => new LeaseDeletion(lease, RunnerLeaseReasons.Expired, MachineAge.Message(settings.Times.MaxAge))),
            .. drifted.Select(lease => new LeaseDeletion(lease, RunnerLeaseReasons.Drifted, Difference(lease, settings, template)!)),
        ];
    }

    // Regions may share a template's hash, as where neither names what only one of them has.
    private static string? Difference(V1Alpha1RunnerLease lease, PoolSettings settings, LaunchTemplateRef template) => lease.Status!.Launch switch
    {
        { TemplateHash: { } hash } when hash != template.Hash => "idle on an older launch template",
        { TemplateHash: not null } when LeaseAccounts.Of(lease, settings) != settings.Account => "idle in a region or account that the pool no longer uses",
        _ => null,
    };

    /// <summary>Those of the renewals that may go now.</summary>
    /// <param name="observed">The pool.</param>
    /// <param name="renewals">What is to be renewed.</param>
    /// <param name="stock">All runners that nobody has taken, the renewals among them.</param>
    /// <param name="wanted">How many runners the pool is to have.</param>
    public static IEnumerable<LeaseDeletion> Replaced(
        RunnerPoolObservation observed, IReadOnlyList<LeaseDeletion> renewals, IReadOnlyList<V1Alpha1RunnerLease> stock, int wanted)
    {
        var serving = stock.Count(lease => lease.Status is { IdleSince: not null } or { Job: not null });

        // A pool that is full has no room for a replacement: the old machine makes it.
        var ahead = observed.Leases.Count >= observed.Settings.MaxRunners
            ? Math.Max(1, observed.RolloutBudget) - Leaving(observed) - (stock.Count - serving)
            : 0;
        return renewals.Take(Math.Max(serving - wanted, ahead));
    }

    /// <summary>When the next machine reaches its age; null when none does.</summary>
    /// <param name="observed">The pool.</param>
    /// <param name="stock">Runners that have not reached it.</param>
    public static TimeSpan? NextDue(RunnerPoolObservation observed, IEnumerable<V1Alpha1RunnerLease> stock) => stock
        .Select(lease => MachineAge.RenewAt(lease, observed.Settings.Times.MaxAge) - observed.Now)
        .Where(left => left > TimeSpan.Zero)
        .Min();

    private static int Leaving(RunnerPoolObservation observed) => observed.Leases.Count(lease => lease.Metadata.DeletionTimestamp is not null);
}

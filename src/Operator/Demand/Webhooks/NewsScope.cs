using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerPools;
using Operator.GitHub;

namespace Operator.Demand.Webhooks;

/// <summary>
/// Which leases news of a job may concern: those of pools that its sender may speak for, whose runners are registered where they could run the
/// job. Pure.
/// </summary>
/// <param name="Site">Where the job belongs.</param>
/// <param name="Trust">For whom the sender may speak.</param>
internal sealed record NewsScope(JobSite Site, WebhookTrust Trust)
{
    public bool Covers(V1Alpha1RunnerPool pool, V1Alpha1RunnerLease lease) =>
        Trust.Covers(pool) && PlaceOf(pool, lease) is { } place && Site.IsBelow(place);

    /// <summary>Whether a lease may stand for another job of the same host: there a number means one job.</summary>
    public bool CoversHost(V1Alpha1RunnerPool pool, V1Alpha1RunnerLease lease) =>
        Trust.Covers(pool) && PlaceOf(pool, lease) is { } place && Site.IsAtHostOf(place);

    /// <summary>Where a lease's runner is registered, or will be.</summary>
    public static GitHubTarget? PlaceOf(V1Alpha1RunnerPool pool, V1Alpha1RunnerLease lease) =>
        GitHubTarget.TryParse(lease.Status?.Runner?.Url ?? pool.Spec.GitHub.Url, out var place, out _) ? place : null;
}

using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerPools;
using Operator.GitHub;
using Operator.Settings;

namespace Operator.Demand.Webhooks;

/// <summary>
/// The leases that a job event may affect: those of pools covered by the sender's secret whose runners are registered where they could run
/// the job. A renamed or transferred repository or organization has the pool's address by now, and runners keep their ids. Pure.
/// </summary>
/// <param name="Site">The job's repository.</param>
/// <param name="Trust">The pools that the sender may affect.</param>
internal sealed record EventScope(JobSite Site, WebhookTrust Trust)
{
    public bool Covers(V1Alpha1RunnerPool pool, V1Alpha1RunnerLease lease) =>
        Trust.Covers(pool) && TargetsOf(pool, lease).Any(Site.IsBelow);

    /// <summary>Whether a lease may be assigned another job of the same host, where job ids are unique.</summary>
    public bool CoversHost(V1Alpha1RunnerPool pool, V1Alpha1RunnerLease lease) =>
        Trust.Covers(pool) && TargetOf(pool, lease) is { } target && Site.IsAtHostOf(target);

    /// <summary>Where a lease's runner is registered, or will be.</summary>
    public static GitHubTarget? TargetOf(V1Alpha1RunnerPool pool, V1Alpha1RunnerLease lease) =>
        GitHubTarget.TryParse(lease.Status?.Runner?.Url ?? pool.Spec.GitHub?.Url, out var target, out _) ? target : null;

    private static IEnumerable<GitHubTarget> TargetsOf(V1Alpha1RunnerPool pool, V1Alpha1RunnerLease lease)
    {
        if (TargetOf(pool, lease) is not { } registered)
        {
            yield break;
        }

        yield return registered;
        if (PoolTargets.GitHubOf(pool) is { } current && current.Kind == registered.Kind && current.IsAtHostOf(registered))
        {
            yield return current;
        }
    }
}

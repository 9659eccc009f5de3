using Operator.Demand.Webhooks;
using Operator.Entities.RunnerPools;
using Operator.GitHub;
using Operator.GitHub.Runs;
using Operator.Leases;
using Operator.Settings;

namespace Operator.Reruns;

/// <summary>Reads a workflow run with lost jobs, with its pool's credentials.</summary>
internal sealed class RerunObserver(IStore<V1Alpha1RunnerPool> pools, PoolScopes scopes, WorkflowRuns runs, TimeProvider timeProvider)
{
    /// <summary>Takes the snapshot.</summary>
    /// <returns>Null if another pool with lost jobs of the same run acts for all of them.</returns>
    /// <exception cref="ProviderException">There are no credentials, or GitHub refuses or is unreachable.</exception>
    public async Task<RerunSighting?> ObserveAsync(V1Alpha1RunnerPool pool, LostRun run, CancellationToken cancellationToken)
    {
        var scope = await scopes.ReadGitHubAsync(pool, cancellationToken);
        var others = pools.List().Where(other => other.Metadata.Uid != pool.Metadata.Uid && SharesCredential(other, pool, scope.Target)).ToList();
        if (others.Any(other => other.Metadata.DeletionTimestamp is null && run.In(other).Any(LostJobs.IsOpen) && IsBefore(other, pool)))
        {
            return null;
        }

        // Although a lease's job comes from GitHub, only runs below the pool's own address are touched.
        var isOurs = JobSite.IsRepository(run.Repository) && JobSite.At(scope.Target, run.Repository).IsBelow(scope.Target);
        var snapshot = isOurs ? await runs.FindAsync(scope, run.Repository, run.Id, cancellationToken) : null;
        return new(
            scope,
            new(run.Own, [.. others.SelectMany(run.In), .. run.In(pool).Where(lost => !LostJobs.IsOpen(lost))], snapshot, pool.Spec.Rerun.Limit ?? 1, pool.Spec.Rerun.OnDemandFrom ?? 2, timeProvider.GetUtcNow()));
    }

    // Ignores tenants with other credentials: what those cannot see, they cannot rerun.
    private static bool SharesCredential(V1Alpha1RunnerPool other, V1Alpha1RunnerPool pool, GitHubTarget target) =>
        WebhookTrust.SecretOf(other) == WebhookTrust.SecretOf(pool) && PoolTargets.GitHubOf(other) is { } its && its.Equals(target);

    private static bool IsBefore(V1Alpha1RunnerPool one, V1Alpha1RunnerPool other) =>
        string.CompareOrdinal($"{one.Metadata.NamespaceProperty}/{one.Metadata.Name}", $"{other.Metadata.NamespaceProperty}/{other.Metadata.Name}") < 0;
}

/// <summary>The observation of a run, and where to act on it.</summary>
/// <param name="Scope">The target and credentials.</param>
/// <param name="Observation">The observation.</param>
internal sealed record RerunSighting(GitHubScope Scope, RerunObservation Observation);

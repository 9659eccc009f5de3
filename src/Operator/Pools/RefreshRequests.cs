using Operator.Aws.Images;
using Operator.Entities.RunnerPools;
using Operator.GitHub.Registrations;
using Operator.Settings;

namespace Operator.Pools;

/// <summary>A pool that is asked to look around now forgets what it knows of its image and of the runner's versions; the pass that the request causes asks anew.</summary>
internal sealed class RefreshRequests(ImageProvider images, RunnerReleases releases)
{
    /// <summary>Takes in a change of a pool, before its pass.</summary>
    public void Notice(V1Alpha1RunnerPool? before, V1Alpha1RunnerPool? after)
    {
        if (before is null || after is null || RequestOf(before) == RequestOf(after))
        {
            return;
        }

        images.Forget(PoolQueries.AccountOf(after.Spec.Launch));
        if (PoolTargets.GitHubOf(after) is { } target)
        {
            releases.Forget(target);
        }
    }

    /// <summary>The request that a pool bears; null for none.</summary>
    public static string? RequestOf(V1Alpha1RunnerPool pool) => pool.Metadata.Annotations?.GetValueOrDefault(Annotations.Refresh);
}

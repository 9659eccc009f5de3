using Operator.Entities.ResourceClasses;
using Operator.Entities.RunnerPools;
using Operator.GitHub;
using Operator.GitHub.Rest;
using Operator.Settings;

namespace Operator.Demand.Webhooks;

/// <summary>A pool with webhook demand, and the labels it serves. Pure.</summary>
/// <param name="Pool">The pool.</param>
/// <param name="Target">Where it registers.</param>
/// <param name="Labels">What its runners are registered with.</param>
internal sealed record ServingPool(V1Alpha1RunnerPool Pool, GitHubTarget Target, IReadOnlySet<string> Labels)
{
    public NamespacedName Key { get; } = NamespacedName.From(Pool);

    /// <summary>Whether it competes with pools of other Secrets: only if GitHub has accepted its credentials for its target.</summary>
    public bool IsAccepted => AcceptedCredentials.Has(Pool);

    /// <summary>The pool as webhooks see it; null when it takes its demand from elsewhere.</summary>
    public static ServingPool? From(V1Alpha1RunnerPool pool, IEnumerable<V1Alpha1ResourceClass> classes)
    {
        var gitHub = pool.Spec.GitHub;
        return gitHub is { Demand: DemandSource.Webhook, Labels.Count: > 0 } && pool.Metadata.DeletionTimestamp is null
            && GitHubTarget.TryParse(gitHub.Url, out var target, out _)
            ? new(pool, target, RunnerLabels.ForWebhooks(pool, classes).ToHashSet(StringComparer.OrdinalIgnoreCase))
            : null;
    }

    /// <summary>
    /// The pool that serves a job. GitHub gives a job to any runner that has all of its labels; of the pools that have them, or may create
    /// a machine with them (<c>spec.jobOverrides</c>), the one registered nearest (repository, organization, enterprise) wins, then the one
    /// with the fewest labels, then the first by namespace and name.
    /// </summary>
    public static ServingPool? Choose(IEnumerable<ServingPool> pools, JobSite site, IReadOnlyList<string> labels) =>
        labels.Count == 0 ? null : pools
            .Where(pool => pool.Serves(labels) && site.IsBelow(pool.Target))
            .OrderBy(pool => pool.Target.Kind)
            .ThenBy(pool => pool.Labels.Count)
            .ThenBy(pool => pool.Key)
            .FirstOrDefault();

    // Labels that its runners do not have must be ones that choose a machine.
    private bool Serves(IReadOnlyList<string> labels) => JobOverrides.Allows([.. labels.Where(label => !Labels.Contains(label))], Pool.Spec.JobOverrides, Pool.Spec.GitHub?.SelfLabels?.Contains(SelfLabel.UsageClass) == true);

    /// <summary>The pool that gets every job of this one, if any; pools with the same URL and labels differ only by name.</summary>
    public ServingPool? Rival(IEnumerable<ServingPool> pools) =>
        pools.Where(other => other.Key != Key && other.IsAccepted && other.Target.Equals(Target) && other.Labels.SetEquals(Labels)).MinBy(other => other.Key);
}

/// <summary>The current pools with webhook demand.</summary>
internal sealed class ServingPools(IStore<V1Alpha1RunnerPool> pools, IStore<V1Alpha1ResourceClass> classes)
{
    public IReadOnlyList<ServingPool> List()
    {
        var known = classes.List();
        return [.. pools.List().Select(pool => ServingPool.From(pool, known)).OfType<ServingPool>()];
    }

    /// <summary>The pool that a job gets its runner from, among those covered by the trust.</summary>
    public V1Alpha1RunnerPool? Choose(GitHubJob job, JobSite site, WebhookTrust trust) =>
        ServingPool.Choose(List().Where(pool => trust.Covers(pool.Pool) && (trust.IsOfOne || pool.IsAccepted)), site, job.Labels)?.Pool;

    public ServingPool? Find(NamespacedName key) => pools.Get(key) is { } pool ? ServingPool.From(pool, classes.List()) : null;
}

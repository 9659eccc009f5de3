using Operator.Entities.RunnerPools;
using Operator.GitLab;
using Operator.GitLab.Rest;
using Operator.Settings;

namespace Operator.Demand.PendingJobs;

/// <summary>A pool of a GitLab whose pending jobs are looked for. Pure.</summary>
/// <param name="Pool">The pool.</param>
/// <param name="Target">Where its runners are created.</param>
/// <param name="Tags">The tags that its runners have, as far as they are known before a machine is.</param>
internal sealed record PendingJobPool(V1Alpha1RunnerPool Pool, GitLabTarget Target, IReadOnlySet<string> Tags)
{
    public NamespacedName Key { get; } = NamespacedName.From(Pool);

    /// <summary>The Secret with its token.</summary>
    public NamespacedName Secret { get; } = PoolTargets.SecretOf(Pool);

    /// <summary>The projects that are looked at; null for all of its target.</summary>
    public IReadOnlyList<string>? Projects { get; } = Pool.Spec.GitLab?.Projects is { Count: > 0 } named ? named : null;

    /// <summary>The pool as the check sees it; null when it takes its demand from elsewhere.</summary>
    public static PendingJobPool? From(V1Alpha1RunnerPool pool) =>
        pool.Metadata.DeletionTimestamp is null && pool.Spec is { GitHub: null, GitLab: { Demand: not GitLabDemand.LeasesOnly } }
        && PoolTargets.TryParse(pool.Spec, out var target, out _)
            ? new(pool, (GitLabTarget)target, PoolTargets.LabelsOf(pool).Concat(OfUsageClass(pool.Spec)).ToHashSet(StringComparer.Ordinal))
            : null;

    /// <summary>
    /// The pool that a pending job gets its runner from: of those whose runners have all of its tags, the one created nearest (project, group, instance) wins, then the one with the fewest tags, then the first by
    /// namespace and name.
    /// </summary>
    public static PendingJobPool? Choose(IEnumerable<PendingJobPool> pools, string project, GitLabJob job) => pools
        .Where(pool => pool.Sees(project) && pool.Serves(job))
        .OrderBy(pool => pool.Target.Kind)
        .ThenBy(pool => pool.Tags.Count)
        .ThenBy(pool => pool.Key)
        .FirstOrDefault();

    /// <summary>Whether the pending jobs of a project are looked at for this pool.</summary>
    public bool Sees(string project) => Target.Covers(project) && Projects?.Contains(project, StringComparer.OrdinalIgnoreCase) != false;

    private bool Serves(GitLabJob job) => job.TagList.Count == 0 ? Pool.Spec.GitLab!.RunUntagged == true : job.TagList.All(Tags.Contains);

    private static IEnumerable<string> OfUsageClass(RunnerPoolSpec spec) =>
        !PoolTargets.SelfLabelsOf(spec).Contains(SelfLabel.UsageClass) ? []
        : spec.Purchasing.UsageClass is null or UsageClass.Spot ? [SelfLabels.Spot] : [SelfLabels.OnDemand];
}

/// <summary>Pools whose pending jobs one check finds.</summary>
/// <param name="Pools">The pools: of one target, with one token and the same list of projects.</param>
internal sealed record PendingJobTarget(IReadOnlyList<PendingJobPool> Pools)
{
    /// <summary>Least time between two checks.</summary>
    public static readonly TimeSpan ShortestInterval = TimeSpan.FromSeconds(15);

    /// <summary>Where.</summary>
    public GitLabTarget Target => Pools[0].Target;

    /// <summary>The projects that are named; null for all of the target.</summary>
    public IReadOnlyList<string>? Projects => Pools[0].Projects;

    /// <summary>Identifies the target.</summary>
    public string Key => KeyOf(Pools[0]);

    /// <summary>Time between two checks: a call for each project, of which a token has some hundred a minute.</summary>
    public TimeSpan Interval => Projects is { Count: > 15 } many ? TimeSpan.FromSeconds(many.Count) : ShortestInterval;

    public static IEnumerable<PendingJobTarget> Group(IEnumerable<PendingJobPool> pools) => pools.GroupBy(KeyOf, StringComparer.Ordinal).Select(same => new PendingJobTarget([.. same]));

    public static string KeyOf(PendingJobPool pool) =>
        $"{pool.Target.WebUrl.AbsoluteUri.ToUpperInvariant()} {pool.Target.Kind} as {pool.Secret}: {string.Join(' ', pool.Projects?.Order(StringComparer.Ordinal) ?? Enumerable.Empty<string>())}";
}

using Operator.GitHub;

namespace Operator.Demand.Webhooks;

/// <summary>Pools that see the same jobs: one query to GitHub serves all of them.</summary>
/// <param name="Target">Where they register.</param>
/// <param name="Secret">The Secret with their credentials.</param>
/// <param name="Pools">The pools.</param>
internal sealed record ResyncTarget(GitHubTarget Target, NamespacedName Secret, IReadOnlyList<ServingPool> Pools)
{
    /// <summary>What answers from here may affect: the pools with the Secret used for the query.</summary>
    public WebhookTrust Trust { get; } = new(new HashSet<NamespacedName> { Secret });

    /// <summary>Identifies the target.</summary>
    public string Key { get; } = KeyOf(Target, Secret);

    public static IEnumerable<ResyncTarget> Group(IEnumerable<ServingPool> pools) => pools
        .GroupBy(pool => (pool.Target, Secret: WebhookTrust.SecretOf(pool.Pool)))
        .Select(same => new ResyncTarget(same.Key.Target, same.Key.Secret, [.. same]));

    public static string KeyOf(ServingPool pool) => KeyOf(pool.Target, WebhookTrust.SecretOf(pool.Pool));

    /// <summary>The site of a repository found here.</summary>
    public JobSite SiteOf(string repository) => JobSite.At(Target, repository);

    /// <summary>Whether a text names a repository whose jobs this target's runners can run.</summary>
    public bool Has(string repository) => JobSite.IsRepository(repository) && SiteOf(repository).IsBelow(Target);

    private static string KeyOf(GitHubTarget target, NamespacedName secret) => $"{target.WebUrl.AbsoluteUri.ToUpperInvariant()} as {secret}";
}

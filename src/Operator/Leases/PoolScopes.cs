using Operator.Entities.Conditions;
using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerPools;
using Operator.Forges;
using Operator.GitHub;
using Operator.GitLab;
using Operator.Settings;

namespace Operator.Leases;

/// <summary>Where a pool's runners are registered, with its current credentials.</summary>
internal sealed class PoolScopes(IStore<V1Alpha1RunnerPool> pools, CredentialsReader credentials, GitHubHosts hosts)
{
    /// <summary>The scope of a pool.</summary>
    /// <exception cref="ProviderException">The pool, its secret or a key in it is missing or malformed.</exception>
    public async Task<RunnerScope> ReadAsync(NamespacedName key, CancellationToken cancellationToken)
    {
        var pool = pools.Get(key) ?? throw new ProviderException(RunnerLeaseReasons.PoolNotFound, $"the RunnerPool '{key}' does not exist");
        return await ReadAsync(pool, cancellationToken);
    }

    /// <summary>Where a pool's next runner is registered: at the pool's address, or where its scale set is.</summary>
    /// <exception cref="ProviderException">The pool, its secret or a key in it is missing or malformed; or the scale set is on the pool's previous host.</exception>
    public async Task<RunnerScope> ForRegistrationAsync(NamespacedName key, bool isInScaleSet, CancellationToken cancellationToken)
    {
        var scope = await ReadAsync(key, cancellationToken);
        return isInScaleSet && pools.Get(key)?.Status?.ScaleSet?.Url is { } url ? scope.At(url) ?? throw HostChanged(url, scope) : scope;
    }

    /// <summary>The scope of a pool at another target, where it has or had its scale set.</summary>
    /// <exception cref="ProviderException">As for <see cref="ReadAsync(V1Alpha1RunnerPool, CancellationToken)"/>; or the target is on a host that the pool no longer uses.</exception>
    public async Task<GitHubScope> AtAsync(V1Alpha1RunnerPool pool, GitHubTarget other, CancellationToken cancellationToken)
    {
        var scope = await ReadGitHubAsync(pool, cancellationToken);
        return other.IsAtHostOf(scope.Target) ? scope.At(other) : throw HostChanged(other.WebUrl.AbsoluteUri, scope);
    }

    /// <summary>The scope of a pool, for what only GitHub has.</summary>
    /// <exception cref="ProviderException">The pool is one of a GitLab; or as for <see cref="ReadAsync(V1Alpha1RunnerPool, CancellationToken)"/>.</exception>
    public async Task<GitHubScope> ReadGitHubAsync(V1Alpha1RunnerPool pool, CancellationToken cancellationToken) =>
        await ReadAsync(pool, cancellationToken) as GitHubScope ?? throw new ProviderException(RunnerPoolReasons.NotOfGitLab, $"the RunnerPool '{NamespacedName.From(pool)}' is one of a GitLab, which has no such thing");

    /// <summary>Whether a lease's runner is registered on a host that its pool no longer uses.</summary>
    public bool HasOtherHost(V1Alpha1RunnerLease lease) =>
        PoolTargets.TryParse(pools.Get(LeaseIndexes.PoolOf(lease))?.Spec, out var target, out _)
        && Uri.TryCreate(lease.Status?.Runner?.Url, UriKind.Absolute, out var other) && !target.WebUrl.Authority.Equals(other.Authority, StringComparison.OrdinalIgnoreCase);

    /// <summary>The scope of a pool.</summary>
    /// <exception cref="ProviderException">Its URL is malformed or of a host that gets no credentials; its secret or a key in it is missing or malformed.</exception>
    public Task<RunnerScope> ReadAsync(V1Alpha1RunnerPool pool, CancellationToken cancellationToken) => ReadAsync(pool, maxAge: null, cancellationToken);

    /// <summary>The scope of a pool, with recently read credentials.</summary>
    /// <param name="pool">The pool.</param>
    /// <param name="maxAge">Maximum age of the last read of its Secret; null for the default.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="ProviderException">As for <see cref="ReadAsync(V1Alpha1RunnerPool, CancellationToken)"/>.</exception>
    public async Task<RunnerScope> ReadAsync(V1Alpha1RunnerPool pool, TimeSpan? maxAge, CancellationToken cancellationToken)
    {
        if (!PoolTargets.TryParse(pool.Spec, out var target, out var problem))
        {
            throw new ProviderException(RunnerPoolReasons.InvalidUrl, problem);
        }

        hosts.Demand(target);
        var secret = PoolTargets.SecretOf(pool);
        var read = pool.Metadata.DeletionTimestamp is null
            ? credentials.ReadAsync(secret, target, maxAge, cancellationToken)
            : credentials.ReadLastAsync(secret, target, cancellationToken);
        return (target, await read) switch
        {
            (GitHubTarget gitHub, GitHubCredentials own) => new GitHubScope(gitHub, own, pool.Spec.GitHub?.RunnerGroup ?? DefaultRunnerGroup.Name),
            (GitLabTarget gitLab, GitLabCredentials own) => GitLabScopeOf(pool.Spec.GitLab!, gitLab, own),
            _ => throw new NotSupportedException(target.Forge.ToString()),
        };
    }

    private static GitLabScope GitLabScopeOf(GitLabSpec spec, GitLabTarget target, GitLabCredentials own) => new(target, own)
    {
        RunUntagged = spec.RunUntagged == true,
        Locked = spec.Locked != false,
        Protected = spec.Protected == true,
    };

    /// <summary>
    /// The scope of a lease's pool where its runner is registered, even if the pool has another address now. Null if GitHub cannot be
    /// called there and a drain continues without it: the pool or its secret is gone, or its credentials are for another host.
    /// </summary>
    public async Task<PoolScope?> FindAsync(V1Alpha1RunnerLease lease, CancellationToken cancellationToken)
    {
        if (pools.Get(LeaseIndexes.PoolOf(lease)) is not { } pool)
        {
            return null;
        }

        try
        {
            var isReusable = pool.Spec.Runner?.Lifecycle == RunnerLifecycle.Reusable;
            var scope = await ReadAsync(pool, cancellationToken);
            return scope.At(lease.Status?.Runner?.Url) is { } own
                ? new(own, pool.Metadata.Uid!, isReusable, IsLeft: !own.Target.Equals(scope.Target)) { Current = scope, ScaleSetId = ScaleSetAt(scope, pool) }
                : null;
        }
        catch (ProviderException e) when (e is CredentialsMissingException || e.Reason == GitHubHosts.NotAllowed)
        {
            return null;
        }
    }

    private static long? ScaleSetAt(RunnerScope scope, V1Alpha1RunnerPool pool) =>
        pool.Status?.ScaleSet is { Url: { } url } known && GitHubTarget.TryParse(url, out var target, out _) && target.Equals(scope.Target) ? known.Id : null;

    private static ProviderException HostChanged(string left, RunnerScope scope) => new(
        RunnerPoolReasons.HostChanged, $"the pool's credentials are now for {scope.Target.WebUrl.Authority}: registrations at {left} are left to GitHub");
}

/// <summary>A pool's scope, and what its runner names are computed from.</summary>
/// <param name="Scope">Where its runners are registered.</param>
/// <param name="Uid">The pool's UID.</param>
/// <param name="IsReusable">Whether its machines serve several registrations.</param>
/// <param name="IsLeft">Whether this is a former target of the pool, which is no longer listed regularly.</param>
internal sealed record PoolScope(RunnerScope Scope, string Uid, bool IsReusable, bool IsLeft)
{
    /// <summary>The pool's address as its spec has it now.</summary>
    public required RunnerScope Current { get; init; }

    /// <summary>The pool's scale set there.</summary>
    public long? ScaleSetId { get; init; }
}

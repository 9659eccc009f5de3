using Operator.Clients.GitHub;
using Operator.Controllers.RunnerLeases;
using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerPools;
using Operator.Providers.Registrations;

namespace Operator.Controllers.RunnerPools;

/// <summary>Where a pool's runners are registered, with the credentials of the moment.</summary>
internal sealed class PoolScopes(IStore<V1Alpha1RunnerPool> pools, CredentialsReader credentials, GitHubHosts hosts)
{
    /// <summary>The scope of a pool.</summary>
    /// <exception cref="ProviderException">The pool, its secret or a key in it is missing or malformed.</exception>
    public async Task<RunnerScope> OfAsync(NamespacedName key, CancellationToken cancellationToken)
    {
        var pool = pools.Get(key) ?? throw new ProviderException("PoolNotFound", $"the RunnerPool '{key}' does not exist");
        return await OfAsync(pool, cancellationToken);
    }

    /// <summary>Where a runner of a pool is registered next: at the pool's address, or where its scale set is.</summary>
    /// <exception cref="ProviderException">The pool, its secret or a key in it is missing or malformed.</exception>
    public async Task<RunnerScope> ForRegistrationAsync(NamespacedName key, bool isInScaleSet, CancellationToken cancellationToken)
    {
        var scope = await OfAsync(key, cancellationToken);
        return isInScaleSet ? At(pools.Get(key)?.Status?.ScaleSet?.Url, scope) : scope;
    }

    /// <summary>The scope of a pool.</summary>
    /// <exception cref="ProviderException">Its URL is malformed or of a host that gets no credentials; its secret or a key in it is missing or malformed.</exception>
    public async Task<RunnerScope> OfAsync(V1Alpha1RunnerPool pool, CancellationToken cancellationToken)
    {
        if (!GitHubTarget.TryParse(pool.Spec.GitHub.Url ?? "", out var target, out var problem))
        {
            throw new ProviderException("InvalidUrl", $"spec.github.url: {problem}");
        }

        hosts.Demand(target);
        var secret = new NamespacedName(pool.Metadata.NamespaceProperty ?? "", pool.Spec.GitHub.CredentialsSecretName ?? "");
        return new(target, await credentials.ReadAsync(secret, cancellationToken), pool.Spec.GitHub.RunnerGroup ?? DefaultRunnerGroup.Name);
    }

    /// <summary>The scope of a lease's pool, where its runner is registered, though the pool may have another address now; null when the pool or its secret is gone, so that a drain can go on without GitHub.</summary>
    public async Task<PoolScope?> FindAsync(V1Alpha1RunnerLease lease, CancellationToken cancellationToken)
    {
        if (pools.Get(LeaseIndexes.PoolOf(lease)) is not { } pool)
        {
            return null;
        }

        try
        {
            var isReusable = pool.Spec.Runner?.Lifecycle == RunnerLifecycle.Reusable;
            var scope = await OfAsync(pool, cancellationToken);
            var own = At(lease.Status?.Runner?.Url, scope);
            return new(own, pool.Metadata.Uid!, isReusable, IsLeft: !own.Target.Equals(scope.Target));
        }
        catch (CredentialsMissingException)
        {
            return null;
        }
    }

    private static RunnerScope At(string? url, RunnerScope scope) =>
        url is not null && GitHubTarget.TryParse(url, out var target, out _) ? scope with { Target = target } : scope;
}

/// <summary>A pool's scope and what names its runners.</summary>
/// <param name="Scope">Where its runners are registered.</param>
/// <param name="Uid">The pool's UID.</param>
/// <param name="IsReusable">Whether its machines serve several registrations.</param>
/// <param name="IsLeft">Whether the pool has another address now, so that nothing lists this place regularly.</param>
internal sealed record PoolScope(RunnerScope Scope, string Uid, bool IsReusable, bool IsLeft);

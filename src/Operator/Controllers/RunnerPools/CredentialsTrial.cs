using Operator.Entities.RunnerPools;
using Operator.Providers.Registrations;

namespace Operator.Controllers.RunnerPools;

/// <summary>Finds out whether GitHub takes a pool's credentials.</summary>
internal sealed class CredentialsTrial(PoolScopes scopes, IRunnerRegistry registry)
{
    /// <summary>The sweeps list the runners more often than this, so that to look is free.</summary>
    private static readonly TimeSpan ListAge = TimeSpan.FromMinutes(1);

    /// <exception cref="ProviderException">The credentials lack, or GitHub refuses them.</exception>
    public async Task TryAsync(V1Alpha1RunnerPool pool, CancellationToken cancellationToken)
    {
        var scope = await scopes.OfAsync(pool, cancellationToken);
        await registry.ListAsync(scope, ListAge, cancellationToken);
    }
}

using Operator.Entities.RunnerLeases;
using Operator.Forges;

namespace Operator.Leases;

/// <summary>
/// Calls GitHub about a lease's runner at the address where it was registered, or at the pool's address if the target was renamed or
/// transferred (ids stay the same), and records the new address in the lease's status.
/// </summary>
internal static class RunnerAddress
{
    /// <summary>Makes a call at the right address.</summary>
    /// <param name="registry">Tells whether a runner exists at the pool's address.</param>
    /// <param name="lease">The lease; its status may change.</param>
    /// <param name="pool">Its pool.</param>
    /// <param name="askAsync">The call.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="ProviderException">GitHub refuses, or cannot be reached.</exception>
    public static async Task<T> CallAsync<T>(
        IRunnerRegistry registry, V1Alpha1RunnerLease lease, PoolScope pool, Func<RunnerScope, Task<T>> askAsync, CancellationToken cancellationToken)
    {
        var current = pool.Current.Target.WebUrl.AbsoluteUri;
        var isLeft = pool.IsLeft && lease.Status?.Runner?.Url != current;
        try
        {
            return await askAsync(isLeft ? pool.Scope : pool.Current);
        }
        catch (RegistryException e) when (isLeft && (e.HasMoved || e.IsNotFound))
        {
            if (!await IsAtCurrentAsync(registry, lease.Status!.Runner!, pool, cancellationToken))
            {
                throw;
            }

            lease.Status.Runner!.Url = current;
            return await askAsync(pool.Current);
        }
    }

    // Requires proof that both addresses are the same repository or organization: a runner not found at another address may be running a
    // job at its own.
    private static async Task<bool> IsAtCurrentAsync(IRunnerRegistry registry, LeasedRunner runner, PoolScope pool, CancellationToken cancellationToken) =>
        (runner.ScaleSetId is { } scaleSet && scaleSet == pool.ScaleSetId)
        || (runner.Id is { } id && await registry.FindAsync(pool.Current, id, cancellationToken) is { } found && found.Name == runner.Name);
}

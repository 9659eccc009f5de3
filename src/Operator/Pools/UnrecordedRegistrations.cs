using Operator.Entities.Conditions;
using Operator.Entities.RunnerPools;
using Operator.Forges;
using Operator.Leases;

namespace Operator.Pools;

/// <summary>
/// Removes registrations of a pool that no lease records, created by two concurrent leaders or before a crash. Once the pool is gone, the
/// sweep no longer covers their target.
/// </summary>
internal sealed class UnrecordedRegistrations(PoolScopes scopes, IRunnerRegistry registry, ClusterIdentity cluster)
{
    /// <exception cref="ProviderException">Something remains; retrying may help.</exception>
    public async Task RemoveAsync(V1Alpha1RunnerPool pool, CancellationToken cancellationToken)
    {
        try
        {
            await RemoveListedAsync(await scopes.ReadAsync(pool, cancellationToken), pool, cancellationToken);
        }
        catch (ProviderException) when (WasNeverAccepted(pool))
        {
            // Nothing was ever registered with such a credential; waiting for a better one would block the pool needlessly.
        }
    }

    private static bool WasNeverAccepted(V1Alpha1RunnerPool pool) =>
        pool.Status?.LaunchTemplate is null && ConditionList.Find(pool.Status?.Conditions, RunnerPoolConditions.CredentialsReady)?.Status is "False" or "Unknown";

    private async Task RemoveListedAsync(RunnerScope scope, V1Alpha1RunnerPool pool, CancellationToken cancellationToken)
    {
        var list = await registry.ListAsync(scope, TimeSpan.Zero, cancellationToken);
        List<string> busy = [];
        ProviderException? failure = null;
        foreach (var runner in list.ById.Values.Where(runner => RunnerNames.IsOurs(cluster.Id, [pool.Metadata.Uid!], runner.Name) is not null))
        {
            try
            {
                if (await registry.RemoveAsync(scope, runner.Id, cancellationToken) == RemovalOutcome.Busy)
                {
                    busy.Add(runner.Name);
                }
            }
            catch (ProviderException e)
            {
                failure ??= e; // the others may still be removable
            }
        }

        if (busy.Count > 0 || failure is not null)
        {
            throw failure ?? new ProviderException(RunnerPoolReasons.RunnersLeft, $"{scope.Target.Forge} still reports the runner {busy[0]} as busy{(busy.Count > 1 ? $", and {busy.Count - 1} others" : "")}");
        }
    }
}

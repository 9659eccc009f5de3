using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerPools;
using Operator.Leases;

namespace Operator.Pools;

/// <summary>Applies a pool's plan: creates and deletes leases.</summary>
internal sealed class RunnerPoolActuator(IKubernetesClient client, IStore<V1Alpha1RunnerLease> leases, PoolGroups groups, IEventRecorder events)
{
    /// <summary>Concurrent writes: enough to use the API server well without overloading it.</summary>
    private const int Parallelism = 16;

    /// <summary>
    /// Applies a plan. Once a write is refused, no further one of its kind is attempted, because it would be refused too.
    /// </summary>
    /// <returns>The first refusal; null if everything was applied.</returns>
    public async Task<RequestRefusedException?> ApplyAsync(V1Alpha1RunnerPool pool, RunnerPoolPlan plan, CancellationToken cancellationToken)
    {
        var deletions = await ForEachAsync(plan.Deletes, DeleteAsync, cancellationToken);
        var creations = await ForEachAsync(
            [
                .. plan.Creates.Select((name, index) => LeaseFactory.Create(pool, name, plan.OnDemand.ElementAtOrDefault(index))),
                .. plan.Standby is { } standby ? [LeaseFactory.CreateStandby(pool, standby.Name, standby.Tier)] : Array.Empty<V1Alpha1RunnerLease>(),
            ],
            CreateAsync,
            cancellationToken);
        return creations ?? deletions;
    }

    /// <summary>Brings the pool's Auto Scaling group, if it has one, to what its leases need.</summary>
    /// <returns>When to look again.</returns>
    public Task<TimeSpan?> SizeGroupAsync(PoolPreconditions prepared, CancellationToken cancellationToken) =>
        groups.ApplyAsync(prepared, leases.OfPool(NamespacedName.From(prepared.Pool)), cancellationToken);

    private static async Task<RequestRefusedException?> ForEachAsync<T>(
        IReadOnlyList<T> items, Func<T, CancellationToken, Task> writeAsync, CancellationToken cancellationToken)
    {
        RequestRefusedException? refused = null;
        var options = new ParallelOptions { MaxDegreeOfParallelism = Parallelism, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(items, options, async (item, token) =>
        {
            try
            {
                await (Volatile.Read(ref refused) is null ? writeAsync(item, token) : Task.CompletedTask);
            }
            catch (KubernetesApiException e) when (RequestRefusedException.Is(e))
            {
                Interlocked.CompareExchange(ref refused, new(RequestRefusedException.Leases, e), null);
            }
        });
        return refused;
    }

    private async Task CreateAsync(V1Alpha1RunnerLease lease, CancellationToken cancellationToken)
    {
        try
        {
            leases.Upsert(await client.CreateAsync(lease, cancellationToken));
        }
        catch (KubernetesApiException e) when (e.IsAlreadyExists)
        {
            // Names are slots: this one is already taken, and the cache will show it soon.
        }
    }

    private async Task DeleteAsync(LeaseDeletion deletion, CancellationToken cancellationToken)
    {
        var metadata = deletion.Lease.Metadata;
        try
        {
            var exactly = new DeleteOptions(metadata.Uid, metadata.ResourceVersion);
            if (await client.DeleteAsync<V1Alpha1RunnerLease>(NamespacedName.From(deletion.Lease), exactly, cancellationToken) is { } leaving)
            {
                leases.Upsert(leaving); // the next reconcile must not decide on it again
            }

            events.Publish(deletion.Lease, EventType.Normal, deletion.Reason, deletion.Message);
        }
        catch (KubernetesApiException e) when (e.IsConflict)
        {
            // It has changed since it was observed and may have taken a job: the next reconcile decides.
        }
    }
}

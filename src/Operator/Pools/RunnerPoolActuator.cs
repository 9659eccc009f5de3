using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerPools;
using Operator.Leases;

namespace Operator.Pools;

/// <summary>Creates and deletes leases as a pool's plan says.</summary>
internal sealed class RunnerPoolActuator(IKubernetesClient client, IStore<V1Alpha1RunnerLease> leases, IEventRecorder events)
{
    /// <summary>How many writes are under way at once: enough to fill the API server, few enough to leave it room.</summary>
    private const int Parallelism = 16;

    /// <summary>Does what a plan says. Once a write is refused, no further one of its sort is tried: it would be refused, too.</summary>
    /// <returns>Why something was not done; null when all was.</returns>
    public async Task<RequestRefusedException?> ApplyAsync(V1Alpha1RunnerPool pool, RunnerPoolPlan plan, CancellationToken cancellationToken)
    {
        var deletions = await ForEachAsync(plan.Deletes, DeleteAsync, cancellationToken);
        var creations = await ForEachAsync(plan.Creates, (name, token) => CreateAsync(pool, name, token), cancellationToken);
        return creations ?? deletions;
    }

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

    private async Task CreateAsync(V1Alpha1RunnerPool pool, string name, CancellationToken cancellationToken)
    {
        try
        {
            leases.Upsert(await client.CreateAsync(LeaseFactory.Create(pool, name), cancellationToken));
        }
        catch (KubernetesApiException e) when (e.IsAlreadyExists)
        {
            // The name is a slot: somebody has filled it, and the cache will show it soon.
        }
    }

    private async Task DeleteAsync(LeaseDeletion deletion, CancellationToken cancellationToken)
    {
        var metadata = deletion.Lease.Metadata;
        try
        {
            var exactly = new DeleteOptions(metadata.Uid, metadata.ResourceVersion);
            if (await client.DeleteAsync<V1Alpha1RunnerLease>(NamespacedName.Of(deletion.Lease), exactly, cancellationToken) is { } leaving)
            {
                leases.Upsert(leaving); // the next pass must not decide on it again
            }

            events.Publish(deletion.Lease, EventType.Normal, deletion.Reason, deletion.Message);
        }
        catch (KubernetesApiException e) when (e.IsConflict)
        {
            // It has changed since it was observed, perhaps taken a job: the next pass decides anew.
        }
    }
}

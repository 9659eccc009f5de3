using System.Text.Json;
using System.Text.Json.Nodes;
using Operator.Entities.RunnerPools;

namespace Operator.Leases;

/// <summary>Writes the record of lost jobs to their pool's status, conditional on the version that was read.</summary>
internal sealed class LostJobRecords(IKubernetesClient client, IStore<V1Alpha1RunnerPool> pools)
{
    /// <summary>Each conflict means that another writer made progress.</summary>
    private const int MostConflicts = 10;

    /// <summary>Changes the current record; does nothing if the pool is gone or the record would not change.</summary>
    /// <param name="key">The pool.</param>
    /// <param name="uid">Its UID: a pool of the same name may be a different one.</param>
    /// <param name="change">Computes the new record; returns its argument for no change.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>Whether the record now is as requested.</returns>
    /// <exception cref="KubernetesApiException">The API server refuses the write or is unavailable.</exception>
    public async Task<bool> ChangeAsync(
        NamespacedName key, string uid, Func<IReadOnlyList<LostJobStatus>, IReadOnlyList<LostJobStatus>> change, CancellationToken cancellationToken)
    {
        var pool = pools.Get(key);
        for (var conflicts = 0; pool?.Metadata.Uid == uid; conflicts++)
        {
            var record = pool!.Status?.LostJobs ?? [];
            var changed = change(record);
            if (ReferenceEquals(changed, record))
            {
                return true;
            }

            try
            {
                pools.Upsert(await client.PatchAsync<V1Alpha1RunnerPool>(key, PatchOf(pool, changed), "status", cancellationToken));
                return true;
            }
            catch (KubernetesApiException e) when (e.IsConflict && conflicts < MostConflicts)
            {
                pool = await client.GetAsync<V1Alpha1RunnerPool>(key, cancellationToken);
                if (pool is not null)
                {
                    pools.Upsert(pool);
                }
            }
            catch (KubernetesApiException e) when (e.IsNotFound)
            {
                return false;
            }
        }

        return false;
    }

    private JsonObject PatchOf(V1Alpha1RunnerPool pool, IReadOnlyList<LostJobStatus> record) => new()
    {
        ["metadata"] = new JsonObject { ["uid"] = pool.Metadata.Uid, ["resourceVersion"] = pool.Metadata.ResourceVersion },
        ["status"] = new JsonObject { ["lostJobs"] = record.Count == 0 ? null : JsonSerializer.SerializeToNode(record.ToList(), client.SerializerOptions) },
    };
}

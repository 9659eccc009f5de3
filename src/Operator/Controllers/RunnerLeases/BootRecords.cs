using System.Text.Json;
using System.Text.Json.Nodes;
using Operator.Controllers.RunnerPools;
using Operator.Entities.RunnerPools;

namespace Operator.Controllers.RunnerLeases;

/// <summary>Writes failed boots into the status of their pool: the lease that failed is about to go.</summary>
internal sealed class BootRecords(IKubernetesClient client, IStore<V1Alpha1RunnerPool> pools)
{
    /// <summary>Each conflict means that somebody else has made progress.</summary>
    private const int MostConflicts = 10;

    /// <summary>Adds a failure, once for each instance; nothing where the pool is gone or has another launch template now.</summary>
    /// <exception cref="KubernetesApiException">The API server refuses the write; the lease stays and its next pass tries again.</exception>
    public async Task AddFailureAsync(
        NamespacedName key, RunnerLeaseObservation observed, string reason, string message, CancellationToken cancellationToken)
    {
        var pool = pools.Get(key);
        for (var conflicts = 0; pool?.Status?.LaunchTemplate?.Hash == observed.Lease.Status?.Launch?.TemplateHash && pool?.Status is { } status; conflicts++)
        {
            var record = BootBrake.Failed(status.Boots, observed.Lease, reason, message, observed.Now);
            if (ReferenceEquals(record, status.Boots))
            {
                return;
            }

            try
            {
                pools.Upsert(await client.PatchAsync<V1Alpha1RunnerPool>(key, PatchOf(pool, record), "status", cancellationToken));
                return;
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
                return;
            }
        }
    }

    private JsonObject PatchOf(V1Alpha1RunnerPool pool, BootStatus record)
    {
        var before = JsonSerializer.SerializeToNode(pool.Status!.Boots, client.SerializerOptions);
        var after = JsonSerializer.SerializeToNode(record, client.SerializerOptions);
        return new()
        {
            ["metadata"] = new JsonObject { ["uid"] = pool.Metadata.Uid, ["resourceVersion"] = pool.Metadata.ResourceVersion },
            ["status"] = new JsonObject { ["boots"] = MergePatch.Compute(before as JsonObject, after as JsonObject) },
        };
    }
}

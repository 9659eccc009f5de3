using System.Text.Json;
using System.Text.Json.Nodes;
using Operator.Controllers.GarbageCollection;
using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerPools;

namespace Operator.Controllers.RunnerPools;

/// <summary>Every write to a pool object: its finalizer, and one status patch a pass when something has changed.</summary>
internal sealed class RunnerPoolWriter(
    IKubernetesClient client, IStore<V1Alpha1RunnerPool> pools, PoolLedger ledger, IEventRecorder events, TimeProvider timeProvider)
{
    /// <summary>Before anything is made for a pool, its finalizer and its entry in the ledger are there.</summary>
    public async Task EnsureFinalizerAsync(V1Alpha1RunnerPool pool, CancellationToken cancellationToken)
    {
        await ledger.EnterAsync(pool, cancellationToken);
        if (pool.Metadata.Finalizers?.Contains(Finalizers.Pool) != true)
        {
            await WriteFinalizersAsync(pool, [.. pool.Metadata.Finalizers ?? [], Finalizers.Pool], cancellationToken);
        }
    }

    public async Task RemoveFinalizerAsync(V1Alpha1RunnerPool pool, CancellationToken cancellationToken)
    {
        await ledger.LeaveAsync(pool, cancellationToken);
        await WriteFinalizersAsync(pool, [.. (pool.Metadata.Finalizers ?? []).Where(name => name != Finalizers.Pool)], cancellationToken);
    }

    public Task WriteStatusAsync(
        V1Alpha1RunnerPool pool, PreparedPool prepared, IReadOnlyList<V1Alpha1RunnerLease> leases, CancellationToken cancellationToken)
    {
        var status = RunnerPoolStatusText.Describe(pool, prepared, leases, timeProvider.GetUtcNow());
        foreach (var step in prepared.Steps.Where(step => !step.IsMet))
        {
            events.Publish(pool, EventType.Warning, step.Reason, step.Message);
        }

        return PatchStatusAsync(pool, status, cancellationToken);
    }

    public Task WriteDrainingAsync(
        V1Alpha1RunnerPool pool, IReadOnlyList<V1Alpha1RunnerLease> remaining, CancellationToken cancellationToken) =>
        PatchStatusAsync(pool, RunnerPoolStatusText.DescribeDraining(pool, remaining, timeProvider.GetUtcNow()), cancellationToken);

    private async Task PatchStatusAsync(V1Alpha1RunnerPool pool, RunnerPoolStatus status, CancellationToken cancellationToken)
    {
        var before = JsonSerializer.SerializeToNode(pool.Status, client.SerializerOptions);
        var after = JsonSerializer.SerializeToNode(status, client.SerializerOptions);
        if (MergePatch.Compute(before as JsonObject, after as JsonObject) is { } change)
        {
            await PatchAsync(pool, new JsonObject { ["status"] = change }, "status", cancellationToken);
        }
    }

    private Task WriteFinalizersAsync(V1Alpha1RunnerPool pool, IEnumerable<string> finalizers, CancellationToken cancellationToken)
    {
        var names = new JsonArray([.. finalizers.Select(name => (JsonNode)name)]);
        return PatchAsync(pool, new JsonObject { ["metadata"] = new JsonObject { ["finalizers"] = names } }, subresource: null, cancellationToken);
    }

    private async Task PatchAsync(V1Alpha1RunnerPool pool, JsonObject patch, string? subresource, CancellationToken cancellationToken)
    {
        try
        {
            var metadata = patch["metadata"] as JsonObject ?? (JsonObject)(patch["metadata"] = new JsonObject());
            metadata["uid"] = pool.Metadata.Uid;
            metadata["resourceVersion"] = pool.Metadata.ResourceVersion;
            var written = await client.PatchAsync<V1Alpha1RunnerPool>(NamespacedName.Of(pool), patch, subresource, cancellationToken);
            pools.Upsert(written);
        }
        catch (KubernetesApiException e) when (e.IsNotFound)
        {
            // Deleted meanwhile; there is nobody left to tell.
        }
    }
}

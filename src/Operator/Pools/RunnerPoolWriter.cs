using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;
using Operator.Demand;
using Operator.Entities.Conditions;
using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerPools;
using Operator.Ownership;

namespace Operator.Pools;

/// <summary>All writes to a pool: its finalizer, and one status patch per reconcile if anything changed.</summary>
internal sealed class RunnerPoolWriter(
    IKubernetesClient client, IStore<V1Alpha1RunnerPool> pools, PoolOwnershipStore ownership, PoolCosts costs, IEventRecorder events, TimeProvider timeProvider)
{
    /// <summary>
    /// Ensures a pool's finalizer before anything is created for it and, once it has a template, its ownership record, which may have been
    /// removed manually.
    /// </summary>
    public async Task EnsureFinalizerAsync(V1Alpha1RunnerPool pool, CancellationToken cancellationToken)
    {
        if (pool.Status?.LaunchTemplate is not null)
        {
            await ownership.AddAsync(pool, cancellationToken);
        }

        if (pool.Metadata.Finalizers?.Contains(Finalizers.Pool) != true)
        {
            await WriteFinalizersAsync(pool, [.. pool.Metadata.Finalizers ?? [], Finalizers.Pool], cancellationToken);
        }
    }

    /// <summary>Records that the pool is gone.</summary>
    public Task RecordEndAsync(V1Alpha1RunnerPool pool, CancellationToken cancellationToken) => ownership.MarkDeletedAsync(pool, cancellationToken);

    public async Task RemoveFinalizerAsync(V1Alpha1RunnerPool pool, CancellationToken cancellationToken)
    {
        _writtenAt.TryRemove(pool.Metadata.Uid!, out _);
        costs.Forget(NamespacedName.From(pool));
        await WriteFinalizersAsync(pool, [.. (pool.Metadata.Finalizers ?? []).Where(name => name != Finalizers.Pool)], cancellationToken);
    }

    /// <summary>Interval for writing counts, which change with every lease; all other changes are written immediately.</summary>
    private static readonly TimeSpan CountsPace = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<string, DateTimeOffset> _writtenAt = new(StringComparer.Ordinal);

    /// <summary>Writes the pool's status if it changed.</summary>
    /// <returns>When to write deferred changes; null for none.</returns>
    public async Task<TimeSpan?> WriteStatusAsync(
        V1Alpha1RunnerPool pool, PoolPreconditions prepared, IReadOnlyList<V1Alpha1RunnerLease> leases, CancellationToken cancellationToken)
    {
        var now = timeProvider.GetUtcNow();
        var status = RunnerPoolStatusText.Describe(pool, prepared, leases, now);
        if (ChangeOf(pool, status) is null && !costs.IsDue(pool, leases, now))
        {
            return null;
        }

        status.Cost = costs.Settle(pool, leases, now);
        if (ChangeOf(pool, status) is not { } change)
        {
            return null;
        }

        var wait = _writtenAt.GetValueOrDefault(pool.Metadata.Uid!) + CountsPace - now;
        if (wait > TimeSpan.Zero && change.All(field => field.Key is "runners" or "demand" or "hourlyCost" or "cost" or "capacity" or "forecast"))
        {
            return wait;
        }

        _writtenAt[pool.Metadata.Uid!] = now;
        await PatchStatusAsync(pool, status, change, cancellationToken);
        return null;
    }

    /// <summary>
    /// Stores a new message session before anything else: if the process is killed, its successor can end the session by its id.
    /// </summary>
    /// <returns>Whether it was new, so that the pool has a new version.</returns>
    public async Task<bool> RecordSessionAsync(V1Alpha1RunnerPool pool, ScaleSetRef? scaleSet, CancellationToken cancellationToken)
    {
        if (scaleSet is not { SessionId: not null } || scaleSet == ScaleSetRef.From(pool.Status?.ScaleSet))
        {
            return false;
        }

        var status = new JsonObject { ["scaleSet"] = JsonSerializer.SerializeToNode(scaleSet.ToStatus(), client.SerializerOptions) };
        await PatchAsync(pool, new JsonObject { ["status"] = status }, "status", cancellationToken);
        return true;
    }

    // One event per new reason; the condition shows it as long as it lasts.
    private void WarnOnce(V1Alpha1RunnerPool before, RunnerPoolStatus status, string type)
    {
        var condition = ConditionList.Find(status.Conditions, type);
        var earlier = ConditionList.Find(before.Status?.Conditions, type);
        if (before.Metadata.DeletionTimestamp is null && condition is { Status: "False" } && (earlier?.Status != condition.Status || earlier.Reason != condition.Reason))
        {
            events.Publish(before, EventType.Warning, condition.Reason, condition.Message);
        }
    }

    public Task WriteDrainingAsync(
        V1Alpha1RunnerPool pool, IReadOnlyList<V1Alpha1RunnerLease> remaining, RequestRefusedException? refusal, CancellationToken cancellationToken) =>
        WriteAsync(pool, RunnerPoolStatusText.DescribeDraining(pool, remaining, refusal, timeProvider.GetUtcNow()), remaining, cancellationToken);

    public Task WriteCleanupAsync(V1Alpha1RunnerPool pool, CleanupFailure failure, CancellationToken cancellationToken) =>
        WriteAsync(pool, RunnerPoolStatusText.DescribeCleanup(pool, failure, timeProvider.GetUtcNow()), [], cancellationToken);

    private Task WriteAsync(
        V1Alpha1RunnerPool pool, RunnerPoolStatus status, IReadOnlyList<V1Alpha1RunnerLease> leases, CancellationToken cancellationToken)
    {
        if (ChangeOf(pool, status) is null)
        {
            return Task.CompletedTask;
        }

        status.Cost = costs.Settle(pool, leases, timeProvider.GetUtcNow());
        return PatchStatusAsync(pool, status, ChangeOf(pool, status)!, cancellationToken);
    }

    private async Task PatchStatusAsync(V1Alpha1RunnerPool pool, RunnerPoolStatus status, JsonObject change, CancellationToken cancellationToken)
    {
        await PatchAsync(pool, new JsonObject { ["status"] = change }, "status", cancellationToken);
        costs.Written(pool, status.Cost);
        WarnOnce(pool, status, RunnerPoolConditions.Ready);
        WarnOnce(pool, status, RunnerPoolConditions.RunnerVersionSupported);
        WarnOnce(pool, status, RunnerPoolConditions.JobsDelivered);
        WarnOnce(pool, status, RunnerPoolConditions.SpotStable);
        WarnOnce(pool, status, RunnerPoolConditions.ReservationsUsable);
        if (ConditionList.Find(status.Conditions, RunnerPoolConditions.WithinBudget)?.Reason == RunnerPoolReasons.BudgetTooSmall)
        {
            WarnOnce(pool, status, RunnerPoolConditions.WithinBudget); // of one that is reached Ready tells
        }
    }

    private JsonObject? ChangeOf(V1Alpha1RunnerPool pool, RunnerPoolStatus status)
    {
        var before = JsonSerializer.SerializeToNode(pool.Status, client.SerializerOptions);
        var after = JsonSerializer.SerializeToNode(status, client.SerializerOptions);
        return MergePatch.Compute(before as JsonObject, after as JsonObject);
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
            var written = await client.PatchAsync<V1Alpha1RunnerPool>(NamespacedName.From(pool), patch, subresource, cancellationToken);
            pools.Upsert(written);
        }
        catch (KubernetesApiException e) when (e.IsNotFound)
        {
            // Deleted in the meantime.
        }
    }
}

using System.Text.Json;
using System.Text.Json.Nodes;
using Operator.Aws.Instances;
using Operator.Entities.Conditions;
using Operator.Entities.RunnerLeases;

namespace Operator.Leases;

/// <summary>All writes to lease objects: patches only, conditional on the version they are based on, and only on change.</summary>
internal sealed class RunnerLeaseWriter(
    IKubernetesClient client, IStore<V1Alpha1RunnerLease> leases, IEventRecorder events, TimeProvider timeProvider)
{
    /// <summary>Each conflict means that another writer made progress.</summary>
    private const int MostConflicts = 10;

    /// <summary>What a pass changes in the status; null for no change.</summary>
    /// <param name="stored">The lease as it was read.</param>
    /// <param name="observed">The observation after the last action; its lease carries the new status.</param>
    /// <param name="plan">The remaining plan.</param>
    public LeaseStatusChange? ChangeOf(V1Alpha1RunnerLease stored, RunnerLeaseObservation observed, RunnerLeasePlan plan)
    {
        var lease = observed.Lease;
        lease.Status ??= new();
        RunnerLeaseStatusText.Describe(lease, plan, timeProvider.GetUtcNow());
        var based = leases.Get(NamespacedName.From(stored)) is { } latest && latest.Metadata.ResourceVersion == lease.Metadata.ResourceVersion
            ? latest
            : stored;
        var isNearLimit = plan.ReadyReason.Reason is RunnerLeaseReasons.NearMaxRuntime or RunnerLeaseReasons.NearDrainTimeout
            && ConditionList.Find(based.Status?.Conditions, RunnerLeaseConditions.Ready)?.Reason != plan.ReadyReason.Reason;
        return StatusPatch(based, lease) is { } patch ? new(lease, patch, isNearLimit ? plan.ReadyReason : null) : null;
    }

    /// <summary>Writes what a pass changes.</summary>
    /// <exception cref="KubernetesApiException">A conflict: external effects are stored, the rest has to be planned again. Or the API server refuses or is unavailable.</exception>
    public async Task WriteAsync(LeaseStatusChange change, CancellationToken cancellationToken)
    {
        var (lease, patch, warning) = change;
        try
        {
            await PatchAsync(lease, patch, "status", cancellationToken);
            if (warning is not null)
            {
                Record(lease, isWarning: true, warning.Reason, warning.Message);
            }
        }
        catch (KubernetesApiException e) when (e.IsNotFound)
        {
            // Deleted in the meantime.
        }
        catch (KubernetesApiException e) when (e.IsConflict)
        {
            await WriteEffectsAsync(lease, patch, cancellationToken);
            throw; // the rest is planned again on the newer version
        }
    }

    // External effects must not be repeated just because another writer was first, provided that both refer to the same launch. Conclusions
    // are left to the next pass.
    private async Task WriteEffectsAsync(V1Alpha1RunnerLease lease, JsonObject patch, CancellationToken cancellationToken)
    {
        var fresh = await client.GetAsync<V1Alpha1RunnerLease>(NamespacedName.From(lease), cancellationToken);
        if (fresh is null || fresh.Metadata.Uid != lease.Metadata.Uid)
        {
            return;
        }

        leases.Upsert(fresh);
        var isSameLaunch = fresh.Status?.Launch?.IntentId == lease.Status!.Launch?.IntentId
            && (fresh.Status?.Instance is not { } machine || machine.Id == lease.Status.Instance?.Id);
        var effects = new JsonObject(patch["status"]!.AsObject()
            .Where(field => field.Key is "launch" or "instance" or "runner" or "drain" or "interruption")
            .Select(field => KeyValuePair.Create(field.Key, field.Value?.DeepClone())));
        if (isSameLaunch && effects.Count > 0)
        {
            await PatchAsync(fresh, new JsonObject { ["status"] = effects }, "status", cancellationToken);
        }
    }

    /// <summary>Stores an intent before its effect; fails rather than overwriting another writer's status.</summary>
    public async Task WriteIntentAsync(RunnerLeaseObservation observed, CancellationToken cancellationToken)
    {
        var lease = observed.Lease;
        var based = leases.Get(NamespacedName.From(lease)) ?? throw new InvalidOperationException($"{lease.Metadata.Name} is gone");
        await WriteChangeAsync(based, lease, cancellationToken);
    }

    /// <summary>Stores a status change made outside the lease's own reconcile; on a conflict, read again.</summary>
    /// <param name="stored">The lease as it was read.</param>
    /// <param name="changed">A copy of it with the new status.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public async Task WriteChangeAsync(V1Alpha1RunnerLease stored, V1Alpha1RunnerLease changed, CancellationToken cancellationToken)
    {
        if (StatusPatch(stored, changed) is { } patch)
        {
            await PatchAsync(changed, patch, "status", cancellationToken);
        }
    }

    /// <summary>Changes the current status of a lease, retrying on conflicts; does nothing if the lease is gone.</summary>
    /// <param name="lease">The lease as last seen.</param>
    /// <param name="change">Computes the lease with the new status; null for no change.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="KubernetesApiException">The API server refuses it.</exception>
    public async Task ChangeStatusAsync(
        V1Alpha1RunnerLease lease, Func<V1Alpha1RunnerLease, V1Alpha1RunnerLease?> change, CancellationToken cancellationToken)
    {
        var current = lease;
        for (var conflicts = 0; current?.Metadata.Uid == lease.Metadata.Uid && change(current!) is { } changed; conflicts++)
        {
            try
            {
                await WriteChangeAsync(current!, changed, cancellationToken);
                return;
            }
            catch (KubernetesApiException e) when (e.IsNotFound)
            {
                return;
            }
            catch (KubernetesApiException e) when (e.IsConflict && conflicts < MostConflicts)
            {
                current = await client.GetAsync<V1Alpha1RunnerLease>(NamespacedName.From(lease), cancellationToken);
                if (current is not null)
                {
                    leases.Upsert(current);
                }
            }
        }
    }

    public Task EnsureFinalizerAsync(V1Alpha1RunnerLease lease, CancellationToken cancellationToken)
    {
        if (lease.Metadata.Finalizers?.Contains(Finalizers.Drain) == true)
        {
            return Task.CompletedTask;
        }

        return WriteFinalizersAsync(lease, [.. lease.Metadata.Finalizers ?? [], Finalizers.Drain], cancellationToken);
    }

    public async Task RemoveFinalizerAsync(V1Alpha1RunnerLease lease, CancellationToken cancellationToken)
    {
        try
        {
            await WithoutFinalizerAsync(lease, cancellationToken);
        }
        catch (KubernetesApiException e) when (e.IsNotFound)
        {
            // Already gone, finalizer included.
        }
        catch (KubernetesApiException e) when (e.IsConflict)
        {
            // Another writer updated the lease. It is being deleted and owns nothing any more, so its finalizer is removed all the same.
            var fresh = await client.GetAsync<V1Alpha1RunnerLease>(NamespacedName.From(lease), cancellationToken);
            if (fresh?.Metadata.Uid == lease.Metadata.Uid && fresh?.Metadata.DeletionTimestamp is not null)
            {
                await WithoutFinalizerAsync(fresh, cancellationToken);
            }
        }
    }

    private Task WithoutFinalizerAsync(V1Alpha1RunnerLease lease, CancellationToken cancellationToken) =>
        WriteFinalizersAsync(lease, [.. (lease.Metadata.Finalizers ?? []).Where(name => name != Finalizers.Drain)], cancellationToken);

    /// <summary>Sets or clears the holder; the version in the patch makes it a compare-and-set.</summary>
    public Task SetHolderAsync(V1Alpha1RunnerLease lease, JsonObject? holder, CancellationToken cancellationToken)
    {
        var spec = new JsonObject { ["holder"] = holder };
        if (holder is null)
        {
            spec["labels"] = null;
            spec["ttl"] = null;
        }

        return PatchAsync(lease, new JsonObject { ["spec"] = spec }, subresource: null, cancellationToken);
    }

    /// <summary>Deletes the lease; its drain starts in the same reconcile, with the state observed by it.</summary>
    public async Task<RunnerLeaseObservation?> DeleteAsync(
        RunnerLeaseObservation observed, RunnerLeaseAction.Delete action, CancellationToken cancellationToken)
    {
        Record(observed.Lease, action.IsWarning, action.Reason, action.Message);
        return await DeleteQuietlyAsync(observed.Lease, cancellationToken) ? observed : null;
    }

    /// <summary>Deletes the lease in the version that was read.</summary>
    /// <returns>Whether it still exists because of its finalizers.</returns>
    public async Task<bool> DeleteQuietlyAsync(V1Alpha1RunnerLease lease, CancellationToken cancellationToken)
    {
        var exactly = new DeleteOptions(lease.Metadata.Uid, lease.Metadata.ResourceVersion);
        if (await client.DeleteAsync<V1Alpha1RunnerLease>(NamespacedName.From(lease), exactly, cancellationToken) is not { } leaving)
        {
            return false;
        }

        leases.Upsert(leaving);
        lease.Metadata.ResourceVersion = leaving.Metadata.ResourceVersion;
        lease.Metadata.DeletionTimestamp = leaving.Metadata.DeletionTimestamp;
        return true;
    }

    public void Record(V1Alpha1RunnerLease lease, bool isWarning, string reason, string message) =>
        events.Publish(lease, isWarning ? EventType.Warning : EventType.Normal, reason, message);

    /// <summary>Tells of an announcement of EC2, once.</summary>
    /// <param name="lease">The lease, which has it in its status.</param>
    /// <param name="notice">What was told.</param>
    /// <param name="isFirst">Whether it is the first of its kind.</param>
    public void RecordNotice(V1Alpha1RunnerLease lease, InterruptionNotice notice, bool isFirst)
    {
        if (isFirst && lease.Status?.Interruption is { } known)
        {
            var (isWarning, message) = InterruptionPlanner.EventOf(lease.Status.Instance?.Id, notice, known);
            Record(lease, isWarning, notice.Reason, message);
        }
    }

    private Task WriteFinalizersAsync(V1Alpha1RunnerLease lease, IEnumerable<string> finalizers, CancellationToken cancellationToken)
    {
        var names = new JsonArray([.. finalizers.Select(name => (JsonNode)name)]);
        return PatchAsync(lease, new JsonObject { ["metadata"] = new JsonObject { ["finalizers"] = names } }, subresource: null, cancellationToken);
    }

    private JsonObject? StatusPatch(V1Alpha1RunnerLease based, V1Alpha1RunnerLease lease)
    {
        var before = JsonSerializer.SerializeToNode(based.Status, client.SerializerOptions);
        var after = JsonSerializer.SerializeToNode(lease.Status, client.SerializerOptions);
        return MergePatch.Compute(before as JsonObject, after as JsonObject) is { } change ? new JsonObject { ["status"] = change } : null;
    }

    private async Task PatchAsync(V1Alpha1RunnerLease lease, JsonObject patch, string? subresource, CancellationToken cancellationToken)
    {
        var metadata = patch["metadata"] as JsonObject ?? (JsonObject)(patch["metadata"] = new JsonObject());
        metadata["resourceVersion"] = lease.Metadata.ResourceVersion;
        metadata["uid"] = lease.Metadata.Uid;
        var written = await client.PatchAsync<V1Alpha1RunnerLease>(NamespacedName.From(lease), patch, subresource, cancellationToken);
        leases.Upsert(written);
        lease.Metadata.ResourceVersion = written.Metadata.ResourceVersion;
        lease.Metadata.Finalizers = written.Metadata.Finalizers;
    }
}

/// <summary>What a pass changes in a lease's status.</summary>
/// <param name="Lease">The lease with the new status, and the version that the patch is based on.</param>
/// <param name="Patch">The change.</param>
/// <param name="Warning">The warning to publish once it is written.</param>
internal sealed record LeaseStatusChange(V1Alpha1RunnerLease Lease, JsonObject Patch, ReadyReason? Warning);

using System.Text.Json.Nodes;
using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerLeaseSets;
using Operator.Entities.RunnerPools;
using Operator.Leases;

namespace Operator.LeaseSets;

/// <summary>Carries out a set's plan. What was decided is stored first, so that a set that has ended never takes anything again, whoever goes on.</summary>
internal sealed class RunnerLeaseSetActuator(
    IKubernetesClient client, IStore<V1Alpha1RunnerLeaseSet> sets, IStore<V1Alpha1RunnerLease> leases, IStore<V1Alpha1RunnerPool> pools, IEventRecorder events)
{
    /// <summary>Stores what was decided.</summary>
    /// <returns>The set as stored.</returns>
    public async Task<V1Alpha1RunnerLeaseSet> StoreAsync(V1Alpha1RunnerLeaseSet set, RunnerLeaseSetPlan plan, CancellationToken cancellationToken)
    {
        var current = plan.Status.EndedAt is null ? await WithFinalizerAsync(set, cancellationToken) : set;
        return await WriteStatusAsync(current, plan.Status, cancellationToken);
    }

    /// <summary>Does what was decided and stored.</summary>
    /// <param name="set">The set as observed.</param>
    /// <param name="current">The set as stored.</param>
    /// <param name="plan">The plan.</param>
    /// <param name="cancellationToken">Ends the calls.</param>
    public async Task ApplyAsync(V1Alpha1RunnerLeaseSet set, V1Alpha1RunnerLeaseSet current, RunnerLeaseSetPlan plan, CancellationToken cancellationToken)
    {
        if (plan.Event is { } happened)
        {
            events.Publish(set, happened.IsWarning ? EventType.Warning : EventType.Normal, happened.Reason, happened.Message);
        }

        foreach (var name in plan.Creates)
        {
            await CreateAsync(set, name, cancellationToken);
        }

        foreach (var lease in plan.Returns)
        {
            await ReturnAsync(lease, cancellationToken);
        }

        foreach (var lease in plan.Deletes)
        {
            await DeleteAsync(lease, cancellationToken);
        }

        if (plan.RemovesFinalizer && current.Metadata.Finalizers?.Contains(Finalizers.LeaseSet) == true)
        {
            await WriteFinalizersAsync(current, current.Metadata.Finalizers.Where(name => name != Finalizers.LeaseSet), cancellationToken);
        }

        if (plan.DeletesSet)
        {
            await client.DeleteAsync<V1Alpha1RunnerLeaseSet>(NamespacedName.From(set), new DeleteOptions(set.Metadata.Uid), cancellationToken);
        }
    }

    private async Task<V1Alpha1RunnerLeaseSet> WithFinalizerAsync(V1Alpha1RunnerLeaseSet set, CancellationToken cancellationToken)
    {
        if (set.Metadata.DeletionTimestamp is not null || set.Metadata.Finalizers?.Contains(Finalizers.LeaseSet) == true)
        {
            return set;
        }

        return await WriteFinalizersAsync(set, (set.Metadata.Finalizers ?? []).Append(Finalizers.LeaseSet), cancellationToken);
    }

    private async Task<V1Alpha1RunnerLeaseSet> WriteStatusAsync(V1Alpha1RunnerLeaseSet set, RunnerLeaseSetStatus status, CancellationToken cancellationToken)
    {
        var desired = new V1Alpha1RunnerLeaseSet { Metadata = set.Metadata, Spec = set.Spec, Status = status };
        if (await client.PatchStatusIfChangedAsync(set, desired, withResourceVersion: true, cancellationToken) is not { } written)
        {
            return set;
        }

        sets.Upsert(written);
        return written;
    }

    private async Task CreateAsync(V1Alpha1RunnerLeaseSet set, string name, CancellationToken cancellationToken)
    {
        try
        {
            leases.Upsert(await client.CreateAsync(LeaseFactory.Create(set, name, RunnerLeaseSetPlanner.LabelsOf(set)), cancellationToken));
        }
        catch (KubernetesApiException e) when (e.IsAlreadyExists)
        {
            // Its own, which the cache will show soon, or one that is on its way out, or a stranger's: the next pass tells which.
        }
    }

    // The version makes it a compare-and-set: a lease that has changed is looked at again.
    private async Task ReturnAsync(V1Alpha1RunnerLease lease, CancellationToken cancellationToken)
    {
        if (pools.Get(LeaseIndexes.PoolOf(lease))?.Metadata.Uid is { } pool)
        {
            leases.Upsert(await client.PatchAsync<V1Alpha1RunnerLease>(NamespacedName.From(lease), LeaseFactory.ReturnPatch(lease, pool), subresource: null, cancellationToken));
        }
    }

    private async Task DeleteAsync(V1Alpha1RunnerLease lease, CancellationToken cancellationToken)
    {
        if (await client.DeleteAsync<V1Alpha1RunnerLease>(NamespacedName.From(lease), new DeleteOptions(lease.Metadata.Uid), cancellationToken) is { } leaving)
        {
            leases.Upsert(leaving);
        }
    }

    private async Task<V1Alpha1RunnerLeaseSet> WriteFinalizersAsync(V1Alpha1RunnerLeaseSet set, IEnumerable<string> finalizers, CancellationToken cancellationToken)
    {
        var metadata = new JsonObject
        {
            ["uid"] = set.Metadata.Uid,
            ["resourceVersion"] = set.Metadata.ResourceVersion,
            ["finalizers"] = new JsonArray([.. finalizers.Select(name => (JsonNode)name)]),
        };
        var written = await client.PatchAsync<V1Alpha1RunnerLeaseSet>(NamespacedName.From(set), new JsonObject { ["metadata"] = metadata }, subresource: null, cancellationToken);
        sets.Upsert(written);
        return written;
    }
}

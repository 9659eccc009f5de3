using System.Text.Json;
using System.Text.Json.Nodes;
using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerPools;
using Operator.Settings;

namespace Operator.Leases;

/// <summary>Maps changes to the leases they concern. Pure.</summary>
internal static class LeaseEventMappings
{
    /// <summary>
    /// Whether a change requires a reconcile. Conditions and phase are written by reconciles themselves and do not count, or a failing
    /// lease would wake itself.
    /// </summary>
    public static bool IsRelevant(V1Alpha1RunnerLease? before, V1Alpha1RunnerLease? after) =>
        Predicates.SpecOrMetadataChanged(before, after) || !JsonNode.DeepEquals(FactsOf(before!), FactsOf(after!));

    private static JsonObject? FactsOf(V1Alpha1RunnerLease lease)
    {
        var facts = JsonSerializer.SerializeToNode(lease.Status, EntitiesJsonContext.Default.RunnerLeaseStatus) as JsonObject;
        facts?.Remove("conditions");
        facts?.Remove("phase");
        facts?.Remove("jobReports"); // the leader's reconcile of them decides what they mean
        facts?.Remove("observedGeneration");
        return facts;
    }

    /// <summary>The other lease of a hand-over.</summary>
    public static IEnumerable<NamespacedName> Counterparts(V1Alpha1RunnerLease lease)
    {
        var space = lease.Metadata.NamespaceProperty ?? "";
        if (lease.Status?.AdoptedFrom?.Name is { } origin)
        {
            yield return new(space, origin);
        }

        if (lease.Spec.Holder is { Kind: LeaseHolders.RunnerLease, Name: { } claimant })
        {
            yield return new(space, claimant);
        }
    }

    /// <summary>Leases of the same pool that have no machine yet.</summary>
    public static IEnumerable<NamespacedName> Waiting(V1Alpha1RunnerLease lease, IStore<V1Alpha1RunnerLease> leases) =>
        leases.OfPool(LeaseIndexes.PoolOf(lease)).Where(other => other.Status?.Instance is null).Select(other => NamespacedName.From(other));

    /// <summary>
    /// Whether a change may unblock waiting leases: a runner is gone, has become idle, or can be started from standby.
    /// </summary>
    public static bool MakesRoom(V1Alpha1RunnerLease? before, V1Alpha1RunnerLease? after) =>
        after is null || (before?.Status?.Instance?.IsStopped != true && after.Status?.Instance?.IsStopped == true) || (before?.Status?.IdleSince is null && after.Status?.IdleSince is not null);

    /// <summary>Whether a pool's change concerns its leases. Its counts, which change with every lease, do not.</summary>
    public static bool ConcernsLeases(V1Alpha1RunnerPool? before, V1Alpha1RunnerPool? after) =>
        before?.Metadata.Generation != after?.Metadata.Generation
        || before?.Metadata.DeletionTimestamp != after?.Metadata.DeletionTimestamp
        || before?.Status?.Boots?.ConnectedAt != after?.Status?.Boots?.ConnectedAt
        || before?.Status?.LaunchTemplate?.Id != after?.Status?.LaunchTemplate?.Id
        || !FurtherOf(before).SequenceEqual(FurtherOf(after))
        || before?.Status?.ScaleSet?.Id != after?.Status?.ScaleSet?.Id;

    // Further launch templates, why there are none, and whether their machines connect.
    private static IEnumerable<(string?, string?)> FurtherOf(V1Alpha1RunnerPool? pool) =>
        (pool?.Status?.FurtherTemplates ?? []).Select(further => (further.Template?.Id, further.Message))
            .Concat((pool?.Status?.FurtherBoots ?? []).Select(record => (record.TemplateHash, record.ConnectedAt is null ? null : "connected")));
}

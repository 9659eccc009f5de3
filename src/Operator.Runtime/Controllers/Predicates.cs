namespace Operator.Runtime.Controllers;

/// <summary>Common filters for changes.</summary>
public static class Predicates
{
    /// <summary>
    /// Whether anything but the status has changed: the spec's generation, labels, annotations, finalizers, owners, or the deletion
    /// timestamp. Keeps a controller from being woken by its own status updates.
    /// </summary>
    /// <param name="before">The object before the change; null if it is new.</param>
    /// <param name="after">The object after the change; null if it is gone.</param>
    public static bool SpecOrMetadataChanged(IKubernetesObject? before, IKubernetesObject? after) =>
        before is null || after is null
        || before.Metadata.Uid != after.Metadata.Uid
        || before.Metadata.Generation != after.Metadata.Generation
        || before.Metadata.DeletionTimestamp != after.Metadata.DeletionTimestamp
        || !Same(before.Metadata.Labels, after.Metadata.Labels)
        || !Same(before.Metadata.Annotations, after.Metadata.Annotations)
        || !(before.Metadata.Finalizers ?? []).SequenceEqual(after.Metadata.Finalizers ?? [])
        || !(before.Metadata.OwnerReferences ?? []).Select(owner => owner.Uid).SequenceEqual((after.Metadata.OwnerReferences ?? []).Select(owner => owner.Uid));

    private static bool Same(Dictionary<string, string>? one, Dictionary<string, string>? other) =>
        (one?.Count ?? 0) == (other?.Count ?? 0)
        && (one is null || one.All(pair => other!.TryGetValue(pair.Key, out var value) && value == pair.Value));
}

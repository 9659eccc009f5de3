namespace Operator.Runtime.Controllers;

/// <summary>Which changes of an object are a reason to look at it.</summary>
public static class Predicates
{
    /// <summary>
    /// Whether anything but the status has changed: the spec's generation, labels, annotations, finalizers, owners, or the deletion timestamp.
    /// With it a controller is not woken by the status that it writes itself.
    /// </summary>
    /// <param name="before">The object before; null when it is new.</param>
    /// <param name="after">The object now; null when it is gone.</param>
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

using System.Text.Json.Nodes;
using Operator.Simulator.Kubernetes.Objects;
using Operator.Simulator.Kubernetes.Resources;
using Operator.Simulator.Kubernetes.Storage;

namespace Operator.Simulator.Kubernetes.Housekeeping;

/// <summary>Empties a namespace that is being deleted, and removes it once it is empty.</summary>
internal sealed class NamespaceTermination(Cluster cluster, ObjectDeletion deletion) : IClusterController
{
    public void After(ResourceType type, Change change)
    {
        var name = type == BuiltInResources.Namespaces ? change.Current.Key.Name : change.Current.Key.Namespace;
        var ends = type == BuiltInResources.Namespaces ? change.Type == ChangeType.Modified : change.Type == ChangeType.Deleted;
        if (ends && cluster.Store.Collection(BuiltInResources.Namespaces).Find(new ObjectKey("", name)) is { IsDeleting: true } space)
        {
            Empty(name);
            if (!ContentOf(name).Any())
            {
                deletion.Release(BuiltInResources.Namespaces, space, item => item["spec"] is JsonObject spec && spec.Remove("finalizers"));
            }
        }
    }

    private void Empty(string name)
    {
        foreach (var (type, item) in ContentOf(name).Where(content => !content.Item.IsDeleting).ToList())
        {
            deletion.Delete(type, item.Key, new DeleteOptions());
        }
    }

    private IEnumerable<(ResourceType Type, StoredObject Item)> ContentOf(string name) =>
        from type in cluster.Resources.All
        where type.Namespaced
        from item in cluster.Store.Collection(type).Objects
        where item.Key.Namespace == name
        select (type, item);
}

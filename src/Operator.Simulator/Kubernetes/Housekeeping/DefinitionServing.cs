using Operator.Simulator.Kubernetes.Objects;
using Operator.Simulator.Kubernetes.Resources;
using Operator.Simulator.Kubernetes.Storage;

namespace Operator.Simulator.Kubernetes.Housekeeping;

/// <summary>Serves what CustomResourceDefinitions define, until they and their objects are gone.</summary>
internal sealed class DefinitionServing(Cluster cluster, ObjectDeletion deletion) : IClusterController
{
    public void After(ResourceType type, Change change)
    {
        if (type == BuiltInResources.Definitions)
        {
            Follow(change);
        }
        else if (type.IsCustom && change.Type == ChangeType.Deleted)
        {
            Finish(type);
        }
    }

    private void Follow(Change change)
    {
        var definition = change.Current.Read();
        var defined = CustomResourceDefinition.ToResourceType(definition);
        if (change.Type == ChangeType.Deleted)
        {
            cluster.Resources.Withdraw(defined);
            return;
        }

        cluster.Resources.Serve(defined);
        cluster.Store.Collection(defined);
        if (change.Current.IsDeleting)
        {
            foreach (var item in cluster.Store.Collection(defined).Objects.Where(item => !item.IsDeleting).ToList())
            {
                deletion.Delete(defined, item.Key, new DeleteOptions());
            }

            Finish(defined);
        }
    }

    // The definition is deleted after the last of its objects.
    private void Finish(ResourceType defined)
    {
        var key = new ObjectKey("", defined.QualifiedName);
        if (cluster.Store.Collection(BuiltInResources.Definitions).Find(key) is { IsDeleting: true } definition
            && cluster.Store.Collection(defined).Objects.Count == 0)
        {
            deletion.Release(BuiltInResources.Definitions, definition, item =>
            {
                var meta = ObjectMeta.Parse(item);
                meta.SetFinalizers([.. meta.Finalizers.Where(name => name != CustomResourceDefinition.Finalizer)]);
                return true;
            });
        }
    }
}

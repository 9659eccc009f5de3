using System.Text.Json.Nodes;
using Operator.Simulator.Kubernetes.Errors;
using Operator.Simulator.Kubernetes.Fields;
using Operator.Simulator.Kubernetes.Resources;
using Operator.Simulator.Kubernetes.Schemas;
using Operator.Simulator.Kubernetes.Storage;

namespace Operator.Simulator.Kubernetes.Objects;

/// <summary>Brings new objects into the cluster.</summary>
internal sealed class ObjectCreation(Cluster cluster)
{
    public StoredObject Create(ResourceType type, string space, JsonObject item, WriteOptions options)
    {
        var manager = new FieldManager(options.FieldManager, FieldManager.Update, type.GroupVersion, "");
        return Create(type, space, item, options, managed =>
        {
            var owners = ManagedFields.Read(null);
            owners.NoteWrite(manager, FieldComparison.Compare([], managed, SchemaOf(type)), cluster.Now);
            return owners;
        });
    }

    /// <summary>Creates an object that is applied and does not exist yet.</summary>
    public StoredObject Apply(ResourceType type, string space, JsonObject item, FieldManager manager, WriteOptions options)
    {
        var applied = FieldComparison.FieldsOf(item, SchemaOf(type));
        return Create(type, space, item, options, _ =>
        {
            var owners = ManagedFields.Read(null);
            owners.Give(manager, applied, cluster.Now);
            return owners;
        });
    }

    internal static Schema SchemaOf(ResourceType type) => type.Schema ?? MetadataSchema.OfAnyObject;

    private StoredObject Create(ResourceType type, string space, JsonObject item, WriteOptions options, Func<JsonObject, ManagedFields> own)
    {
        ObjectChecks.CheckShape(type, item);
        ObjectChecks.CheckNamespace(type, space, item);
        var meta = ObjectMeta.Parse(item);
        if (meta.ResourceVersion is not null)
        {
            throw ApiErrors.BadRequest("resourceVersion should not be set on objects to be created");
        }

        var name = meta.Name ?? (meta.GenerateName is { } prefix ? prefix + cluster.NewSuffix() : throw NameMissing(type));
        ObjectChecks.CheckName(type, name);
        CheckPlace(type, space, name);
        meta.Name = name;
        meta.Stamp(cluster.NewUid(), cluster.Now, generation: type.IsCustom || type == BuiltInResources.Definitions ? 1 : 0);
        if (type.HasStatus)
        {
            item.Remove("status");
        }

        ObjectShaping.Shape(type, item, options);
        if (cluster.Store.Collection(type).Find(new ObjectKey(meta.Namespace ?? "", name)) is not null)
        {
            throw ApiErrors.AlreadyExists(type, name);
        }

        meta.ManagedFields = own(item).ToJson();
        return options.DryRun ? new StoredObject(item, 0) : cluster.Store.Put(type, item);
    }

    private void CheckPlace(ResourceType type, string space, string name)
    {
        if (!type.Namespaced)
        {
            return;
        }

        if (cluster.Get(BuiltInResources.Namespaces, new ObjectKey("", space)).IsDeleting)
        {
            throw ApiErrors.NamespaceTerminating(type, name, space);
        }
    }

    private static ApiException NameMissing(ResourceType type) =>
        ApiErrors.Invalid(type, "", new FieldError("metadata.name", "FieldValueRequired", "Required value: name or generateName is required"));
}

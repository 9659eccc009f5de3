using System.Text.Json.Nodes;
using Operator.Simulator.Kubernetes.Errors;
using Operator.Simulator.Kubernetes.Fields;
using Operator.Simulator.Kubernetes.Resources;
using Operator.Simulator.Kubernetes.Storage;

namespace Operator.Simulator.Kubernetes.Objects;

/// <summary>Replaces objects, or their status, under optimistic concurrency.</summary>
internal sealed class ObjectUpdate(Cluster cluster)
{
    /// <summary>Replaces an object as PUT does.</summary>
    public StoredObject Update(ResourceType type, ObjectKey key, string subresource, JsonObject item, WriteOptions options)
    {
        var stored = cluster.Get(type, key);
        ObjectChecks.CheckShape(type, item);
        ObjectChecks.CheckNamespace(type, key.Namespace, item);
        ObjectChecks.CheckReplaces(type, stored, item);
        if (type.IsCustom && ObjectMeta.Parse(item).ResourceVersion is null)
        {
            throw ApiErrors.Invalid(type, key.Name, FieldError.Invalid("metadata.resourceVersion", "0x0", "must be specified for an update"));
        }

        return Write(type, stored, subresource, item, owners: null, options);
    }

    /// <summary>Stores an object if it differs from the stored one.</summary>
    /// <param name="type">The object's resource.</param>
    /// <param name="stored">The stored object.</param>
    /// <param name="subresource">The part to write: <c>status</c>, or empty for everything except the status.</param>
    /// <param name="item">The desired object.</param>
    /// <param name="owners">The owners of its fields, where they are known already.</param>
    /// <param name="options">The options of the request.</param>
    public StoredObject Write(ResourceType type, StoredObject stored, string subresource, JsonObject item, JsonArray? owners, WriteOptions options)
    {
        ObjectChecks.CheckReplaces(type, stored, item);
        var live = stored.Read();
        var next = subresource == "status" ? WithStatusOf(item, live) : WithStatusOf(live, item, only: type.HasStatus);
        var meta = ObjectMeta.Parse(next);
        meta.Name = stored.Key.Name;
        meta.ResourceVersion = ObjectChecks.VersionOf(stored);
        meta.KeepFrom(ObjectMeta.Parse(live));
        ObjectShaping.Shape(type, next, options);
        CheckFinalizers(type, stored, ObjectMeta.Parse(live), meta);
        meta.ManagedFields = owners ?? NoteOwner(type, live, next, subresource, options);
        if (meta.Generation > 0 && !SameSpec(type, live, next))
        {
            meta.Generation++;
        }

        if (JsonNode.DeepEquals(live, next))
        {
            return stored;
        }

        if (options.DryRun)
        {
            return new StoredObject(next, stored.Revision);
        }

        return stored.IsDeleting && ObjectDeletion.MayGo(next) ? RemoveInstead(type, stored, next) : cluster.Store.Put(type, next);
    }

    private StoredObject RemoveInstead(ResourceType type, StoredObject stored, JsonObject next)
    {
        var removed = cluster.Store.Remove(type, stored);
        return new StoredObject(next, removed.Revision);
    }

    private JsonArray NoteOwner(ResourceType type, JsonObject live, JsonObject next, string subresource, WriteOptions options)
    {
        var owners = ManagedFields.Read(ObjectMeta.Parse(live).ManagedFields);
        var manager = new FieldManager(options.FieldManager, FieldManager.Update, type.GroupVersion, subresource);
        owners.NoteWrite(manager, FieldComparison.Compare(live, next, ObjectCreation.SchemaOf(type)), cluster.Now);
        return owners.ToJson();
    }

    // The second object, with the status of the first.
    private static JsonObject WithStatusOf(JsonObject source, JsonObject target, bool only = true)
    {
        var result = target.DeepClone().AsObject();
        if (only)
        {
            result.Remove("status");
            if (source["status"] is { } status)
            {
                result["status"] = status.DeepClone();
            }
        }

        return result;
    }

    private static void CheckFinalizers(ResourceType type, StoredObject stored, ObjectMeta live, ObjectMeta next)
    {
        var added = next.Finalizers.Except(live.Finalizers, StringComparer.Ordinal).ToList();
        if (stored.IsDeleting && added.Count > 0)
        {
            var names = string.Join(", ", added.Select(name => $"\"{name}\""));
            throw ApiErrors.Invalid(type, stored.Key.Name, FieldError.Forbidden(
                "metadata.finalizers",
                $"no new finalizers can be added if the object is being deleted, found new finalizers []string{{{names}}}"));
        }
    }

    private static bool SameSpec(ResourceType type, JsonObject live, JsonObject next)
    {
        bool IsSpec(string name) => name != "metadata" && !(name == "status" && type.HasStatus);
        return live.Select(field => field.Key).Union(next.Select(field => field.Key))
            .Where(IsSpec)
            .All(name => JsonNode.DeepEquals(live[name], next[name]));
    }
}

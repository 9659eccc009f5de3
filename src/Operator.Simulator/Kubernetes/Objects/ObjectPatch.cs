using System.Text.Json.Nodes;
using Operator.Simulator.Kubernetes.Errors;
using Operator.Simulator.Kubernetes.Fields;
using Operator.Simulator.Kubernetes.Patches;
using Operator.Simulator.Kubernetes.Resources;
using Operator.Simulator.Kubernetes.Storage;

namespace Operator.Simulator.Kubernetes.Objects;

/// <summary>The media types of patches.</summary>
internal static class PatchTypes
{
    public const string Merge = "application/merge-patch+json";

    public const string Strategic = "application/strategic-merge-patch+json";

    public const string Apply = "application/apply-patch+yaml";
}

/// <summary>Changes parts of objects.</summary>
internal sealed class ObjectPatch(Cluster cluster, ObjectCreation creation, ObjectUpdate update)
{
    public StoredObject Patch(ResourceType type, ObjectKey key, string subresource, (string Type, JsonNode Body) patch, WriteOptions options)
    {
        var stored = cluster.Get(type, key);
        var item = Apply(stored.Read(), patch.Type, patch.Body, type.IsCustom);
        ObjectChecks.CheckShape(type, item);
        return update.Write(type, stored, subresource, item, owners: null, options);
    }

    /// <summary>Applies a patch to any JSON object.</summary>
    public static JsonObject Apply(JsonObject target, string patchType, JsonNode patch, bool isCustom) => (patchType, patch) switch
    {
        (PatchTypes.Merge, JsonObject) => JsonMergePatch.Apply(target, patch)!.AsObject(),

        // So kubectl apply and edit write built-in kinds. Only lists that merge by a key would differ, and here those are replaced.
        (PatchTypes.Strategic, JsonObject) when !isCustom => JsonMergePatch.Apply(target, patch)!.AsObject(),
        (PatchTypes.Merge, _) => throw ApiErrors.BadRequest("error decoding patch: it has the wrong type"),
        _ => throw ApiErrors.UnsupportedMediaType(patchType),
    };

    /// <summary>Server-side apply.</summary>
    /// <returns>The object, and whether it was created.</returns>
    public (StoredObject Item, bool Created) ServerSideApply(
        ResourceType type, ObjectKey key, string subresource, JsonObject configuration, WriteOptions options)
    {
        ObjectChecks.CheckShape(type, configuration);
        ObjectChecks.CheckNamespace(type, key.Namespace, configuration);
        var meta = ObjectMeta.Parse(configuration);
        if (meta.ManagedFields is not null)
        {
            throw ApiErrors.BadRequest("metadata.managedFields must be nil");
        }

        meta.Name ??= key.Name;
        if (meta.Name != key.Name)
        {
            throw ApiErrors.BadRequest($"the name of the object ({meta.Name}) does not match the name on the URL ({key.Name})");
        }

        var manager = new FieldManager(options.FieldManager, FieldManager.Apply, type.GroupVersion, subresource);
        KeepOnly(type, subresource, configuration);
        var stored = cluster.Store.Collection(type).Find(key);
        if (stored is null)
        {
            return subresource.Length == 0
                ? (creation.Apply(type, key.Namespace, configuration, manager, options), true)
                : throw ApiErrors.NotFound(type, key.Name);
        }

        ObjectChecks.CheckReplaces(type, stored, configuration);
        var schema = ObjectCreation.SchemaOf(type);
        var item = Fields.ServerSideApply.Apply(stored.Read(), configuration, schema, manager, options.Force, cluster.Now);
        var owners = ObjectMeta.Parse(item).ManagedFields?.DeepClone().AsArray() ?? [];
        return (update.Write(type, stored, subresource, item, owners, options), false);
    }

    // The status is applied through its subresource only, and nothing else through it.
    private static void KeepOnly(ResourceType type, string subresource, JsonObject configuration)
    {
        if (subresource == "status")
        {
            foreach (var field in configuration.Select(field => field.Key).Except(["apiVersion", "kind", "metadata", "status"]).ToList())
            {
                configuration.Remove(field);
            }
        }
        else if (type.HasStatus)
        {
            configuration.Remove("status");
        }
    }
}

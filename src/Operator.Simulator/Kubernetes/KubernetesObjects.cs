using System.Text.Json.Nodes;
using Operator.Common;
using Operator.Entities.Schema;
using Operator.Simulator.Kubernetes.Errors;
using Operator.Simulator.Kubernetes.Objects;
using Operator.Simulator.Kubernetes.Selection;
using Operator.Simulator.Kubernetes.Storage;

namespace Operator.Simulator.Kubernetes;

/// <summary>
/// The objects of a simulated cluster, for tests and the demo to set up and look at: without HTTP, faults and counts, and
/// with the same rules. Resources are named by plural, or by plural and group where that is not enough (<c>events.events.k8s.io</c>).
/// </summary>
public sealed class KubernetesObjects
{
    private static readonly WriteOptions Options = new("simulator") { Force = true, FieldValidation = FieldValidation.Strict };

    private static readonly Lazy<IReadOnlyCollection<JsonObject>> Kinds = new(() => [.. CrdGenerator.Definitions().Values]);

    private readonly Cluster _cluster;
    private readonly ObjectApi _objects;

    internal KubernetesObjects(Cluster cluster, ObjectApi objects) => (_cluster, _objects) = (cluster, objects);

    /// <summary>A copy of one object; null for none.</summary>
    /// <param name="resource">The resource.</param>
    /// <param name="space">The namespace; empty for cluster-scoped objects.</param>
    /// <param name="name">The object's name.</param>
    public JsonObject? Get(string resource, string space, string name)
    {
        lock (_cluster.Lock)
        {
            return _cluster.Store.Collection(_cluster.Resources.Named(resource)).Find(new ObjectKey(space, name))?.Read();
        }
    }

    /// <summary>Copies of all objects of a resource, by namespace and name.</summary>
    /// <param name="resource">The resource.</param>
    /// <param name="space">The namespace, or empty for all.</param>
    /// <param name="labelSelector">A label selector, if not all are wanted.</param>
    public IReadOnlyList<JsonObject> List(string resource, string space = "", string? labelSelector = null)
    {
        var labels = LabelSelector.Parse(labelSelector);
        lock (_cluster.Lock)
        {
            return [.. _cluster.Store.Collection(_cluster.Resources.Named(resource)).Objects
                .Where(item => (space.Length == 0 || item.Key.Namespace == space) && labels.Matches(item.Labels))
                .Select(item => item.Read())];
        }
    }

    /// <summary>Installs the definitions of the operator's own kinds.</summary>
    public void ApplyKinds()
    {
        foreach (var kind in Kinds.Value)
        {
            Apply(kind);
        }
    }

    /// <summary>Creates or changes an object by server-side apply, its status included.</summary>
    /// <param name="manifest">The object; namespace <c>default</c> unless it names another.</param>
    /// <returns>The object as stored.</returns>
    /// <exception cref="InvalidOperationException">The API server refuses it; the message says why.</exception>
    public JsonObject Apply(JsonObject manifest)
    {
        // Round-tripped through text, as over HTTP: a number created in memory differs from one that was parsed.
        var configuration = JsonNode.Parse(manifest.ToJsonString())!.AsObject();
        var type = _cluster.Resources.FindKind(configuration["apiVersion"]?.ToString(), configuration["kind"]?.ToString())
            ?? throw new ArgumentException($"the simulated cluster serves no {configuration["apiVersion"]} {configuration["kind"]}", nameof(manifest));
        var meta = ObjectMeta.Parse(configuration);
        var key = new ObjectKey(type.Namespaced ? meta.Namespace ?? "default" : "", meta.Name ?? "");
        var item = Do(() => _objects.Apply(type, key, "", configuration, Options).Item);
        if (type.HasStatus && manifest["status"] is not null)
        {
            item = Do(() => _objects.Apply(type, key, "status", manifest.DeepClone().AsObject(), Options).Item);
        }

        return item.Read();
    }

    /// <summary>Applies every document of a YAML manifest, in order.</summary>
    /// <param name="yaml">The manifest.</param>
    /// <exception cref="InvalidOperationException">The API server refuses one; the message says why.</exception>
    public void ApplyYaml(string yaml)
    {
        foreach (var manifest in YamlDocuments.Parse(yaml))
        {
            Apply(manifest);
        }
    }

    /// <summary>Changes one object by a JSON merge patch.</summary>
    /// <param name="resource">The resource.</param>
    /// <param name="space">The namespace; empty for cluster-scoped objects.</param>
    /// <param name="name">The object's name.</param>
    /// <param name="patch">The patch.</param>
    /// <param name="subresource"><c>status</c>, or empty.</param>
    /// <returns>The object as stored.</returns>
    /// <exception cref="InvalidOperationException">The API server refuses it; the message says why.</exception>
    public JsonObject Patch(string resource, string space, string name, JsonObject patch, string subresource = "")
    {
        var type = _cluster.Resources.Named(resource);
        return Do(() => _objects.Patch(type, new ObjectKey(space, name), subresource, (PatchTypes.Merge, patch.DeepClone()), Options)).Read();
    }

    /// <summary>Deletes an object, or marks it if it has finalizers.</summary>
    /// <param name="resource">The resource.</param>
    /// <param name="space">The namespace; empty for cluster-scoped objects.</param>
    /// <param name="name">The object's name.</param>
    /// <exception cref="InvalidOperationException">There is no such object.</exception>
    public void Delete(string resource, string space, string name) =>
        Do(() => _objects.Delete(_cluster.Resources.Named(resource), new ObjectKey(space, name), new DeleteOptions()).Item);

    private static StoredObject Do(Func<StoredObject> operation)
    {
        try
        {
            return operation();
        }
        catch (ApiException refusal)
        {
            throw new InvalidOperationException(refusal.Message, refusal);
        }
    }
}

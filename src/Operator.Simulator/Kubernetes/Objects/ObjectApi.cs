using System.Text.Json.Nodes;
using Operator.Simulator.Kubernetes.Housekeeping;
using Operator.Simulator.Kubernetes.Resources;
using Operator.Simulator.Kubernetes.Selection;
using Operator.Simulator.Kubernetes.Storage;

namespace Operator.Simulator.Kubernetes.Objects;

/// <summary>
/// The verbs of the API server, without HTTP. Each call is one step under the cluster's lock, with everything that the
/// cluster's own controllers do because of it.
/// </summary>
internal sealed class ObjectApi
{
    private readonly Cluster _cluster;
    private readonly ObjectCreation _creation;
    private readonly ObjectUpdate _update;
    private readonly ObjectPatch _patch;
    private readonly ObjectDeletion _deletion;
    private readonly ScaleSubresource _scale;
    private readonly ObjectList _list;
    private readonly IReadOnlyList<IClusterController> _controllers;

    public ObjectApi(Cluster cluster)
    {
        _cluster = cluster;
        _creation = new ObjectCreation(cluster);
        _update = new ObjectUpdate(cluster);
        _patch = new ObjectPatch(cluster, _creation, _update);
        _deletion = new ObjectDeletion(cluster);
        _scale = new ScaleSubresource(cluster, _update);
        _list = new ObjectList(cluster);
        _controllers =
        [
            new DefinitionServing(cluster, _deletion),
            new GarbageCollector(cluster, _deletion),
            new NamespaceTermination(cluster, _deletion),
        ];
    }

    public StoredObject Get(ResourceType type, ObjectKey key) => Step(() => _cluster.Get(type, key));

    public ListPage List(ResourceType type, ObjectSelection selection, ListQuery query) => Step(() => _list.List(type, selection, query));

    public StoredObject Create(ResourceType type, string space, JsonObject item, WriteOptions options) =>
        Step(() => _creation.Create(type, space, item, options));

    public StoredObject Update(ResourceType type, ObjectKey key, string subresource, JsonObject item, WriteOptions options) =>
        Step(() => _update.Update(type, key, subresource, item, options));

    public StoredObject Patch(ResourceType type, ObjectKey key, string subresource, (string Type, JsonNode Body) patch, WriteOptions options) =>
        Step(() => _patch.Patch(type, key, subresource, patch, options));

    public (StoredObject Item, bool Created) Apply(
        ResourceType type, ObjectKey key, string subresource, JsonObject configuration, WriteOptions options) =>
        Step(() => _patch.ServerSideApply(type, key, subresource, configuration, options));

    public JsonObject GetScale(ResourceType type, ObjectKey key) => Step(() => _scale.Get(type, key));

    public JsonObject PutScale(ResourceType type, ObjectKey key, JsonObject scale, WriteOptions options) =>
        Step(() => _scale.Put(type, key, scale, options));

    public JsonObject PatchScale(ResourceType type, ObjectKey key, (string Type, JsonNode Body) patch, WriteOptions options) =>
        Step(() => _scale.Put(type, key, ObjectPatch.Apply(_scale.Get(type, key), patch.Type, patch.Body, isCustom: true), options));

    public (StoredObject Item, bool Gone) Delete(ResourceType type, ObjectKey key, DeleteOptions options) =>
        Step(() => _deletion.Delete(type, key, options));

    public IReadOnlyList<StoredObject> DeleteAll(ResourceType type, ObjectSelection selection, DeleteOptions options) => Step(() =>
    {
        var items = _cluster.Store.Collection(type).Objects.Where(selection.Matches).ToList();
        items.ForEach(item => _deletion.Delete(type, item.Key, options));
        return items;
    });

    private T Step<T>(Func<T> operation)
    {
        lock (_cluster.Lock)
        {
            var result = operation();
            while (_cluster.Store.TryTakeUnsettled(out var unsettled))
            {
                foreach (var controller in _controllers)
                {
                    controller.After(unsettled.Type, unsettled.Change);
                }
            }

            return result;
        }
    }
}

using System.Text.Json.Nodes;
using Operator.Simulator.Kubernetes.Resources;

namespace Operator.Simulator.Kubernetes.Storage;

/// <summary>The counterpart of etcd: every object, with one revision counter. Not thread-safe; the cluster's lock guards it.</summary>
internal sealed class ObjectStore
{
    private readonly Dictionary<string, ObjectCollection> _collections = new(StringComparer.Ordinal);
    private readonly Dictionary<string, StoredObject> _byUid = new(StringComparer.Ordinal);
    private readonly Dictionary<string, HashSet<string>> _dependents = new(StringComparer.Ordinal);
    private readonly Queue<(ResourceType Type, Change Change)> _unsettled = new();
    private long _lastWatch;
    private int _changesToHide;
    private string? _resourceToHide;
    private TaskCompletionSource _sent = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The revision of the last change of any object.</summary>
    public long Revision { get; private set; }

    /// <summary>Completes when some watch has been sent more, or has ended.</summary>
    public Task NextSent => _sent.Task;

    public ObjectCollection Collection(ResourceType type)
    {
        if (!_collections.TryGetValue(type.QualifiedName, out var collection))
        {
            collection = new ObjectCollection(Revision);
            _collections[type.QualifiedName] = collection;
        }

        return collection;
    }

    public StoredObject? FindByUid(string uid) => _byUid.GetValueOrDefault(uid);

    /// <summary>UIDs of the objects that name an owner.</summary>
    public IReadOnlyList<string> DependentsOf(string ownerUid) =>
        _dependents.TryGetValue(ownerUid, out var uids) ? [.. uids] : [];

    /// <summary>Stores a new version of an object; its resource version is set.</summary>
    public StoredObject Put(ResourceType type, JsonObject content)
    {
        var collection = Collection(type);
        var current = new StoredObject(content, ++Revision);
        var previous = collection.Find(current.Key);
        Record(type, collection, new Change(previous is null ? ChangeType.Added : ChangeType.Modified, current, previous, HideFrom(type)));
        return current;
    }

    public StoredObject Remove(ResourceType type, StoredObject previous)
    {
        // The last content is sent with the revision of the deletion, so that a watch can continue from there.
        var current = new StoredObject(previous.Read(), ++Revision);
        Record(type, Collection(type), new Change(ChangeType.Deleted, current, previous, HideFrom(type)));
        return current;
    }

    /// <summary>The oldest change that the controllers have not seen yet.</summary>
    public bool TryTakeUnsettled(out (ResourceType Type, Change Change) change) => _unsettled.TryDequeue(out change);

    public void Compact(long revision)
    {
        foreach (var collection in _collections.Values)
        {
            collection.Compact(Math.Min(revision, Revision));
        }
    }

    public void HideNextChanges(int count, string? plural) => (_changesToHide, _resourceToHide) = (count, plural);

    public ObjectWatch OpenWatch(ObjectCollection collection, long revision, Action cut)
    {
        var watch = new ObjectWatch(++_lastWatch, revision, cut) { HeldAfter = collection.HoldsNewWatches ? Revision : null };
        collection.Add(watch);
        return watch;
    }

    public void CloseWatch(ObjectCollection collection, ObjectWatch watch)
    {
        collection.Remove(watch);
        AnnounceSent();
    }

    public void MarkSent(ObjectWatch watch, long revision)
    {
        watch.Sent = revision;
        AnnounceSent();
    }

    public bool AllSent(long revision) => _collections.Values.All(collection => collection.AllSent(revision));

    public IReadOnlyList<ObjectWatch> Watches(ResourceType? type) =>
        type is null ? [.. _collections.Values.SelectMany(collection => collection.Watches)] : [.. Collection(type).Watches];

    private void Record(ResourceType type, ObjectCollection collection, Change change)
    {
        collection.Record(change);
        Index(change);
        _unsettled.Enqueue((type, change));
    }

    private long HideFrom(ResourceType type)
    {
        if (_changesToHide == 0 || (_resourceToHide is { } plural && plural != type.Plural))
        {
            return 0;
        }

        _changesToHide--;
        return _lastWatch;
    }

    private void Index(Change change)
    {
        foreach (var owner in change.Previous?.OwnerUids ?? [])
        {
            if (_dependents.TryGetValue(owner, out var uids) && uids.Remove(change.Current.Uid) && uids.Count == 0)
            {
                _dependents.Remove(owner);
            }
        }

        if (change.Type == ChangeType.Deleted)
        {
            _byUid.Remove(change.Current.Uid);
            return;
        }

        _byUid[change.Current.Uid] = change.Current;
        foreach (var owner in change.Current.OwnerUids)
        {
            if (!_dependents.TryGetValue(owner, out var uids))
            {
                uids = new HashSet<string>(StringComparer.Ordinal);
                _dependents[owner] = uids;
            }

            uids.Add(change.Current.Uid);
        }
    }

    private void AnnounceSent()
    {
        var sent = _sent;
        _sent = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        sent.SetResult();
    }
}

using Operator.Simulator.Kubernetes.Errors;

namespace Operator.Simulator.Kubernetes.Storage;

/// <summary>
/// All objects of one resource, the changes since the last compaction, and the watches on them. A watch keeps only its
/// place in the history, so a change costs the same however many watch.
/// </summary>
/// <param name="revision">The revision at which the collection began to be served; nothing older can be watched.</param>
internal sealed class ObjectCollection(long revision)
{
    // A watch that falls so far behind must list again; it bounds the memory that history takes.
    private const int MostChanges = 10_000;

    private readonly SortedDictionary<ObjectKey, StoredObject> _objects = new(ObjectKey.ListOrder);
    private readonly List<Change> _changes = [];
    private readonly List<ObjectWatch> _watches = [];

    /// <summary>Changes up to here are forgotten.</summary>
    public long CompactedTo { get; private set; } = revision;

    /// <summary>Whether newly opened watches receive no further changes.</summary>
    public bool HoldsNewWatches { get; set; }

    public IReadOnlyCollection<StoredObject> Objects => _objects.Values;

    public IReadOnlyList<ObjectWatch> Watches => _watches;

    public StoredObject? Find(ObjectKey key) => _objects.GetValueOrDefault(key);

    public void Record(Change change)
    {
        if (change.Type == ChangeType.Deleted)
        {
            _objects.Remove(change.Current.Key);
        }
        else
        {
            _objects[change.Current.Key] = change.Current;
        }

        _changes.Add(change);
        if (_changes.Count > 2 * MostChanges)
        {
            Compact(_changes[MostChanges].Revision);
        }

        Wake();
    }

    /// <summary>Sends every watch what was hidden from it.</summary>
    public void Release()
    {
        HoldsNewWatches = false;
        _watches.ForEach(watch => watch.HeldAfter = null);
        Wake();
    }

    /// <summary>The changes after a revision, oldest first.</summary>
    public IReadOnlyList<Change> ChangesAfter(long revision)
    {
        if (revision < CompactedTo)
        {
            throw ApiErrors.Expired($"too old resource version: {revision} ({CompactedTo})");
        }

        var first = IndexAfter(revision);
        return _changes.GetRange(first, _changes.Count - first);
    }

    /// <summary>The objects as of a revision: the current ones with later changes undone.</summary>
    public IReadOnlyCollection<StoredObject> ObjectsAt(long revision)
    {
        var later = ChangesAfter(revision);
        if (later.Count == 0)
        {
            return Objects;
        }

        var objects = new SortedDictionary<ObjectKey, StoredObject>(_objects, ObjectKey.ListOrder);
        foreach (var change in later.Reverse())
        {
            if (change.Previous is { } previous)
            {
                objects[previous.Key] = previous;
            }
            else
            {
                objects.Remove(change.Current.Key);
            }
        }

        return objects.Values;
    }

    public void Compact(long revision)
    {
        // A watch that has missed nothing is not affected by compaction.
        foreach (var watch in _watches.Where(watch => IndexAfter(watch.Sent) == _changes.Count))
        {
            watch.Sent = Math.Max(watch.Sent, revision);
        }

        _changes.RemoveRange(0, IndexAfter(revision));
        CompactedTo = Math.Max(CompactedTo, revision);
        Wake();
    }

    public void Add(ObjectWatch watch) => _watches.Add(watch);

    public void Remove(ObjectWatch watch) => _watches.Remove(watch);

    /// <summary>Whether every watch was sent all that happened up to a revision.</summary>
    public bool AllSent(long revision)
    {
        var last = IndexAfter(revision) - 1;
        return last < 0 || _watches.TrueForAll(watch => watch.Sent >= _changes[last].Revision);
    }

    // The index of the first change after a revision; revisions only grow.
    private int IndexAfter(long revision)
    {
        var (low, high) = (0, _changes.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = _changes[middle].Revision <= revision ? (middle + 1, high) : (low, middle);
        }

        return low;
    }

    private void Wake()
    {
        foreach (var watch in _watches)
        {
            watch.Wake();
        }
    }
}

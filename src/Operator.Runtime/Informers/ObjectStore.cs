namespace Operator.Runtime.Informers;

/// <inheritdoc cref="IStore{T}"/>
/// <remarks>Filled by an informer, or by a test.</remarks>
public sealed class ObjectStore<T> : IStore<T>
    where T : class, IKubernetesObject
{
    private readonly Lock _lock = new();
    private readonly Dictionary<NamespacedName, StoreEntry<T>> _entries = [];
    private readonly List<StoreIndex<T>> _indexes = [];
    private string? _version;

    /// <summary>Called after each change with the object before and after it, outside of locks.</summary>
    internal Action<T?, T?>? Changed { get; set; }

    /// <inheritdoc/>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _entries.Count;
            }
        }
    }

    /// <inheritdoc/>
    public T? Get(NamespacedName key)
    {
        lock (_lock)
        {
            return _entries.GetValueOrDefault(key)?.Item;
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<T> List()
    {
        lock (_lock)
        {
            return [.. _entries.Values.Select(entry => entry.Item)];
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<T> ByIndex(string name, string value)
    {
        lock (_lock)
        {
            var index = _indexes.Find(index => index.Name == name)
                ?? throw new ArgumentException($"There is no index '{name}'.", nameof(name));
            return index.Find(value);
        }
    }

    /// <inheritdoc/>
    public void AddIndex(string name, Func<T, IEnumerable<string>> valuesOf)
    {
        lock (_lock)
        {
            if (_entries.Count > 0 || _indexes.Exists(index => index.Name == name))
            {
                throw new InvalidOperationException($"The index '{name}' must be added once, and before there are objects.");
            }

            _indexes.Add(new(name, valuesOf));
        }
    }

    /// <inheritdoc/>
    public void Upsert(T fresher)
    {
        ArgumentNullException.ThrowIfNull(fresher);
        var entry = Prepare(fresher);
        StoreEntry<T>? known;
        lock (_lock)
        {
            // Everything about a missing object is known up to the version observed: before that, it was deleted.
            known = _entries.GetValueOrDefault(entry.Key);
            if (!ResourceVersions.IsNewer(entry.Version, known?.Version ?? _version))
            {
                return;
            }

            Put(entry, known);
        }

        Changed?.Invoke(known?.Item, fresher);
    }

    /// <summary>Stores an object unless a newer version is known.</summary>
    public void Set(T item)
    {
        ArgumentNullException.ThrowIfNull(item);
        Set(Prepare(item));
    }

    /// <summary>Removes an object unless a newer one with its name is known.</summary>
    /// <param name="key">The object's key.</param>
    /// <param name="version">The version of its deletion; null removes it unconditionally.</param>
    public void Remove(NamespacedName key, string? version = null)
    {
        StoreEntry<T>? known;
        lock (_lock)
        {
            Observe(version);
            known = _entries.GetValueOrDefault(key);
            if (known is null || ResourceVersions.IsNewer(known.Version, version))
            {
                return;
            }

            Drop(known);
        }

        Changed?.Invoke(known.Item, null);
    }

    /// <summary>Computes the index values; throws what they throw before anything is changed.</summary>
    internal StoreEntry<T> Prepare(T item) =>
        new(item, _indexes.Count == 0 ? [] : [.. _indexes.Select(index => index.ValuesOf(item).Distinct().ToArray())]);

    internal void Set(StoreEntry<T> entry)
    {
        StoreEntry<T>? known;
        lock (_lock)
        {
            Observe(entry.Version);
            known = _entries.GetValueOrDefault(entry.Key);
            if (known is not null && ResourceVersions.Compare(entry.Version, known.Version) <= 0)
            {
                return; // the echo of an own write, or something older
            }

            Put(entry, known);
        }

        Changed?.Invoke(known?.Item, entry.Item);
    }

    /// <summary>Everything up to this version is known.</summary>
    internal void Observe(string? version)
    {
        lock (_lock)
        {
            _version = version ?? _version;
        }
    }

    /// <summary>Replaces the contents with a full list. Newer writes of this process are kept.</summary>
    internal void Replace(IEnumerable<StoreEntry<T>> entries, string version)
    {
        List<(T? Before, T? After)> changes = [];
        lock (_lock)
        {
            // A list older than what was observed before: the server was restored from a backup, and nothing stored here is valid.
            var restored = ResourceVersions.Compare(version, _version) < 0;
            var gone = new Dictionary<NamespacedName, StoreEntry<T>>(_entries);
            foreach (var entry in entries)
            {
                gone.Remove(entry.Key, out var known);
                if (known is null || restored || !(ResourceVersions.Compare(entry.Version, known.Version) <= 0))
                {
                    Put(entry, known);
                    changes.Add((known?.Item, entry.Item));
                }
            }

            foreach (var entry in gone.Values.Where(entry => restored || !ResourceVersions.IsNewer(entry.Version, version)))
            {
                Drop(entry);
                changes.Add((entry.Item, null));
            }

            _version = version;
        }

        changes.ForEach(change => Changed?.Invoke(change.Before, change.After));
    }

    private void Put(StoreEntry<T> entry, StoreEntry<T>? known)
    {
        if (known is not null)
        {
            Drop(known);
        }

        _entries[entry.Key] = entry;
        for (var i = 0; i < entry.IndexValues.Length; i++)
        {
            _indexes[i].Add(entry, entry.IndexValues[i]);
        }
    }

    private void Drop(StoreEntry<T> entry)
    {
        _entries.Remove(entry.Key);
        for (var i = 0; i < entry.IndexValues.Length; i++)
        {
            _indexes[i].Remove(entry, entry.IndexValues[i]);
        }
    }
}

namespace Operator.Runtime.Informers;

/// <summary>An object with its index values, computed once.</summary>
internal sealed class StoreEntry<T>(T item, string[][] indexValues)
    where T : class, IKubernetesObject
{
    public T Item { get; } = item;

    public NamespacedName Key { get; } = NamespacedName.From(item);

    public string[][] IndexValues { get; } = indexValues;

    public string? Version => Item.Metadata.ResourceVersion;
}

/// <summary>Finds objects by a value computed from them.</summary>
internal sealed class StoreIndex<T>(string name, Func<T, IEnumerable<string>> valuesOf)
    where T : class, IKubernetesObject
{
    private readonly Dictionary<string, HashSet<StoreEntry<T>>> _entries = [];

    public string Name { get; } = name;

    public Func<T, IEnumerable<string>> ValuesOf { get; } = valuesOf;

    public IReadOnlyList<T> Find(string value) =>
        _entries.TryGetValue(value, out var entries) ? [.. entries.Select(entry => entry.Item)] : [];

    public void Add(StoreEntry<T> entry, string[] values)
    {
        foreach (var value in values)
        {
            if (!_entries.TryGetValue(value, out var entries))
            {
                _entries[value] = entries = [];
            }

            entries.Add(entry);
        }
    }

    public void Remove(StoreEntry<T> entry, string[] values)
    {
        foreach (var value in values)
        {
            if (_entries.TryGetValue(value, out var entries) && entries.Remove(entry) && entries.Count == 0)
            {
                _entries.Remove(value); // values come and go, so their entries must be removed
            }
        }
    }
}

namespace Operator.Runtime.Informers;

/// <summary>The stores of several namespaces as one.</summary>
internal sealed class NamespacedStore<T>(IReadOnlyDictionary<string, IStore<T>> stores) : IStore<T>
    where T : class, IKubernetesObject
{
    /// <inheritdoc/>
    public int Count => stores.Values.Sum(store => store.Count);

    /// <inheritdoc/>
    public T? Get(NamespacedName key) => stores.GetValueOrDefault(key.Namespace)?.Get(key);

    /// <inheritdoc/>
    public IReadOnlyList<T> List() => [.. stores.Values.SelectMany(store => store.List())];

    /// <inheritdoc/>
    public void AddIndex(string name, Func<T, IEnumerable<string>> valuesOf)
    {
        foreach (var store in stores.Values)
        {
            store.AddIndex(name, valuesOf);
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<T> ByIndex(string name, string value) => [.. stores.Values.SelectMany(store => store.ByIndex(name, value))];

    /// <inheritdoc/>
    public void Upsert(T fresher) => stores.GetValueOrDefault(NamespacedName.From(fresher).Namespace)?.Upsert(fresher);
}

namespace Operator.Runtime.Informers;

/// <summary>
/// The objects of one kind as last received from the API server. Reads make no calls and return shared instances: <b>never modify them;
/// make a copy.</b>
/// </summary>
public interface IStore<T>
    where T : class, IKubernetesObject
{
    /// <summary>Number of objects.</summary>
    int Count { get; }

    /// <summary>One object; null for none.</summary>
    T? Get(NamespacedName key);

    /// <summary>All objects, in no particular order.</summary>
    IReadOnlyList<T> List();

    /// <summary>Adds an index by values computed from objects. Add indexes before the informer runs.</summary>
    /// <param name="name">The index's name.</param>
    /// <param name="valuesOf">The values of one object; pure. An object for which it throws counts as malformed.</param>
    void AddIndex(string name, Func<T, IEnumerable<string>> valuesOf);

    /// <summary>The objects with a value in an index, in no particular order.</summary>
    IReadOnlyList<T> ByIndex(string name, string value);

    /// <summary>
    /// Stores the API server's answer to a write of this process, so that the next reconcile does not act on the previous state. Ignored
    /// unless its resource version is newer than what is known about the object, including its deletion.
    /// </summary>
    void Upsert(T fresher);
}

namespace Operator.Runtime.Informers;

/// <summary>
/// The objects of one kind as last heard from the API server. Reads cost no call and return the shared instances:
/// <b>never change what you get; make a copy.</b>
/// </summary>
public interface IStore<T>
    where T : class, IKubernetesObject
{
    /// <summary>How many objects there are.</summary>
    int Count { get; }

    /// <summary>One object, or null.</summary>
    T? Get(NamespacedName key);

    /// <summary>All objects, in no order.</summary>
    IReadOnlyList<T> List();

    /// <summary>Keeps the objects findable by values computed from them. Add indexes before the informer runs.</summary>
    /// <param name="name">Names the index.</param>
    /// <param name="valuesOf">The values of one object; pure. An object for which it throws is taken for malformed.</param>
    void AddIndex(string name, Func<T, IEnumerable<string>> valuesOf);

    /// <summary>The objects that have a value in an index, in no order.</summary>
    IReadOnlyList<T> ByIndex(string name, string value);

    /// <summary>
    /// Takes in what the API server answered to one's own write, so that the next pass does not act on the state before it.
    /// Ignored unless it is newer, by resource version, than what is known of that object, its deletion included.
    /// </summary>
    void Upsert(T fresher);
}

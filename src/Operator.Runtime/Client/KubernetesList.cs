namespace Operator.Runtime.Client;

/// <summary>All objects of a kind at one point in time.</summary>
/// <param name="Items">The readable objects.</param>
/// <param name="ResourceVersion">The version of the list; a watch may start here.</param>
/// <param name="Malformed">The unreadable objects.</param>
public sealed record KubernetesList<T>(
    IReadOnlyList<T> Items, string ResourceVersion, IReadOnlyList<MalformedObject> Malformed);

/// <summary>A stored object that cannot be deserialized to its type.</summary>
/// <param name="Key">Its key.</param>
/// <param name="Uid">Its UID, if readable.</param>
/// <param name="ResourceVersion">Its version, if readable.</param>
/// <param name="Error">What is wrong, and where.</param>
public sealed record MalformedObject(NamespacedName Key, string? Uid, string? ResourceVersion, string Error);

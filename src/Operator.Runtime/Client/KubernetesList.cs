namespace Operator.Runtime.Client;

/// <summary>All objects of a kind as of one instant.</summary>
/// <param name="Items">The objects that could be read.</param>
/// <param name="ResourceVersion">The instant; a watch may start here.</param>
/// <param name="Malformed">The objects that could not be read.</param>
public sealed record KubernetesList<T>(
    IReadOnlyList<T> Items, string ResourceVersion, IReadOnlyList<MalformedObject> Malformed);

/// <summary>An object that the API server holds but whose content does not fit the type it is read as.</summary>
/// <param name="Key">Which one.</param>
/// <param name="Uid">Its UID, when that much could be read.</param>
/// <param name="ResourceVersion">Its version, when that much could be read.</param>
/// <param name="Error">What does not fit, and where.</param>
public sealed record MalformedObject(NamespacedName Key, string? Uid, string? ResourceVersion, string Error);

namespace Operator.Runtime.Client;

/// <summary>What a watch has to say.</summary>
public enum WatchEventType
{
    /// <summary>The object is new, or newly selected.</summary>
    Added,

    /// <summary>The object has changed.</summary>
    Modified,

    /// <summary>The object is gone, or no longer selected; its last state is sent along.</summary>
    Deleted,

    /// <summary>Nothing changed up to this version.</summary>
    Bookmark,

    /// <summary>The server cannot go on, such as 410 when the version asked for is too old.</summary>
    Error,

    /// <summary>An object was added or changed whose content does not fit its type.</summary>
    Malformed,
}

/// <summary>One message of a watch.</summary>
/// <param name="Type">What happened.</param>
/// <param name="ResourceVersion">The version up to which the watcher is informed after this message.</param>
/// <param name="Item">The object, for added, modified and deleted.</param>
/// <param name="Error">What the server said, for an error.</param>
/// <param name="Malformed">What could not be read, for a malformed object.</param>
public sealed record WatchEvent<T>(
    WatchEventType Type,
    string? ResourceVersion,
    T? Item = null,
    KubernetesApiException? Error = null,
    MalformedObject? Malformed = null)
    where T : class, IKubernetesObject;

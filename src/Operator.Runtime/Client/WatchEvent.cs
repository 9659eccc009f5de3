namespace Operator.Runtime.Client;

/// <summary>The type of a watch event.</summary>
public enum WatchEventType
{
    /// <summary>The object is new, or newly selected.</summary>
    Added,

    /// <summary>The object has changed.</summary>
    Modified,

    /// <summary>The object is gone, or no longer selected; its last state is included.</summary>
    Deleted,

    /// <summary>Nothing changed up to this version.</summary>
    Bookmark,

    /// <summary>The server cannot continue, for example 410 if the requested version is too old.</summary>
    Error,

    /// <summary>An object was added or changed that cannot be deserialized to its type.</summary>
    Malformed,
}

/// <summary>One event of a watch.</summary>
/// <param name="Type">What happened.</param>
/// <param name="ResourceVersion">The version up to which the watcher is informed after this event.</param>
/// <param name="Item">The object, for added, modified and deleted.</param>
/// <param name="Error">The server's message, for an error.</param>
/// <param name="Malformed">The unreadable object, for a malformed one.</param>
public sealed record WatchEvent<T>(
    WatchEventType Type,
    string? ResourceVersion,
    T? Item = null,
    KubernetesApiException? Error = null,
    MalformedObject? Malformed = null)
    where T : class, IKubernetesObject;

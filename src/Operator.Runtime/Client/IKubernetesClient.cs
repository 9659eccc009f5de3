using System.Text.Json;
using System.Text.Json.Nodes;

namespace Operator.Runtime.Client;

/// <summary>
/// Typed access to the API server for every kind that carries a <c>[KubernetesEntity]</c>: our own, and those of <c>k8s.Models</c>. Each method throws
/// <see cref="KubernetesApiException"/> for what the server refuses, <see cref="HttpRequestException"/> when it cannot be
/// reached and <see cref="TimeoutException"/> when it does not answer in time. Objects come back with their API version and
/// kind filled in, also those from lists.
/// </summary>
public interface IKubernetesClient
{
    /// <summary>How objects are written to and read from JSON; for comparing before a write.</summary>
    JsonSerializerOptions SerializerOptions { get; }

    /// <summary>Reads one object, or null when there is none of that name.</summary>
    Task<T?> GetAsync<T>(NamespacedName name, CancellationToken cancellationToken)
        where T : class;

    /// <summary>
    /// Reads all objects of a kind as of one instant: of one namespace or of all (null), and those with certain labels
    /// (<c>app=web,tier!=db</c>) or all (null). Fetched in pages, started again when the pages expire meanwhile.
    /// </summary>
    Task<KubernetesList<T>> ListAsync<T>(string? namespaceName, string? labelSelector, CancellationToken cancellationToken)
        where T : class, IKubernetesObject;

    /// <summary>Follows the changes of a kind until the server ends the watch, the connection breaks or the caller cancels.</summary>
    /// <exception cref="TimeoutException">Nothing was heard for <see cref="WatchOptions.SilenceLimit"/>.</exception>
    IAsyncEnumerable<WatchEvent<T>> WatchAsync<T>(WatchOptions options, CancellationToken cancellationToken)
        where T : class, IKubernetesObject;

    /// <summary>Creates an object, filling in its API version and kind, and returns it as stored.</summary>
    Task<T> CreateAsync<T>(T item, CancellationToken cancellationToken)
        where T : class;

    /// <summary>
    /// Changes an object, or a subresource of it such as <c>status</c>, by a JSON merge patch, and returns it as stored.
    /// A <c>metadata.resourceVersion</c> in the patch is a precondition.
    /// </summary>
    Task<T> PatchAsync<T>(NamespacedName name, JsonNode mergePatch, string? subresource, CancellationToken cancellationToken)
        where T : class;

    /// <summary>Creates or changes an object by server-side apply: it owns the fields that are set, and only those.</summary>
    Task<T> ApplyAsync<T>(T item, ApplyOptions options, CancellationToken cancellationToken)
        where T : class, IKubernetesObject;

    /// <summary>Asks for the deletion of an object; it goes once its finalizers are gone.</summary>
    /// <returns>The object on its way out, while finalizers hold it; null when it is gone, or there was none of that name, which is as good.</returns>
    Task<T?> DeleteAsync<T>(NamespacedName name, DeleteOptions? options, CancellationToken cancellationToken)
        where T : class;
}

/// <summary>How to apply on the server side.</summary>
/// <param name="FieldManager">Who owns the fields.</param>
/// <param name="Force">Take fields over from other managers instead of failing with a conflict.</param>
/// <param name="Subresource">Such as <c>status</c>, or null for the object itself.</param>
public sealed record ApplyOptions(string FieldManager, bool Force = false, string? Subresource = null);

/// <summary>How to delete.</summary>
/// <param name="Uid">Only the object with this UID; otherwise a conflict.</param>
/// <param name="ResourceVersion">Only this version of it; otherwise a conflict.</param>
/// <param name="Propagation">What becomes of its dependents; null leaves it to the kind's default.</param>
public sealed record DeleteOptions(string? Uid = null, string? ResourceVersion = null, PropagationPolicy? Propagation = null);

/// <summary>What becomes of the dependents of a deleted object.</summary>
public enum PropagationPolicy
{
    /// <summary>They are deleted afterwards.</summary>
    Background,

    /// <summary>They are deleted first.</summary>
    Foreground,

    /// <summary>They stay.</summary>
    Orphan,
}

/// <summary>What to watch, and from where.</summary>
public sealed record WatchOptions
{
    /// <summary>One namespace, or null for all.</summary>
    public string? Namespace { get; init; }

    /// <summary>A label selector, or null for all.</summary>
    public string? LabelSelector { get; init; }

    /// <summary>Changes after this version are sent; null starts with what exists.</summary>
    public string? ResourceVersion { get; init; }

    /// <summary>After how long the server shall end the watch; null leaves it to the server.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>A connection on which nothing, not even a bookmark, was heard for this long is taken for dead; null waits for ever.</summary>
    public TimeSpan? SilenceLimit { get; init; }
}

using System.Text.Json;
using System.Text.Json.Nodes;

namespace Operator.Runtime.Client;

/// <summary>
/// Typed access to the API server for every kind with <c>[KubernetesEntity]</c>: our own, and those of <c>k8s.Models</c>. Every method
/// throws <see cref="KubernetesApiException"/> for refusals, <see cref="HttpRequestException"/> if the server is unreachable and <see
/// cref="TimeoutException"/> if it does not answer in time. Returned objects always have API version and kind, even items of lists.
/// </summary>
public interface IKubernetesClient
{
    /// <summary>The JSON serializer options, for comparing before a write.</summary>
    JsonSerializerOptions SerializerOptions { get; }

    /// <summary>Reads one object; null for none.</summary>
    Task<T?> GetAsync<T>(NamespacedName name, CancellationToken cancellationToken)
        where T : class;

    /// <summary>
    /// Reads all objects of a kind at one point in time: in one namespace or all (null), with a label selector (<c>app=web,tier!=db</c>) or
    /// all (null). Reads page by page, starting over if the pages expire.
    /// </summary>
    Task<KubernetesList<T>> ListAsync<T>(string? namespaceName, string? labelSelector, CancellationToken cancellationToken)
        where T : class, IKubernetesObject;

    /// <summary>Follows the changes of a kind until the server ends the watch, the connection breaks or the caller cancels.</summary>
    /// <exception cref="TimeoutException">Nothing was received for <see cref="WatchOptions.SilenceLimit"/>.</exception>
    IAsyncEnumerable<WatchEvent<T>> WatchAsync<T>(WatchOptions options, CancellationToken cancellationToken)
        where T : class, IKubernetesObject;

    /// <summary>Creates an object, filling in its API version and kind, and returns it as stored.</summary>
    Task<T> CreateAsync<T>(T item, CancellationToken cancellationToken)
        where T : class;

    /// <summary>
    /// Changes an object, or a subresource such as <c>status</c>, with a JSON merge patch, and returns it as stored. A
    /// <c>metadata.resourceVersion</c> in the patch is a precondition.
    /// </summary>
    Task<T> PatchAsync<T>(NamespacedName name, JsonNode mergePatch, string? subresource, CancellationToken cancellationToken)
        where T : class;

    /// <summary>Creates or changes an object with server-side apply, which owns the fields that are set and no others.</summary>
    Task<T> ApplyAsync<T>(T item, ApplyOptions options, CancellationToken cancellationToken)
        where T : class, IKubernetesObject;

    /// <summary>Requests the deletion of an object, which disappears once its finalizers are removed.</summary>
    /// <returns>The object being deleted, if finalizers block it; null if it is gone or did not exist.</returns>
    Task<T?> DeleteAsync<T>(NamespacedName name, DeleteOptions? options, CancellationToken cancellationToken)
        where T : class;
}

/// <summary>Options of server-side apply.</summary>
/// <param name="FieldManager">The owner of the fields.</param>
/// <param name="Force">Take over fields of other managers instead of failing with a conflict.</param>
/// <param name="Subresource">Such as <c>status</c>; null for the object itself.</param>
public sealed record ApplyOptions(string FieldManager, bool Force = false, string? Subresource = null);

/// <summary>Options of a deletion.</summary>
/// <param name="Uid">Only the object with this UID; otherwise a conflict.</param>
/// <param name="ResourceVersion">Only this version of it; otherwise a conflict.</param>
/// <param name="Propagation">What happens to its dependents; null for the kind's default.</param>
public sealed record DeleteOptions(string? Uid = null, string? ResourceVersion = null, PropagationPolicy? Propagation = null);

/// <summary>What happens to the dependents of a deleted object.</summary>
public enum PropagationPolicy
{
    /// <summary>They are deleted afterwards.</summary>
    Background,

    /// <summary>They are deleted first.</summary>
    Foreground,

    /// <summary>They stay.</summary>
    Orphan,
}

/// <summary>Options of a watch.</summary>
public sealed record WatchOptions
{
    /// <summary>One namespace; null for all.</summary>
    public string? Namespace { get; init; }

    /// <summary>A label selector; null for all.</summary>
    public string? LabelSelector { get; init; }

    /// <summary>Changes after this version are sent; null starts with the existing objects.</summary>
    public string? ResourceVersion { get; init; }

    /// <summary>When the server should end the watch; null leaves it to the server.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>A connection that receives nothing, not even a bookmark, for this long is considered dead; null waits forever.</summary>
    public TimeSpan? SilenceLimit { get; init; }
}

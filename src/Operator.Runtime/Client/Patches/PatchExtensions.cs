using System.Text.Json;
using System.Text.Json.Nodes;

namespace Operator.Runtime.Client.Patches;

/// <summary>Writes only differences, and nothing if there are none.</summary>
public static class PatchExtensions
{
    /// <summary>
    /// Patches the status subresource if the status of the two objects differs. Without the resource version this may also change a newer
    /// object with the same name: the API server does not check the UID of a status.
    /// </summary>
    /// <param name="client">The API server.</param>
    /// <param name="original">The object as read.</param>
    /// <param name="desired">The object as desired.</param>
    /// <param name="withResourceVersion">Fail with a conflict if another writer changed the object since it was read.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>The object as stored; null if nothing had to be written.</returns>
    public static Task<T?> PatchStatusIfChangedAsync<T>(
        this IKubernetesClient client, T original, T desired, bool withResourceVersion, CancellationToken cancellationToken)
        where T : class, IKubernetesObject
    {
        ArgumentNullException.ThrowIfNull(client);
        var status = MergePatch.Compute(Part(client, original, "status"), Part(client, desired, "status"));
        var patch = status is null ? null : new JsonObject { ["status"] = status };
        return client.PatchAsync(original, patch, "status", withResourceVersion, cancellationToken);
    }

    /// <summary>The same for everything except the status: metadata (labels, annotations, finalizers, owners) and spec.</summary>
    /// <param name="client">The API server.</param>
    /// <param name="original">The object as read.</param>
    /// <param name="desired">The object as desired.</param>
    /// <param name="withResourceVersion">Fail with a conflict if another writer changed the object since it was read; needed for lists such as finalizers.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>The object as stored; null if nothing had to be written.</returns>
    public static Task<T?> PatchIfChangedAsync<T>(
        this IKubernetesClient client, T original, T desired, bool withResourceVersion, CancellationToken cancellationToken)
        where T : class, IKubernetesObject
    {
        ArgumentNullException.ThrowIfNull(client);
        var patch = MergePatch.Compute(original, desired, client.SerializerOptions);
        patch?.Remove("status");
        return client.PatchAsync(original, patch is { Count: > 0 } ? patch : null, null, withResourceVersion, cancellationToken);
    }

    private static async Task<T?> PatchAsync<T>(
        this IKubernetesClient client,
        T original,
        JsonObject? patch,
        string? subresource,
        bool withResourceVersion,
        CancellationToken cancellationToken)
        where T : class, IKubernetesObject
    {
        if (patch is null)
        {
            return null;
        }

        if (withResourceVersion)
        {
            if (patch["metadata"] is not JsonObject metadata)
            {
                patch["metadata"] = metadata = [];
            }

            metadata["resourceVersion"] = original.Metadata.ResourceVersion;
        }

        return await client.PatchAsync<T>(NamespacedName.From(original), patch, subresource, cancellationToken);
    }

    private static JsonObject? Part<T>(IKubernetesClient client, T item, string name) =>
        JsonSerializer.SerializeToNode(item, client.SerializerOptions.TypeInfo<T>())?[name] as JsonObject;
}

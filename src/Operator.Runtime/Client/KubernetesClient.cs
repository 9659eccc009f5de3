using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using Operator.Runtime.Client.Configuration;
using Operator.Runtime.Client.Http;

namespace Operator.Runtime.Client;

/// <inheritdoc cref="IKubernetesClient"/>
public sealed class KubernetesClient : IKubernetesClient, IDisposable
{
    private const int MaxListRestarts = 3;

    private readonly KubernetesClientOptions _options;
    private readonly ApiConnection _connection;

    /// <summary>Makes a client; it connects when it is first used.</summary>
    public KubernetesClient(KubernetesClientConfiguration configuration, KubernetesClientOptions options)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        ArgumentNullException.ThrowIfNull(options);
        _options = options;
        _connection = new(configuration, options);
        SerializerOptions = KubernetesJson.CreateOptions(options.TypeInfoResolvers);
    }

    /// <inheritdoc/>
    public JsonSerializerOptions SerializerOptions { get; }

    /// <inheritdoc/>
    public async Task<T?> GetAsync<T>(NamespacedName name, CancellationToken cancellationToken)
        where T : class, IKubernetesObject
    {
        try
        {
            return await SendAsync<T>(HttpMethod.Get, ResourceKind<T>.Path(name), null, cancellationToken);
        }
        catch (KubernetesApiException e) when (e.IsNotFound)
        {
            return null;
        }
    }

    /// <inheritdoc/>
    public async Task<KubernetesList<T>> ListAsync<T>(string? namespaceName, string? labelSelector, CancellationToken cancellationToken)
        where T : class, IKubernetesObject
    {
        for (var restarts = 0; ; restarts++)
        {
            try
            {
                // Where the pages keep expiring, all at once is dear but ends.
                var pageSize = restarts < MaxListRestarts ? _options.PageSize : 0;
                return await ListPagesAsync<T>(namespaceName, labelSelector, pageSize, cancellationToken);
            }
            catch (KubernetesApiException e) when (e.IsGone && restarts < MaxListRestarts)
            {
            }
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<WatchEvent<T>> WatchAsync<T>(
        WatchOptions options, [EnumeratorCancellation] CancellationToken cancellationToken)
        where T : class, IKubernetesObject
    {
        var path = new QueryBuilder(ResourceKind<T>.Path(options.Namespace))
            .With("watch", "true")
            .With("allowWatchBookmarks", "true")
            .With("labelSelector", options.LabelSelector)
            .With("resourceVersion", options.ResourceVersion)
            .With("timeoutSeconds", options.Timeout is { } timeout ? ((int)timeout.TotalSeconds).ToString() : null);
        using var response = await _connection.OpenAsync(path.ToString(), cancellationToken);
        await using var body = await response.Content.ReadAsStreamAsync(cancellationToken);
        var stream = new WatchStream<T>(body, SerializerOptions, options.SilenceLimit, _options.Time);
        await foreach (var change in stream.ReadAsync(cancellationToken))
        {
            yield return change;
        }
    }

    /// <inheritdoc/>
    public Task<T> CreateAsync<T>(T item, CancellationToken cancellationToken)
        where T : class, IKubernetesObject
    {
        ArgumentNullException.ThrowIfNull(item);
        var body = Body(ResourceKind<T>.Complete(item), "application/json");
        return SendAsync<T>(HttpMethod.Post, ResourceKind<T>.Path(item.Metadata.NamespaceProperty), body, cancellationToken);
    }

    /// <inheritdoc/>
    public Task<T> PatchAsync<T>(NamespacedName name, JsonNode mergePatch, string? subresource, CancellationToken cancellationToken)
        where T : class, IKubernetesObject
    {
        ArgumentNullException.ThrowIfNull(mergePatch);
        var body = new StringContent(mergePatch.ToJsonString(), new MediaTypeHeaderValue("application/merge-patch+json"));
        return SendAsync<T>(HttpMethod.Patch, ResourceKind<T>.Path(name, subresource), body, cancellationToken);
    }

    /// <inheritdoc/>
    public Task<T> ApplyAsync<T>(T item, ApplyOptions options, CancellationToken cancellationToken)
        where T : class, IKubernetesObject
    {
        ArgumentNullException.ThrowIfNull(item);
        ArgumentNullException.ThrowIfNull(options);
        var path = new QueryBuilder(ResourceKind<T>.Path(NamespacedName.Of(item), options.Subresource))
            .With("fieldManager", options.FieldManager)
            .With("force", options.Force ? "true" : null);
        // The media type says YAML, of which JSON is a part.
        var body = Body(ResourceKind<T>.Complete(item), "application/apply-patch+yaml");
        return SendAsync<T>(HttpMethod.Patch, path.ToString(), body, cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<bool> DeleteAsync<T>(NamespacedName name, DeleteOptions? options, CancellationToken cancellationToken)
        where T : class, IKubernetesObject
    {
        try
        {
            await _connection.FetchAsync(HttpMethod.Delete, ResourceKind<T>.Path(name), DeleteBody(options), cancellationToken);
            return true;
        }
        catch (KubernetesApiException e) when (e.IsNotFound)
        {
            return false;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _connection.Dispose();

    private async Task<KubernetesList<T>> ListPagesAsync<T>(
        string? namespaceName, string? labelSelector, int pageSize, CancellationToken cancellationToken)
        where T : class, IKubernetesObject
    {
        var reader = new ListReader<T>(SerializerOptions);
        do
        {
            var path = new QueryBuilder(ResourceKind<T>.Path(namespaceName))
                .With("labelSelector", labelSelector)
                .With("limit", pageSize > 0 ? pageSize.ToString() : null)
                .With("continue", reader.Continue);
            reader.Add(await _connection.FetchAsync(HttpMethod.Get, path.ToString(), body: null, cancellationToken));
        }
        while (reader.Continue is not null);
        return reader.ToList();
    }

    private async Task<T> SendAsync<T>(HttpMethod method, string path, HttpContent? body, CancellationToken cancellationToken)
        where T : class, IKubernetesObject
    {
        var answer = await _connection.FetchAsync(method, path, body, cancellationToken);
        var item = JsonSerializer.Deserialize(answer, SerializerOptions.TypeInfo<T>())
            ?? throw new JsonException($"The API server answered 'null' to {method} {path}.");
        return ResourceKind<T>.Complete(item);
    }

    private ByteArrayContent Body<T>(T item, string mediaType) =>
        new(JsonSerializer.SerializeToUtf8Bytes(item, SerializerOptions.TypeInfo<T>()))
        {
            Headers = { ContentType = new(mediaType) },
        };

    private static StringContent? DeleteBody(DeleteOptions? options)
    {
        if (options is null)
        {
            return null;
        }

        var body = new JsonObject { ["apiVersion"] = "v1", ["kind"] = "DeleteOptions" };
        if (options.Propagation is { } propagation)
        {
            body["propagationPolicy"] = propagation.ToString();
        }

        if (options.Uid is not null || options.ResourceVersion is not null)
        {
            var preconditions = new JsonObject();
            body["preconditions"] = preconditions;
            SetIfGiven(preconditions, "uid", options.Uid);
            SetIfGiven(preconditions, "resourceVersion", options.ResourceVersion);
        }

        return new(body.ToJsonString(), new MediaTypeHeaderValue("application/json"));
    }

    private static void SetIfGiven(JsonObject target, string name, string? value)
    {
        if (value is not null)
        {
            target[name] = value;
        }
    }
}

using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using k8s.Exceptions;
using Operator.Runtime.Client.Configuration;
using Operator.Runtime.Client.Http;
using KubernetesClientConfiguration = k8s.KubernetesClientConfiguration;
using V1DeleteOptions = k8s.Models.V1DeleteOptions;

namespace Operator.Runtime.Client;

/// <inheritdoc cref="IKubernetesClient"/>
public sealed class KubernetesClient : IKubernetesClient, IDisposable
{
    private const int MaxListRestarts = 3;

    private readonly KubernetesClientOptions _options;
    private readonly ApiServer _server;

    /// <summary>Creates a client, which connects on first use.</summary>
    public KubernetesClient(KubernetesClientConfiguration configuration, KubernetesClientOptions options)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        ArgumentNullException.ThrowIfNull(options);
        _options = options;
        Health = new(options.Time);
        try
        {
            _server = new(configuration, options);
        }
        catch (Exception e) when (e is CryptographicException or FormatException or KubeConfigException)
        {
            throw new KubernetesConfigurationException($"No client for {configuration.Host} can be created: its client certificate and key are not valid PEM, or do not match. ({e.Message})", e);
        }

        SerializerOptions = KubernetesJson.CreateOptions(options.TypeInfoResolvers);
    }

    /// <inheritdoc/>
    public JsonSerializerOptions SerializerOptions { get; }

    /// <summary>Whether the server can currently be read and written.</summary>
    public ApiHealth Health { get; }

    /// <inheritdoc/>
    public async Task<T?> GetAsync<T>(NamespacedName name, CancellationToken cancellationToken)
        where T : class
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
                // If pages keep expiring, reading everything at once is expensive but terminates.
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
        using var response = await WithTimeoutAsync(
            HttpMethod.Get, token => _server.OpenAsync(HttpMethod.Get, path.ToString(), body: null, token), cancellationToken);
        await using var body = await response.Content.ReadAsStreamAsync(cancellationToken);
        var stream = new WatchStream<T>(body, SerializerOptions, options.SilenceLimit, _options.Time);
        await foreach (var change in stream.ReadAsync(cancellationToken))
        {
            yield return change;
        }
    }

    /// <inheritdoc/>
    public Task<T> CreateAsync<T>(T item, CancellationToken cancellationToken)
        where T : class
    {
        ArgumentNullException.ThrowIfNull(item);
        var body = Body(ResourceKind<T>.Complete(item), "application/json");
        return SendAsync<T>(HttpMethod.Post, ResourceKind<T>.Path(ResourceKind<T>.NamespaceOf(item)), body, cancellationToken);
    }

    /// <inheritdoc/>
    public Task<T> PatchAsync<T>(NamespacedName name, JsonNode mergePatch, string? subresource, CancellationToken cancellationToken)
        where T : class
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
        var path = new QueryBuilder(ResourceKind<T>.Path(NamespacedName.From(item), options.Subresource))
            .With("fieldManager", options.FieldManager)
            .With("force", options.Force ? "true" : null);
        // The media type says YAML, of which JSON is a subset.
        var body = Body(ResourceKind<T>.Complete(item), "application/apply-patch+yaml");
        return SendAsync<T>(HttpMethod.Patch, path.ToString(), body, cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<T?> DeleteAsync<T>(NamespacedName name, DeleteOptions? options, CancellationToken cancellationToken)
        where T : class
    {
        try
        {
            var answer = await FetchAsync(HttpMethod.Delete, ResourceKind<T>.Path(name), DeleteBody(options), cancellationToken);
            using var read = JsonDocument.Parse(answer);

            // The object itself if finalizers block its deletion, otherwise a Status.
            return read.RootElement.TryGetProperty("kind", out var kind) && kind.ValueEquals(ResourceKind<T>.Kind)
                ? read.Deserialize(SerializerOptions.TypeInfo<T>())
                : null;
        }
        catch (KubernetesApiException e) when (e.IsNotFound)
        {
            return null;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _server.Dispose();

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
            reader.Add(await FetchAsync(HttpMethod.Get, path.ToString(), body: null, cancellationToken));
        }
        while (reader.Continue is not null);
        return reader.ToList();
    }

    private async Task<T> SendAsync<T>(HttpMethod method, string path, HttpContent? body, CancellationToken cancellationToken)
        where T : class
    {
        var answer = await FetchAsync(method, path, body, cancellationToken);
        var item = JsonSerializer.Deserialize(answer, SerializerOptions.TypeInfo<T>())
            ?? throw new JsonException($"The API server returned 'null' for {method} {path}.");
        return ResourceKind<T>.Complete(item);
    }

    private ByteArrayContent Body<T>(T item, string mediaType) =>
        new(JsonSerializer.SerializeToUtf8Bytes(item, SerializerOptions.TypeInfo<T>()))
        {
            Headers = { ContentType = new(mediaType) },
        };

    private ByteArrayContent? DeleteBody(DeleteOptions? options) => options is null ? null : Body(
        new V1DeleteOptions
        {
            ApiVersion = "v1",
            Kind = "DeleteOptions",
            PropagationPolicy = options.Propagation?.ToString(),
            Preconditions = options is { Uid: null, ResourceVersion: null } ? null : new() { Uid = options.Uid, ResourceVersion = options.ResourceVersion },
        },
        "application/json");

    private Task<byte[]> FetchAsync(HttpMethod method, string path, HttpContent? body, CancellationToken cancellationToken) =>
        WithTimeoutAsync(
            method,
            async token =>
            {
                using var response = await _server.OpenAsync(method, path, body, token);
                return await response.Content.ReadAsByteArrayAsync(token);
            },
            cancellationToken);

    private async Task<TResult> WithTimeoutAsync<TResult>(
        HttpMethod method, Func<CancellationToken, Task<TResult>> call, CancellationToken cancellationToken)
    {
        var started = _options.Time.GetTimestamp();
        var underWay = Health.Begin();
        using var patience = new CancellationTokenSource(_options.RequestTimeout, _options.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, patience.Token);
        try
        {
            var result = await call(either.Token);
            Health.Answered(method);
            return result;
        }
        catch (KubernetesApiException e)
        {
            Health.Refused(method, e);
            throw;
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            Health.Unanswered(method, e);
            throw;
        }
        catch (OperationCanceledException e) when (patience.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            var timeout = new TimeoutException($"The API server did not answer within {_options.RequestTimeout.TotalSeconds} s.", e);
            Health.Unanswered(method, timeout);
            throw timeout;
        }
        catch (OperationCanceledException e) when (_options.Time.GetElapsedTime(started) >= ApiHealth.SlowAnswer)
        {
            Health.Unanswered(method, e); // the caller's time-out is shorter
            throw;
        }
        finally
        {
            Health.End(underWay);
        }
    }
}

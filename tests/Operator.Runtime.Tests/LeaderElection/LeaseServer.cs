using System.Net;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using Operator.Runtime.Client;
using V1Lease = k8s.Models.V1Lease;
using V1LeaseSpec = k8s.Models.V1LeaseSpec;

namespace Operator.Runtime.Tests.LeaderElection;

/// <summary>One lease with optimistic concurrency, as the API server has it.</summary>
internal sealed class LeaseServer
{
    private static readonly JsonSerializerOptions Json = KubernetesJson.CreateOptions();
    private readonly Lock _lock = new();
    private JsonObject? _lease;
    private int _version;

    public V1LeaseSpec? Spec => Read()?.Spec;

    public V1Lease? Read()
    {
        lock (_lock)
        {
            return _lease.Deserialize<V1Lease>(Json);
        }
    }

    public V1Lease Create(V1Lease lease)
    {
        lock (_lock)
        {
            return _lease is null ? Store(JsonSerializer.SerializeToNode(lease, Json)!.AsObject()) : throw Refused(HttpStatusCode.Conflict, "AlreadyExists");
        }
    }

    public V1Lease Patch(JsonNode patch)
    {
        lock (_lock)
        {
            var lease = _lease?.DeepClone().AsObject() ?? throw Refused(HttpStatusCode.NotFound, "NotFound");
            if (patch["metadata"]?["resourceVersion"] is { } version && version.GetValue<string>() != lease["metadata"]!["resourceVersion"]!.GetValue<string>())
            {
                throw Refused(HttpStatusCode.Conflict, "Conflict");
            }

            foreach (var (part, name, value) in patch.AsObject().SelectMany(part => part.Value!.AsObject().Select(field => (part.Key, field.Key, field.Value))))
            {
                lease[part]![name] = value?.DeepClone();
            }

            return Store(lease);
        }
    }

    public void Delete()
    {
        lock (_lock)
        {
            _lease = null;
        }
    }

    private V1Lease Store(JsonObject lease)
    {
        lease["metadata"]!["resourceVersion"] = $"{++_version}";
        _lease = lease;
        return lease.Deserialize<V1Lease>(Json)!;
    }

    private static KubernetesApiException Refused(HttpStatusCode code, string reason) => new(code, reason, reason);
}

/// <summary>One process's way to the lease, which can be cut, hang, or be overtaken.</summary>
internal sealed class LeaseClient(LeaseServer server) : IKubernetesClient
{
    public bool IsCut { get; set; }

    public bool Hangs { get; set; }

    /// <summary>Happens once, after the next read and before what follows it.</summary>
    public Action? AfterRead { get; set; }

    public JsonSerializerOptions SerializerOptions { get; } = KubernetesJson.CreateOptions();

    public async Task<T?> GetAsync<T>(NamespacedName name, CancellationToken cancellationToken)
        where T : class
    {
        await PassAsync(cancellationToken);
        var read = server.Read();
        var after = AfterRead;
        AfterRead = null;
        after?.Invoke();
        return (T?)(object?)read;
    }

    public async Task<T> CreateAsync<T>(T item, CancellationToken cancellationToken)
        where T : class
    {
        await PassAsync(cancellationToken);
        return (T)(object)server.Create((V1Lease)(object)item);
    }

    public async Task<T> PatchAsync<T>(NamespacedName name, JsonNode mergePatch, string? subresource, CancellationToken cancellationToken)
        where T : class
    {
        await PassAsync(cancellationToken);
        return (T)(object)server.Patch(mergePatch);
    }

    public Task<KubernetesList<T>> ListAsync<T>(string? namespaceName, string? labelSelector, CancellationToken cancellationToken)
        where T : class, IKubernetesObject => throw NotUsed();

    public IAsyncEnumerable<WatchEvent<T>> WatchAsync<T>(WatchOptions options, CancellationToken cancellationToken)
        where T : class, IKubernetesObject => throw NotUsed();

    public Task<T> ApplyAsync<T>(T item, ApplyOptions options, CancellationToken cancellationToken)
        where T : class, IKubernetesObject => throw NotUsed();

    public Task<T?> DeleteAsync<T>(NamespacedName name, DeleteOptions? options, CancellationToken cancellationToken)
        where T : class => throw NotUsed();

    private Task PassAsync(CancellationToken cancellationToken) =>
        IsCut ? throw new HttpRequestException("no route") : Hangs ? Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken) : Task.CompletedTask;

    private static InvalidOperationException NotUsed([CallerMemberName] string method = "") => new($"an elector has no use for {method}");
}

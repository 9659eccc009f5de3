using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Operator.Entities;
using Operator.Entities.Kubernetes;
using Operator.Entities.RunnerLeases;
using Operator.Leases;
using Operator.Runtime;
using Operator.Runtime.Client;
using Operator.Runtime.Client.Patches;
using Operator.Runtime.Informers;
using Operator.Tests.Leases;
using V1Secret = k8s.Models.V1Secret;

namespace Operator.Tests.Demand.Webhooks;

/// <summary>As much of an API server as a source of demand needs: leases with versions, and Secrets. The store sees every write at once.</summary>
internal sealed class FakeApi : IKubernetesClient
{
    private readonly Dictionary<NamespacedName, V1Alpha1RunnerLease> _leases = [];
    private readonly Dictionary<NamespacedName, V1Secret> _secrets = [];
    private int _version;

    public FakeApi() => LeaseIndexes.AddTo(Store);

    public ObjectStore<V1Alpha1RunnerLease> Store { get; } = new();

    /// <summary>Thrown by the next write, once.</summary>
    public Queue<Exception> Failures { get; } = new();

    /// <summary>Names of leases whose every write is refused.</summary>
    public Func<string, bool> Refuse { get; set; } = _ => false;

    /// <summary>What a write waits for, by the name of the lease.</summary>
    public Func<string, Task> Before { get; set; } = _ => Task.CompletedTask;

    public int Writes { get; private set; }

    /// <summary>Whether a deleted lease stays until its finalizers are gone. Its state is only known from responses: no watch is open.</summary>
    public bool HeedsFinalizers { get; init; }

    public int SecretReads { get; private set; }

    public IReadOnlyCollection<V1Alpha1RunnerLease> Leases => _leases.Values;

    public JsonSerializerOptions SerializerOptions => EntitiesJsonContext.Default.Options;

    public V1Alpha1RunnerLease this[string name] => _leases[new("default", name)];

    public void SetSecret(NamespacedName name, params (string Key, string Value)[] data) => _secrets[name] = new V1Secret
    {
        Data = data.ToDictionary(entry => entry.Key, entry => System.Text.Encoding.UTF8.GetBytes(entry.Value)),
    };

    /// <summary>Stores a lease, like another client.</summary>
    public V1Alpha1RunnerLease Put(V1Alpha1RunnerLease lease)
    {
        lease = LeaseCopies.Create(lease);
        lease.Metadata.Uid ??= Guid.NewGuid().ToString();
        lease.Metadata.NamespaceProperty ??= "default";
        lease.Metadata.ResourceVersion = $"{++_version}";
        lease.Metadata.CreationTimestamp ??= new DateTimeOffset(2025, 12, 31, 23, 0, 0, TimeSpan.Zero);
        _leases[NamespacedName.From(lease)] = lease;
        Store.Set(lease);
        return lease;
    }

    public Task<T?> GetAsync<T>(NamespacedName name, CancellationToken cancellationToken)
        where T : class
    {
        if (typeof(T) == typeof(V1Secret))
        {
            SecretReads++;
            return Task.FromResult(_secrets.GetValueOrDefault(name) as T);
        }

        return Task.FromResult(_leases.GetValueOrDefault(name) as T);
    }

    public async Task<T> CreateAsync<T>(T item, CancellationToken cancellationToken)
        where T : class
    {
        var lease = (V1Alpha1RunnerLease)(object)item;
        await Before(lease.Metadata.Name!).WaitAsync(cancellationToken);
        Fail(lease.Metadata.Name!);
        if (_leases.ContainsKey(NamespacedName.From(lease)))
        {
            throw new KubernetesApiException(HttpStatusCode.Conflict, "AlreadyExists", "it is there");
        }

        Writes++;
        return (T)(object)Put(lease);
    }

    public async Task<T> PatchAsync<T>(NamespacedName name, JsonNode mergePatch, string? subresource, CancellationToken cancellationToken)
        where T : class
    {
        await Before(name.Name).WaitAsync(cancellationToken);
        Fail(name.Name);
        if (!_leases.TryGetValue(name, out var known))
        {
            throw new KubernetesApiException(HttpStatusCode.NotFound, "NotFound", "it is gone");
        }

        if (mergePatch["metadata"]?["resourceVersion"]?.GetValue<string>() is { } version && version != known.Metadata.ResourceVersion)
        {
            throw new KubernetesApiException(HttpStatusCode.Conflict, "Conflict", "it has changed");
        }

        Writes++;
        var node = JsonSerializer.SerializeToNode(known, EntitiesJsonContext.Default.V1Alpha1RunnerLease);
        var patched = MergePatch.Apply(node, mergePatch)!.Deserialize(EntitiesJsonContext.Default.V1Alpha1RunnerLease)!;
        if (HeedsFinalizers && patched.Metadata is { DeletionTimestamp: not null, Finalizers: not { Count: > 0 } })
        {
            _leases.Remove(name);
            return (T)(object)patched; // with the version before
        }

        return (T)(object)Put(patched);
    }

    public Task<T?> DeleteAsync<T>(NamespacedName name, DeleteOptions? options, CancellationToken cancellationToken)
        where T : class
    {
        Writes++;
        if (HeedsFinalizers && _leases[name] is { Metadata.Finalizers.Count: > 0 } held)
        {
            _leases[name] = held = LeaseCopies.Create(held);
            (held.Metadata.DeletionTimestamp, held.Metadata.ResourceVersion) = (Some.Now, $"{++_version}");
            return Task.FromResult((T?)(object)held);
        }

        Store.Remove(name);
        _leases.Remove(name);
        return Task.FromResult<T?>(null);
    }

    public Task<KubernetesList<T>> ListAsync<T>(string? namespaceName, string? labelSelector, CancellationToken cancellationToken)
        where T : class, IKubernetesObject => throw new NotSupportedException();

    public IAsyncEnumerable<WatchEvent<T>> WatchAsync<T>(WatchOptions options, CancellationToken cancellationToken)
        where T : class, IKubernetesObject => throw new NotSupportedException();

    public Task<T> ApplyAsync<T>(T item, ApplyOptions options, CancellationToken cancellationToken)
        where T : class, IKubernetesObject => throw new NotSupportedException();

    private void Fail(string name)
    {
        if (Refuse(name))
        {
            throw new KubernetesApiException(HttpStatusCode.Forbidden, "Forbidden", $"{name} is refused by policy");
        }

        if (Failures.TryDequeue(out var failure))
        {
            throw failure;
        }
    }
}

using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Operator.Clients.Aws;
using Operator.Entities.RunnerPools;
using V1ConfigMap = k8s.Models.V1ConfigMap;

namespace Operator.Controllers.GarbageCollection;

/// <summary>
/// Remembers every pool that is or was ours, beyond its object: what it may have launched is found and removed even when the
/// object went without its finalizer, and nobody else's machine is ever taken for ours. Kept in a ConfigMap.
/// </summary>
internal sealed class PoolLedger(IKubernetesClient client, NamespacedName configMap, WatchScope scope, TimeProvider timeProvider)
{
    /// <summary>A pool that has been gone for so long has nothing left: EC2 forgets ended instances within hours.</summary>
    private static readonly TimeSpan Memory = TimeSpan.FromDays(7);

    private readonly ConcurrentDictionary<string, LedgerEntry> _entries = new(StringComparer.Ordinal);
    private bool _isLoaded;

    /// <summary>The UIDs of all pools that are or were ours.</summary>
    public IReadOnlySet<string> PoolUids => _entries.Keys.ToHashSet(StringComparer.Ordinal);

    /// <summary>The UIDs of those whose object is or was in one of these namespaces.</summary>
    public IReadOnlySet<string> PoolUidsIn(IReadOnlySet<string> namespaces) => _entries
        .Where(entry => namespaces.Contains(NamespacedName.Parse(entry.Value.Pool).Namespace)).Select(entry => entry.Key).ToHashSet(StringComparer.Ordinal);

    /// <summary>The accounts in which those pools may have machines.</summary>
    public IReadOnlyList<AwsAccount> Accounts =>
        [.. _entries.Values.Select(entry => new AwsAccount(entry.Region, entry.AssumeRoleArn)).Distinct()];

    /// <summary>Enters a pool before anything is launched for it.</summary>
    public async Task EnterAsync(V1Alpha1RunnerPool pool, CancellationToken cancellationToken)
    {
        await LoadAsync(cancellationToken);
        var entry = new LedgerEntry(
            NamespacedName.Of(pool).ToString(), pool.Spec.Launch.Region, pool.Spec.Launch.AssumeRoleArn, GoneAt: null);
        if (_entries.TryGetValue(pool.Metadata.Uid!, out var known) && known == entry)
        {
            return;
        }

        await WriteAsync(pool.Metadata.Uid!, entry, cancellationToken);
    }

    /// <summary>Notes that a pool has been taken apart; its entry stays for a while.</summary>
    public async Task LeaveAsync(V1Alpha1RunnerPool pool, CancellationToken cancellationToken)
    {
        await LoadAsync(cancellationToken);
        if (_entries.TryGetValue(pool.Metadata.Uid!, out var entry))
        {
            await WriteAsync(pool.Metadata.Uid!, entry with { GoneAt = timeProvider.GetUtcNow() }, cancellationToken);
        }
    }

    /// <summary>Reads the ledger once; entries of pools long gone are dropped.</summary>
    public async Task LoadAsync(CancellationToken cancellationToken)
    {
        if (_isLoaded)
        {
            return;
        }

        var stored = await client.GetAsync<V1ConfigMap>(configMap, cancellationToken);
        foreach (var (uid, text) in stored.Entries())
        {
            if (JsonSerializer.Deserialize(text, LedgerJsonContext.Default.LedgerEntry) is { } entry
                && !(timeProvider.GetUtcNow() - entry.GoneAt > Memory)
                // Machines of a namespace that is not looked after any more have leases that are not seen: they are not orphans.
                && scope.Contains(NamespacedName.Parse(entry.Pool).Namespace))
            {
                _entries.TryAdd(uid, entry);
            }
        }

        _isLoaded = true;
    }

    private async Task WriteAsync(string uid, LedgerEntry entry, CancellationToken cancellationToken)
    {
        var text = JsonSerializer.Serialize(entry, LedgerJsonContext.Default.LedgerEntry);
        try
        {
            await client.PatchAsync<V1ConfigMap>(
                configMap, new JsonObject { ["data"] = new JsonObject { [uid] = text } }, subresource: null, cancellationToken);
        }
        catch (KubernetesApiException e) when (e.IsNotFound)
        {
            await client.CreateAsync(
                new V1ConfigMap
                {
                    Metadata = new() { Name = configMap.Name, NamespaceProperty = configMap.Namespace },
                    Data = new Dictionary<string, string> { [uid] = text },
                },
                cancellationToken);
        }

        _entries[uid] = entry;
    }
}

/// <summary>One pool in the ledger.</summary>
/// <param name="Pool">Namespace and name.</param>
/// <param name="Region">Where its machines are; null is the operator's region.</param>
/// <param name="AssumeRoleArn">As whom they are reached.</param>
/// <param name="GoneAt">When it was taken apart.</param>
internal sealed record LedgerEntry(string Pool, string? Region, string? AssumeRoleArn, DateTimeOffset? GoneAt);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(LedgerEntry))]
internal sealed partial class LedgerJsonContext : JsonSerializerContext;

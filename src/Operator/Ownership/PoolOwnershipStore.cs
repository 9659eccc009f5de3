using System.Collections.Concurrent;
using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Operator.Aws;
using Operator.Entities.Conditions;
using Operator.Entities.RunnerPools;
using Operator.Settings;
using V1ConfigMap = k8s.Models.V1ConfigMap;

namespace Operator.Ownership;

/// <summary>
/// Records every pool that is or was ours, beyond the life of its object: resources it launched are found and removed even if the finalizer
/// was bypassed, and foreign machines are never mistaken for ours. Stored in a ConfigMap with one entry per pool.
/// </summary>
internal sealed class PoolOwnershipStore(IKubernetesClient client, NamespacedName configMap, WatchScope scope, TimeProvider timeProvider)
{
    /// <summary>
    /// After this time a deleted pool or an account it has left has nothing left: no job runs longer, and EC2 forgets terminated instances
    /// within hours.
    /// </summary>
    private static readonly TimeSpan Memory = TimeSpan.FromDays(7);

    /// <summary>The size limit of a ConfigMap, minus its metadata.</summary>
    private const int Bound = 1_000_000;

    private readonly RecordShares _shares = new(Bound);
    private readonly ConcurrentDictionary<string, OwnedPool> _entries = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();
    private volatile Uids? _uids;
    private bool _isLoaded;

    private IEnumerable<KeyValuePair<string, OwnedPool>> Remembered => _entries.Where(entry => !IsPast(entry.Value.GoneAt));

    /// <summary>The UIDs of all pools that are or were ours; the same instance until that changes.</summary>
    public IReadOnlySet<string> PoolUids => (_uids is { } known && timeProvider.GetUtcNow() <= known.Until ? known : CountUids()).Set;

    /// <summary>The UIDs of such pools in some namespaces.</summary>
    public IReadOnlySet<string> PoolUidsIn(IReadOnlySet<string> namespaces) => Remembered
        .Where(entry => namespaces.Contains(NamespaceOf(entry.Value))).Select(entry => entry.Key).ToHashSet(StringComparer.Ordinal);

    /// <summary>The accounts in which those pools may have machines.</summary>
    public IReadOnlyList<AwsAccount> Accounts => [.. Remembered.SelectMany(entry => AccountsOf(entry.Value)).Distinct()];

    /// <summary>The accounts in which one pool may have machines.</summary>
    public async Task<IReadOnlyList<AwsAccount>> AccountsOfAsync(string poolUid, CancellationToken cancellationToken)
    {
        await LoadAsync(cancellationToken);
        return _entries.TryGetValue(poolUid, out var entry) ? [.. AccountsOf(entry)] : [];
    }

    /// <summary>Records a pool and its account before anything is created there.</summary>
    /// <exception cref="ProviderException">The record, or the namespace's share of it, is full.</exception>
    public async Task AddAsync(V1Alpha1RunnerPool pool, CancellationToken cancellationToken)
    {
        await LoadAsync(cancellationToken);
        var known = _entries.GetValueOrDefault(pool.Metadata.Uid!);
        var (name, current) = (NamespacedName.From(pool).ToString(), PoolQueries.AccountOf(pool.Spec.Launch));
        if (known is { GoneAt: null } && known.Pool == name && known.Accounts.All(account => (account.LeftAt is null) == (AccountOf(account) == current)))
        {
            return;
        }

        var now = timeProvider.GetUtcNow();
        var left = (known?.Accounts ?? []).Where(account => AccountOf(account) != current && !IsPast(account.LeftAt))
            .Select(account => account with { LeftAt = account.LeftAt ?? now });
        var entry = new OwnedPool(name, [new(current.Region, current.AssumeRoleArn), .. left]);
        if (!_shares.HasRoom(pool.Metadata.Uid!, NamespaceOf(entry), SizeOf(pool.Metadata.Uid!, TextOf(entry))))
        {
            throw Full($"holds as many pools of the namespace '{NamespaceOf(entry)}' ({_shares.CountOf(NamespaceOf(entry))}) as allowed, because space is reserved for other namespaces", null);
        }

        await WriteAsync(pool.Metadata.Uid!, entry, cancellationToken);
    }

    /// <summary>Marks a pool as deleted; its entry is kept for a while.</summary>
    public async Task MarkDeletedAsync(V1Alpha1RunnerPool pool, CancellationToken cancellationToken)
    {
        await LoadAsync(cancellationToken);
        if (_entries.TryGetValue(pool.Metadata.Uid!, out var entry))
        {
            // It counts as deleted even if the record does not say so.
            var gone = entry with { GoneAt = entry.GoneAt ?? timeProvider.GetUtcNow() };
            _entries[pool.Metadata.Uid!] = gone;
            await WriteAsync(pool.Metadata.Uid!, gone, cancellationToken);
        }
    }

    /// <summary>Reads the record, once per term of leadership.</summary>
    public async Task LoadAsync(CancellationToken cancellationToken)
    {
        if (_isLoaded)
        {
            return;
        }

        var stored = await client.GetAsync<V1ConfigMap>(configMap, cancellationToken);
        foreach (var (uid, text) in stored.Entries())
        {
            // Leases of an unwatched namespace are not visible, so its machines are not orphans.
            var entry = TryRead(text);
            _shares.Set(uid, entry is null ? "" : NamespaceOf(entry), SizeOf(uid, text));
            if (entry is not null && scope.Contains(NamespaceOf(entry)))
            {
                _entries.TryAdd(uid, entry);
            }
        }

        CountUids();
        _isLoaded = true;
    }

    // Recomputed after each change: the later of two concurrent changes includes both.
    private Uids CountUids()
    {
        lock (_lock)
        {
            var until = Remembered.Min(entry => entry.Value.GoneAt) + Memory ?? DateTimeOffset.MaxValue;
            return _uids = new(Remembered.Select(entry => entry.Key).ToHashSet(StringComparer.Ordinal), until);
        }
    }

    // Entries written by others are left alone; a live pool with a template rewrites its own.
    private static OwnedPool? TryRead(string text)
    {
        try
        {
            return JsonSerializer.Deserialize(text, OwnershipJsonContext.Default.OwnedPool) is { Pool.Length: > 0, Accounts: not null } entry ? entry : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private bool IsPast(DateTimeOffset? time) => timeProvider.GetUtcNow() - time > Memory;

    // Each write also removes expired entries, so that the ConfigMap does not grow forever.
    private async Task WriteAsync(string uid, OwnedPool entry, CancellationToken cancellationToken)
    {
        var past = _entries.Where(other => other.Key != uid && IsPast(other.Value.GoneAt)).Select(other => other.Key).ToList();
        var text = TextOf(entry);
        try
        {
            var data = new JsonObject(past.Select(gone => KeyValuePair.Create<string, JsonNode?>(gone, null))) { [uid] = text };
            await client.PatchAsync<V1ConfigMap>(configMap, new JsonObject { ["data"] = data }, subresource: null, cancellationToken);
        }
        catch (KubernetesApiException e) when (e.StatusCode is HttpStatusCode.UnprocessableEntity or HttpStatusCode.RequestEntityTooLarge)
        {
            throw Full($"is full with {_entries.Count} pools", e);
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
        _shares.Set(uid, NamespaceOf(entry), SizeOf(uid, text));
        foreach (var gone in past)
        {
            _entries.TryRemove(gone, out _);
            _shares.Remove(gone);
        }

        CountUids();
    }

    private ProviderException Full(string problem, Exception? cause) => new(
        RunnerPoolReasons.OwnershipRecordFull, $"the ConfigMap '{configMap}', which records the pools that may have machines, {problem}; "
        + "delete pools, whose entries are removed after seven days, or remove entries of pools that have nothing left in EC2", cause);

    private static string NamespaceOf(OwnedPool entry) => NamespacedName.Parse(entry.Pool).Namespace;

    private static string TextOf(OwnedPool entry) => JsonSerializer.Serialize(entry, OwnershipJsonContext.Default.OwnedPool);

    private static int SizeOf(string uid, string text) => uid.Length + Encoding.UTF8.GetByteCount(text);

    private IEnumerable<AwsAccount> AccountsOf(OwnedPool entry) => entry.Accounts.Where(account => !IsPast(account.LeftAt)).Select(AccountOf);

    private static AwsAccount AccountOf(OwnedPoolAccount account) => new(account.Region, account.AssumeRoleArn);

    // Valid until the next deleted pool's entry expires.
    private sealed record Uids(IReadOnlySet<string> Set, DateTimeOffset Until);
}

/// <summary>A pool's entry in the record.</summary>
/// <param name="Pool">Namespace and name.</param>
/// <param name="Accounts">Where it may have machines; new ones are launched in the first.</param>
/// <param name="GoneAt">When it was finalized.</param>
internal sealed record OwnedPool(string Pool, IReadOnlyList<OwnedPoolAccount> Accounts, DateTimeOffset? GoneAt = null);

/// <summary>An account and region of a pool.</summary>
/// <param name="Region">Null for the operator's region.</param>
/// <param name="AssumeRoleArn">The role to assume there.</param>
/// <param name="LeftAt">Since when the pool launches elsewhere.</param>
internal sealed record OwnedPoolAccount(string? Region, string? AssumeRoleArn, DateTimeOffset? LeftAt = null);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(OwnedPool))]
internal sealed partial class OwnershipJsonContext : JsonSerializerContext;

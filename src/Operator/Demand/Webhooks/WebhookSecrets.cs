using System.Text;
using Operator.Demand.PendingJobs;
using Operator.Entities.RunnerPools;
using Operator.Settings;
using V1Secret = k8s.Models.V1Secret;

namespace Operator.Demand.Webhooks;

/// <summary>
/// The webhook secrets: the pools', in their credentials Secrets, and the operator's. A delivery signed with a pool's secret affects only
/// pools with that Secret; one signed with the operator's affects all.
/// </summary>
internal sealed partial class WebhookSecrets(
    IKubernetesClient client, IStore<V1Alpha1RunnerPool> pools, DemandOptions options, TimeProvider timeProvider, ILogger<WebhookSecrets> logger)
    : IDisposable
{
    /// <summary>The key used by Actions Runner Controller's webhook server.</summary>
    public const string Key = "github_webhook_secret_token";

    /// <summary>The previous secret, during a rotation.</summary>
    public const string PreviousKey = "github_webhook_secret_token_previous";

    /// <summary>The secret token or signing token of a GitLab's webhook.</summary>
    public const string GitLabKey = "gitlab_webhook_token";

    /// <summary>The previous one, during a rotation.</summary>
    public const string PreviousGitLabKey = "gitlab_webhook_token_previous";

    /// <summary>A shorter secret can be guessed.</summary>
    private const int ShortestSecret = 16;

    /// <summary>Simultaneous changes of pools and checks of targets cause one read.</summary>
    private static readonly TimeSpan LeastMemory = TimeSpan.FromSeconds(5);

    private readonly SemaphoreSlim _reading = new(1, 1);
    private volatile Known _known = new([], [], DateTimeOffset.MinValue);

    public void Dispose() => _reading.Dispose();

    /// <summary>Whether the Secrets have been read.</summary>
    public bool AreKnown => _known.At > DateTimeOffset.MinValue;

    /// <summary>What a signed body may affect; null if no known secret matches. Unauthenticated requests never cause a read.</summary>
    /// <param name="body">The raw body.</param>
    /// <param name="signature">The signature from the header.</param>
    public WebhookTrust? Verify(byte[] body, byte[] signature) => Verify(secret => WebhookSignature.Matches(secret, body, signature));

    /// <summary>What a delivery may affect; null if no known secret matches.</summary>
    /// <param name="matches">Whether a secret is the delivery's.</param>
    public WebhookTrust? Verify(Func<byte[], bool> matches) => Match(_known, matches);

    /// <summary>Reads the Secrets again, unless they were just read.</summary>
    public async Task RefreshAsync(CancellationToken cancellationToken) => await ReadAsync(LeastMemory, cancellationToken);

    /// <summary>Reads the Secrets now.</summary>
    public async Task ReadAgainAsync(CancellationToken cancellationToken) => await ReadAsync(TimeSpan.Zero, cancellationToken);

    /// <summary>Whether deliveries for a pool may be signed with a guessable secret.</summary>
    public bool IsWeak(V1Alpha1RunnerPool pool) => _known.Secrets.Any(secret => secret.Value.Length < ShortestSecret && secret.Trust.Covers(pool));

    /// <summary>Whether the Secret of a pool has been read, if its webhooks are signed with one.</summary>
    public bool IsRead(V1Alpha1RunnerPool pool) => !HasSecret(pool) || _known.Sources.Contains(new SecretTrust(WebhookTrust.SecretOf(pool)));

    /// <summary>Whether a delivery for a pool can be verified at all; null while its Secret has not been read.</summary>
    public bool? Covers(V1Alpha1RunnerPool pool)
    {
        var known = _known;
        return known.Secrets.Any(secret => secret.Trust.Covers(pool)) ? true
            : known.Sources.Contains(new SecretTrust(WebhookTrust.SecretOf(pool))) ? false
            : null;
    }

    private static WebhookTrust? Match(Known known, Func<byte[], bool> matches)
    {
        HashSet<NamespacedName> sources = [];
        var isEverybody = false;
        foreach (var same in known.ByValue)
        {
            if (matches(same.Key))
            {
                isEverybody |= same.Value.Any(trust => trust.Source is null);
                sources.UnionWith(same.Value.Select(trust => trust.Source).OfType<NamespacedName>());
            }
        }

        return isEverybody ? WebhookTrust.Everybody : sources.Count > 0 ? new WebhookTrust(sources) : null;
    }

    private async ValueTask<Known> ReadAsync(TimeSpan notOlderThan, CancellationToken cancellationToken)
    {
        if (IsFresh(notOlderThan))
        {
            return _known;
        }

        await _reading.WaitAsync(cancellationToken);
        try
        {
            return IsFresh(notOlderThan) ? _known : _known = await FetchAsync(_known, cancellationToken);
        }
        finally
        {
            _reading.Release();
        }
    }

    private static bool HasSecret(V1Alpha1RunnerPool pool) => PendingJobPool.From(pool) is not null || pool.Spec.GitHub is { CredentialsSecretName: not null } gitHub && (gitHub.Demand == DemandSource.Webhook || pool.Spec.Access is not null);

    private bool IsFresh(TimeSpan notOlderThan) => timeProvider.GetUtcNow() - _known.At < notOlderThan;

    private async Task<Known> FetchAsync(Known before, CancellationToken cancellationToken)
    {
        var sources = pools.List()
            .Where(HasSecret)
            .Select(pool => new SecretTrust(WebhookTrust.SecretOf(pool)))
            .Distinct().ToList();
        if (options.WebhookSecret is not null)
        {
            sources.Add(new SecretTrust(Source: null));
        }

        var reads = await Task.WhenAll(sources.Select(source => FetchAsync(before, source, cancellationToken)));
        return new(sources, [.. reads.SelectMany(read => read)], timeProvider.GetUtcNow());
    }

    private async Task<IEnumerable<SharedSecret>> FetchAsync(Known before, SecretTrust trust, CancellationToken cancellationToken)
    {
        var name = trust.Source ?? options.WebhookSecret!.Value;
        try
        {
            var data = (await client.GetAsync<V1Secret>(name, cancellationToken)).Entries();
            return new[] { Key, PreviousKey, GitLabKey, PreviousGitLabKey }
                .Select(key => data.TryGetValue(key, out var bytes) ? Encoding.UTF8.GetString(bytes).Trim() : "")
                .Where(text => text.Length > 0)
                .Select(text => new SharedSecret(trust, Encoding.UTF8.GetBytes(text)));
        }
        catch (Exception e) when (e is KubernetesApiException or HttpRequestException or TimeoutException)
        {
            LogUnreadable(logger, e, name);
            return before.Secrets.Where(secret => secret.Trust == trust);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The webhook secret in {Name} cannot be read; using the last known value")]
    private static partial void LogUnreadable(ILogger logger, Exception exception, NamespacedName name);

    private sealed record SecretTrust(NamespacedName? Source)
    {
        public bool Covers(V1Alpha1RunnerPool pool) => Source is null || Source == WebhookTrust.SecretOf(pool);
    }

    private sealed record SharedSecret(SecretTrust Trust, byte[] Value);

    private sealed class Known(IReadOnlyList<SecretTrust> sources, IReadOnlyList<SharedSecret> secrets, DateTimeOffset at)
    {
        public IReadOnlyList<SecretTrust> Sources { get; } = sources;

        public IReadOnlyList<SharedSecret> Secrets { get; } = secrets;

        public DateTimeOffset At { get; } = at;

        /// <summary>Several Secrets may contain the same value, which is tried once.</summary>
        public IReadOnlyList<KeyValuePair<byte[], SecretTrust[]>> ByValue { get; } =
        [
            .. secrets.GroupBy(secret => Convert.ToHexString(secret.Value))
                .Select(same => KeyValuePair.Create(same.First().Value, same.Select(secret => secret.Trust).ToArray())),
        ];
    }
}

/// <summary>The pools that the sender of a delivery may affect.</summary>
/// <param name="sources">The Secrets containing the secret it was signed with; null covers all pools.</param>
internal sealed class WebhookTrust(IReadOnlySet<NamespacedName>? sources)
{
    public static readonly WebhookTrust Everybody = new(sources: null);

    /// <summary>The Secrets whose pools it covers; a null entry covers all.</summary>
    public IEnumerable<NamespacedName?> Sources => sources?.Select(source => (NamespacedName?)source) ?? [null];

    /// <summary>Whether it covers the pools of a single Secret, which belong to one tenant.</summary>
    public bool IsOfOne => sources is { Count: 1 };

    /// <summary>A name that identifies the trust.</summary>
    public string Name { get; } = sources is null ? "*" : string.Join(' ', sources.Order());

    public bool Covers(V1Alpha1RunnerPool pool) => sources?.Contains(SecretOf(pool)) != false;

    public static NamespacedName SecretOf(V1Alpha1RunnerPool pool) =>
        PoolTargets.SecretOf(pool);
}

using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.IdentityModel.Tokens;

namespace Operator.LeaseApi.Tokens;

/// <summary>
/// The keys that issuers sign tokens with. They are kept for an hour, and looked for anew when a token names one that is not among them, at most every half minute:
/// a flood of made-up names costs two requests a minute, and a key that has just begun to be used is known within half a minute.
/// </summary>
internal sealed class SigningKeys(Func<HttpClient> connect, TimeProvider timeProvider) : IDisposable
{
    /// <summary>How long keys are used without a look.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromHours(1);

    /// <summary>How long the last good ones are used while the issuer cannot be reached.</summary>
    public static readonly TimeSpan LastGood = TimeSpan.FromHours(6);

    /// <summary>The shortest time between two looks, whatever tokens say.</summary>
    public static readonly TimeSpan LeastInterval = TimeSpan.FromSeconds(30);

    private const int LargestDocument = 128 * 1024;
    private const int MostKeys = 50;
    private const int ShortestKey = 2048;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly ConcurrentDictionary<string, Issuer> _issuers = new(StringComparer.Ordinal);
    private readonly Lazy<HttpClient> _http = new(connect);

    /// <summary>The key of a name.</summary>
    /// <param name="issuer">One of the known issuers.</param>
    /// <param name="keyId">The name.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The key; null where the issuer has none of that name.</returns>
    /// <exception cref="ProviderException">The issuer cannot be reached, or answers with something else, and there is no key of that name from before.</exception>
    public async Task<RsaSecurityKey?> FindAsync(string issuer, string keyId, CancellationToken cancellationToken)
    {
        var entry = _issuers.GetOrAdd(issuer, name => new(name, this));
        var now = timeProvider.GetUtcNow();
        if (now - entry.FetchedAt >= Lifetime || entry.Find(keyId) is null)
        {
            await entry.RefreshAsync(cancellationToken);
        }

        return entry.Find(keyId) is { } key && now - entry.FetchedAt < LastGood ? key
            : entry.Problem is { } problem ? throw problem
            : null;
    }

    /// <summary>Forgets issuers that no pool has any more.</summary>
    public void Keep(IEnumerable<string> issuers)
    {
        foreach (var gone in _issuers.Keys.Except(issuers).ToList())
        {
            _issuers.TryRemove(gone, out _);
        }
    }

    public void Dispose()
    {
        if (_http.IsValueCreated)
        {
            _http.Value.Dispose();
        }
    }

    private async Task<IReadOnlyDictionary<string, RsaSecurityKey>> FetchAsync(string issuer)
    {
        using var late = new CancellationTokenSource(Patience, timeProvider);
        var discovery = await GetAsync(new Uri($"{issuer}/.well-known/openid-configuration"), late.Token);
        if (discovery.Text("issuer") is not { } said || said != issuer)
        {
            throw Unusable(issuer, "its discovery document names another issuer");
        }

        // By the document alone, tokens could be had verified by keys from anywhere.
        if (!Uri.TryCreate(discovery.Text("jwks_uri"), UriKind.Absolute, out var keys)
            || keys.GetLeftPart(UriPartial.Authority) != new Uri(issuer).GetLeftPart(UriPartial.Authority) || keys.UserInfo.Length > 0)
        {
            throw Unusable(issuer, "its discovery document names keys at another host");
        }

        return Read(issuer, await GetAsync(keys, late.Token));
    }

    private async Task<JsonElement> GetAsync(Uri address, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        request.Headers.UserAgent.ParseAdd($"ec2runners-operator/{OperatorVersion.Number}");
        using var response = await _http.Value.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        if (response.StatusCode != System.Net.HttpStatusCode.OK)
        {
            throw new HttpRequestException($"{address.Authority} answered {(int)response.StatusCode}");
        }

        await using var stream = await response.Content.ReadAsStreamAsync(cancellationToken);
        var body = await BoundedBody.ReadAsync(stream, response.Content.Headers.ContentLength, LargestDocument, cancellationToken)
            ?? throw new HttpRequestException($"{address.Authority} answered with more than {LargestDocument} bytes");
        using var document = JsonDocument.Parse(body);
        return document.RootElement.ValueKind == JsonValueKind.Object ? document.RootElement.Clone() : throw new JsonException("it is no object");
    }

    // Keys of other kinds, for other uses or too short are left out, as if they were not there.
    private static Dictionary<string, RsaSecurityKey> Read(string issuer, JsonElement document)
    {
        var keys = new Dictionary<string, RsaSecurityKey>(StringComparer.Ordinal);
        if (!document.TryGetProperty("keys", out var list) || list.ValueKind != JsonValueKind.Array)
        {
            throw Unusable(issuer, "its key document has no keys");
        }

        foreach (var item in list.EnumerateArray().Take(MostKeys).Where(item => item.ValueKind == JsonValueKind.Object))
        {
            if (item.Text("kty") == "RSA" && item.Text("use") is null or "sig" && item.Text("alg") is null or TokenParts.Algorithm
                && item.Text("kid", 256) is { } id && KeyOf(item) is { } key)
            {
                keys[id] = new(key) { KeyId = id };
            }
        }

        return keys;
    }

    private static RSAParameters? KeyOf(JsonElement item)
    {
        try
        {
            var (modulus, exponent) = (Base64UrlEncoder.DecodeBytes(item.Text("n", 4096)), Base64UrlEncoder.DecodeBytes(item.Text("e", 16)));
            return modulus.Length * 8 >= ShortestKey ? new() { Modulus = modulus, Exponent = exponent } : null;
        }
        catch (Exception e) when (e is FormatException or ArgumentException)
        {
            return null;
        }
    }

    private static ProviderException Unusable(string issuer, string why) => new("IssuerUnusable", $"the keys of '{issuer}' cannot be used: {why}");

    /// <summary>What is known of an issuer.</summary>
    private sealed class Issuer
    {
        private readonly SigningKeys _owner;
        private readonly SharedCall<bool> _call;
        private volatile IReadOnlyDictionary<string, RsaSecurityKey> _keys = new Dictionary<string, RsaSecurityKey>(StringComparer.Ordinal);
        private long _lookedAt = DateTimeOffset.MinValue.UtcTicks;
        private long _fetchedAt = DateTimeOffset.MinValue.UtcTicks;
        private volatile ProviderException? _problem;

        public Issuer(string name, SigningKeys owner) => (_owner, _call) = (owner, new(() => LookAsync(name)));

        public DateTimeOffset FetchedAt => new(Interlocked.Read(ref _fetchedAt), TimeSpan.Zero);

        public ProviderException? Problem => _problem;

        public RsaSecurityKey? Find(string keyId) => _keys.GetValueOrDefault(keyId);

        public Task RefreshAsync(CancellationToken cancellationToken)
        {
            var lookedAt = new DateTimeOffset(Interlocked.Read(ref _lookedAt), TimeSpan.Zero);
            return _call.IsRunning || _owner.Now - lookedAt >= LeastInterval ? _call.RunAsync(cancellationToken) : Task.CompletedTask;
        }

        private async Task<bool> LookAsync(string name)
        {
            Interlocked.Exchange(ref _lookedAt, _owner.Now.UtcTicks);
            try
            {
                _keys = await _owner.FetchAsync(name);
                Interlocked.Exchange(ref _fetchedAt, _owner.Now.UtcTicks);
                _problem = null;
            }
            catch (ProviderException e)
            {
                _problem = e;
            }
            catch (Exception e) when (e is HttpRequestException or JsonException or OperationCanceledException or IOException)
            {
                var why = e is OperationCanceledException ? "no answer within 10 s" : e.Message;
                _problem = new("IssuerUnreachable", ErrorText.Shorten($"the keys of '{name}' cannot be had: {why}", 512));
            }

            return true;
        }
    }

    private DateTimeOffset Now => timeProvider.GetUtcNow();
}

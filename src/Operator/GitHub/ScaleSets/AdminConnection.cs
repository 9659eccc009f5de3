using System.Buffers.Text;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Operator.GitHub.Rest;

namespace Operator.GitHub.ScaleSets;

/// <summary>The URL of a target's Actions service, and a token for it.</summary>
/// <param name="Url">The service's root; may have a path and a query.</param>
/// <param name="Token">A secret.</param>
/// <param name="ExpiresAt">When the token expires.</param>
internal sealed record AdminConnection(Uri Url, string Token, DateTimeOffset ExpiresAt)
{
    /// <summary>A URL below the root, whose path and query are kept.</summary>
    /// <param name="path">Path below the root, without a leading slash.</param>
    /// <param name="query">Additional query without <c>?</c>; empty for none.</param>
    public Uri At(string path, string query = "")
    {
        string[] parts = [Url.Query.TrimStart('?'), query, "api-version=6.0-preview"];
        return new UriBuilder(Url)
        {
            Path = $"{Url.AbsolutePath.TrimEnd('/')}/{path}",
            Query = string.Join('&', parts.Where(part => part.Length > 0)),
        }.Uri;
    }

    public override string ToString() => $"admin connection to {Url.Host} until {ExpiresAt:u}";
}

/// <summary>
/// The shared admin connection of one target and credential: a registration token is exchanged for the service's own token, which is
/// renewed a minute before expiry.
/// </summary>
/// <param name="target">The target.</param>
/// <param name="gitHub">Creates registration tokens.</param>
/// <param name="transport">Sends the calls.</param>
internal sealed class AdminConnections(GitHubTarget target, IGitHubClient gitHub, ScaleSetTransport transport)
{
    private static readonly TimeSpan RenewBefore = TimeSpan.FromMinutes(1);

    /// <summary>
    /// Lifetime of a token with a missing or impossible expiry: a refused one is dropped, so no token is created for each call.
    /// </summary>
    private static readonly TimeSpan UnknownLife = TimeSpan.FromMinutes(5);

    private static readonly TimeSpan LongestLife = TimeSpan.FromHours(1);

    /// <summary>A new registration token may be unknown to the service for some seconds; these are the official client's delays.</summary>
    private static readonly TimeSpan[] Pauses = [.. new[] { 1, 2, 4, 8 }.Select(seconds => TimeSpan.FromSeconds(seconds))];

    private readonly Lock _lock = new();
    private SharedCall<AdminConnection>? _renewal;
    private volatile AdminConnection? _current;

    public async ValueTask<AdminConnection> GetAsync(CancellationToken cancellationToken)
    {
        var current = _current;
        return current is not null && current.ExpiresAt - transport.Clock.GetUtcNow() > RenewBefore
            ? current
            : await Renewal().RunAsync(cancellationToken);
    }

    /// <summary>Drops a connection that the service refused; the next caller creates another.</summary>
    public void Forget(AdminConnection refused) => Interlocked.CompareExchange(ref _current, null, refused);

    /// <summary>Validates a URL handed out by the service.</summary>
    /// <exception cref="GitHubApiException">It belongs neither to GitHub nor to the target's Enterprise Server.</exception>
    public Uri Require(string? handedOut) => transport.Addresses.Require(target, handedOut);

    private SharedCall<AdminConnection> Renewal()
    {
        lock (_lock)
        {
            return _renewal ??= new(RenewAsync);
        }
    }

    private async Task<AdminConnection> RenewAsync()
    {
        for (var attempt = 0; ; attempt++)
        {
            var token = await gitHub.CreateRegistrationTokenAsync(target, CancellationToken.None);
            var call = new ScaleSetCall(
                "RegisterRunnerAdmin", HttpMethod.Post, new Uri(target.ApiBase, "actions/runner-registration"), new AuthenticationHeaderValue("RemoteAuth", token.Value))
            {
                Body = JsonSerializer.SerializeToUtf8Bytes(
                    new ScaleSetRegistration(target.WebUrl.AbsoluteUri, "register"), ScaleSetJson.Default.ScaleSetRegistration),
            };
            var answer = await transport.SendAsync(call, CancellationToken.None);
            if (answer.IsSuccess)
            {
                return _current = Read(answer);
            }

            if (answer.Status is not (HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden) || attempt == Pauses.Length)
            {
                throw ScaleSetFailure.From(call, answer, transport.Clock.GetUtcNow());
            }

            await Task.Delay(Pauses[attempt], transport.Clock, CancellationToken.None);
        }
    }

    private AdminConnection Read(GitHubAnswer answer) =>
        answer.Read(ScaleSetJson.Default.ScaleSetAdminAnswer) is { Url: { } url, Token: { Length: > 0 } token }
            ? new AdminConnection(Require(url), token, ExpiryOf(token, transport.Clock.GetUtcNow()))
            : throw GitHubFailure.Plain(GitHubErrors.UnexpectedAnswer, "GitHub returned an incomplete admin connection", answer);

    private static DateTimeOffset ExpiryOf(string token, DateTimeOffset now) =>
        ExpOf(token) is { } seconds
            ? OutsideTimes.Clamp(OutsideTimes.FromUnixSeconds(seconds), now + UnknownLife, now + LongestLife)
            : now + UnknownLife;

    private static long? ExpOf(string token)
    {
        try
        {
            var claims = Base64Url.DecodeFromChars(token.Split('.').ElementAtOrDefault(1) ?? "");
            return JsonSerializer.Deserialize(claims, ScaleSetJson.Default.ScaleSetTokenClaims)?.Exp;
        }
        catch (Exception exception) when (exception is FormatException or JsonException)
        {
            return null;
        }
    }
}

using System.Buffers.Text;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Operator.GitHub.Rest;

namespace Operator.GitHub.ScaleSets;

/// <summary>The address of a target's Actions service, and its token.</summary>
/// <param name="Url">The service's root; may have a path and a query.</param>
/// <param name="Token">A secret.</param>
/// <param name="ExpiresAt">When the token ends.</param>
internal sealed record AdminConnection(Uri Url, string Token, DateTimeOffset ExpiresAt)
{
    /// <summary>An address below the root: its path and its query are kept.</summary>
    /// <param name="path">Path below the root, without a leading slash.</param>
    /// <param name="query">More of a query, without <c>?</c>; empty for none.</param>
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
/// The shared admin connection of one target and credential: registration token, then the service's own token,
/// renewed a minute before its end.
/// </summary>
/// <param name="target">The target.</param>
/// <param name="gitHub">Makes registration tokens.</param>
/// <param name="transport">Sends.</param>
internal sealed class AdminConnections(GitHubTarget target, IGitHubClient gitHub, ScaleSetTransport transport)
{
    private static readonly TimeSpan RenewBefore = TimeSpan.FromMinutes(1);

    /// <summary>For a token that does not say when it ends, or an end that cannot be: a refused one is forgotten, and none is made for each call.</summary>
    private static readonly TimeSpan UnknownLife = TimeSpan.FromMinutes(5);

    private static readonly TimeSpan LongestLife = TimeSpan.FromHours(1);

    /// <summary>A new registration token may be unknown to the service for some seconds; these are the official client's pauses.</summary>
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

    /// <summary>The service refused it: the next who asks makes another.</summary>
    public void Forget(AdminConnection refused) => Interlocked.CompareExchange(ref _current, null, refused);

    /// <summary>An address that the service has handed out.</summary>
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
                "RegisterRunnerAdmin", HttpMethod.Post, new Uri(target.ApiBase, "actions/runner-registration"), new AuthenticationHeaderValue("RemoteAuth", token))
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
            : throw GitHubFailure.Plain(GitHubErrors.UnexpectedAnswer, "GitHub answered an incomplete admin connection", answer);

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

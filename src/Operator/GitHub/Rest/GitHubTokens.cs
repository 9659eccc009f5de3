using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Operator.GitHub.Rest;

/// <summary>Provides the token for calls.</summary>
internal interface IGitHubTokens
{
    /// <summary>A token that is valid for at least some minutes.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    ValueTask<string> GetAsync(CancellationToken cancellationToken);

    /// <summary>Drops a token that GitHub refused. Returns whether another can be obtained.</summary>
    /// <param name="token">The refused token.</param>
    bool Forget(string token);

    /// <summary>Whether the tokens are an App installation's.</summary>
    bool IsInstallation { get; }

    /// <summary>Sends a call that must be made as the App itself instead of as an installation.</summary>
    /// <param name="call">The call.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>The response, and the JWT that was sent: a secret, to be redacted.</returns>
    Task<(GitHubAnswer Answer, string Jwt)> SendAsAppAsync(GitHubCall call, CancellationToken cancellationToken);
}

/// <summary>A token provided by the user; it cannot be replaced.</summary>
/// <param name="token">The token.</param>
internal sealed class FixedToken(string token) : IGitHubTokens
{
    public ValueTask<string> GetAsync(CancellationToken cancellationToken) => ValueTask.FromResult(token);

    public bool Forget(string token) => false;

    public bool IsInstallation => false;

    public Task<(GitHubAnswer Answer, string Jwt)> SendAsAppAsync(GitHubCall call, CancellationToken cancellationToken) =>
        throw new NotSupportedException("a personal access token belongs to no App");
}

/// <summary>
/// The tokens of an App installation, shared by all callers and renewed five minutes before expiry. If the renewal fails, the current token
/// is used as long as it is valid.
/// </summary>
internal sealed class InstallationTokens : IGitHubTokens
{
    private static readonly TimeSpan RenewBefore = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan UseUntilBefore = TimeSpan.FromMinutes(1);

    /// <summary>
    /// A new token is used for some minutes, whatever expiry it has: a refused one is dropped, so no token is created for each call.
    /// </summary>
    private static readonly TimeSpan ShortestLife = TimeSpan.FromMinutes(10);

    private static readonly TimeSpan LongestLife = TimeSpan.FromHours(1);

    private readonly GitHubCredentials.App _app;
    private readonly GitHubTransport _transport;
    private readonly GitHubRateLimiter _limiter;
    private readonly SharedCall<GitHubInstallationToken> _renewal;
    private volatile GitHubInstallationToken? _current;

    public InstallationTokens(GitHubCredentials.App app, GitHubTransport transport)
    {
        _app = app;
        _transport = transport;
        // The App has its own rate limit, separate from the installation's.
        _limiter = new GitHubRateLimiter(transport.Clock);
        _renewal = new SharedCall<GitHubInstallationToken>(RenewAsync);
    }

    public async ValueTask<string> GetAsync(CancellationToken cancellationToken)
    {
        var current = _current;
        if (current is not null && LastsFor(current, RenewBefore))
        {
            return current.Token!;
        }

        try
        {
            return (await _renewal.RunAsync(cancellationToken)).Token!;
        }
        catch (GitHubApiException) when (_current is { } old && LastsFor(old, UseUntilBefore))
        {
            return old.Token!;
        }
    }

    public bool IsInstallation => true;

    public async Task<(GitHubAnswer Answer, string Jwt)> SendAsAppAsync(GitHubCall call, CancellationToken cancellationToken)
    {
        var jwt = GitHubAppJwt.Create(_app, _transport.Clock.GetUtcNow());
        return (await _transport.SendAsync(call, jwt, _limiter, cancellationToken), jwt);
    }

    public bool Forget(string token)
    {
        if (_current is { } current && current.Token == token)
        {
            Interlocked.CompareExchange(ref _current, null, current);
        }

        return true;
    }

    private bool LastsFor(GitHubInstallationToken token, TimeSpan time) => token.ExpiresAt - _transport.Clock.GetUtcNow() > time;

    private async Task<GitHubInstallationToken> RenewAsync()
    {
        var jwt = GitHubAppJwt.Create(_app, _transport.Clock.GetUtcNow());
        var call = new GitHubCall(
            "CreateInstallationToken", HttpMethod.Post, $"app/installations/{_app.InstallationId}/access_tokens", GitHubPriority.High);
        var answer = await _transport.SendAsync(call, jwt, _limiter, CancellationToken.None);
        if (!answer.IsSuccess)
        {
            throw Failure(call, answer, jwt);
        }

        var token = answer.Read(GitHubJson.Default.GitHubInstallationToken);
        var now = _transport.Clock.GetUtcNow();
        return _current = !string.IsNullOrEmpty(token.Token)
            ? token with { ExpiresAt = OutsideTimes.Clamp(token.ExpiresAt, now + ShortestLife, now + LongestLife) }
            : throw GitHubFailure.Plain(GitHubErrors.UnexpectedAnswer, "GitHub returned an empty installation token", answer);
    }

    private GitHubApiException Failure(GitHubCall call, GitHubAnswer answer, string jwt)
    {
        var failure = GitHubFailure.From(call, answer, jwt);
        return answer.Status switch
        {
            HttpStatusCode.NotFound => GitHubFailure.Plain(
                GitHubErrors.InstallationNotFound, $"app {_app.AppId} has no installation {_app.InstallationId}", answer),
            HttpStatusCode.Unauthorized => GitHubFailure.Plain(
                GitHubErrors.Unauthorized, $"the key of app {_app.AppId} was refused: {failure.Message}{ClockNote(answer)}", answer),
            _ => failure,
        };
    }

    // A wrong clock looks like a wrong key, and is much harder to diagnose.
    private string ClockNote(GitHubAnswer answer)
    {
        var now = _transport.Clock.GetUtcNow();
        return answer.Headers.Date is { } date && (now - date).Duration() is var wrong && wrong > TimeSpan.FromMinutes(1)
            ? $" (this machine's clock is {wrong.TotalMinutes:0} minutes {(now > date ? "ahead of" : "behind")} GitHub's: set it)"
            : "";
    }
}

/// <summary>The JWT that authenticates an App.</summary>
internal static class GitHubAppJwt
{
    // GitHub's maximum is ten minutes; a minute in the past and a spare minute allow for clock skew.
    private static readonly TimeSpan Back = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Ahead = TimeSpan.FromMinutes(8);

    /// <summary>Creates a JWT signed with RS256.</summary>
    /// <param name="app">The App.</param>
    /// <param name="now">The time.</param>
    public static string Create(GitHubCredentials.App app, DateTimeOffset now)
    {
        var issuer = JsonEncodedText.Encode(app.AppId);
        var claims = $$"""{"iat":{{(now - Back).ToUnixTimeSeconds()}},"exp":{{(now + Ahead).ToUnixTimeSeconds()}},"iss":"{{issuer}}"}""";
        var content = $"{Encode("""{"alg":"RS256","typ":"JWT"}"""u8)}.{Encode(Encoding.UTF8.GetBytes(claims))}";
        using var rsa = RSA.Create();
        rsa.ImportFromPem(app.PrivateKeyPem);
        var signature = rsa.SignData(Encoding.ASCII.GetBytes(content), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        return $"{content}.{Encode(signature)}";
    }

    private static string Encode(ReadOnlySpan<byte> bytes) => System.Buffers.Text.Base64Url.EncodeToString(bytes);
}

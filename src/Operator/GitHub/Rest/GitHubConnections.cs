namespace Operator.GitHub.Rest;

/// <inheritdoc cref="IGitHubConnections"/>
internal sealed class GitHubConnections : IGitHubConnections, IDisposable
{
    private readonly ILogger<GitHubConnections> _logger;
    private readonly GitHubHttp _http;
    private readonly ClientCache<(Uri ApiBase, GitHubCredentials Credentials), GitHubClient> _clients;

    /// <summary>Creates the registry of connections.</summary>
    /// <param name="clock">The clock.</param>
    /// <param name="logger">Logs the calls.</param>
    /// <param name="wrap">Wraps the sending handler (metrics, tests); null for nothing.</param>
    /// <param name="networkTime">The clock for network time-outs; null for <paramref name="clock"/>.</param>
    /// <param name="addresses">Where requests may go; null for the production settings.</param>
    public GitHubConnections(
        TimeProvider clock,
        ILogger<GitHubConnections> logger,
        Func<HttpMessageHandler, HttpMessageHandler>? wrap = null,
        TimeProvider? networkTime = null,
        GitHubAddresses? addresses = null)
    {
        _logger = logger;
        addresses ??= GitHubAddresses.Default;
        var sockets = addresses.Sockets();
        sockets.PooledConnectionLifetime = TimeSpan.FromMinutes(5);
        _http = new(addresses, sockets, wrap, clock, networkTime);
        _clients = new(clock, key => Connect(key.ApiBase, key.Credentials));
    }

    /// <summary>
    /// Throws for a host that credentials may not be sent to. Every URL passes through here, whether it comes from a spec, a status or an
    /// option.
    /// </summary>
    public Action<GitHubTarget> CheckHost { get; init; } = _ => { };

    /// <summary>Takes in what is said of each credential.</summary>
    public Action<CredentialAtHost, GitHubApiException?> ReportCredential { get; init; } = (_, _) => { };

    public IGitHubClient Get(GitHubTarget target, GitHubCredentials credentials)
    {
        CheckHost(target);
        return _clients.Get((target.ApiBase, credentials));
    }

    public IReadOnlyList<ConnectionBudgets> Budgets =>
    [
        .. _clients.All.Select(known => new ConnectionBudgets(
            known.Key.ApiBase.Host, known.Key.Credentials.Fingerprint[..8], known.Client.RateLimiter.Budgets)),
    ];

    public void Dispose() => _http.Dispose();

    private GitHubClient Connect(Uri apiBase, GitHubCredentials credentials)
    {
        var transport = new GitHubTransport(_http, apiBase, _logger);
        var shown = new CredentialAtHost(apiBase, credentials.Fingerprint);
        return new GitHubClient(transport, credentials switch
        {
            GitHubCredentials.App app => new InstallationTokens(app, transport),
            GitHubCredentials.Token token => new FixedToken(token.Value),
            _ => throw new NotSupportedException(credentials.ToString()),
        })
        {
            ReportCredential = refusal => ReportCredential(shown, refusal),
        };
    }
}

using System.Net;

namespace Operator.Clients.GitHub;

/// <inheritdoc cref="IGitHubConnections"/>
internal sealed class GitHubConnections : IGitHubConnections, IDisposable
{
    private static readonly TimeSpan ForgetAfter = TimeSpan.FromHours(2);

    private readonly TimeProvider _clock;
    private readonly ILogger<GitHubConnections> _logger;
    private readonly HttpMessageInvoker _http;
    private readonly Lock _lock = new();
    private readonly Dictionary<(Uri ApiBase, GitHubCredentials Credentials), Connection> _connections = [];

    /// <summary>Makes the registry of connections.</summary>
    /// <param name="clock">Time.</param>
    /// <param name="logger">Where calls are logged.</param>
    /// <param name="wrap">Puts handlers around the one that sends (metrics, tests); none when null.</param>
    public GitHubConnections(
        TimeProvider clock, ILogger<GitHubConnections> logger, Func<HttpMessageHandler, HttpMessageHandler>? wrap = null)
    {
        _clock = clock;
        _logger = logger;
        // A redirect is an answer here: following it would drop the token, and turn a POST into a GET.
        var sockets = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.All,
            ConnectTimeout = TimeSpan.FromSeconds(10),
            EnableMultipleHttp2Connections = true,
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            UseCookies = false,
        };
        _http = new HttpMessageInvoker(wrap is null ? sockets : wrap(sockets));
    }

    public IGitHubClient Get(GitHubTarget target, GitHubCredentials credentials)
    {
        lock (_lock)
        {
            var key = (target.ApiBase, credentials);
            if (!_connections.TryGetValue(key, out var connection))
            {
                ForgetUnused();
                connection = new Connection(Connect(target.ApiBase, credentials));
                _connections[key] = connection;
            }

            connection.UsedAt = _clock.GetUtcNow();
            return connection.Client;
        }
    }

    public IReadOnlyList<ConnectionBudgets> Budgets
    {
        get
        {
            lock (_lock)
            {
                return
                [
                    .. _connections.Select(connection => new ConnectionBudgets(
                        connection.Key.ApiBase.Host, connection.Key.Credentials.Fingerprint[..8], connection.Value.Client.RateLimiter.Budgets)),
                ];
            }
        }
    }

    public void Dispose() => _http.Dispose();

    private GitHubClient Connect(Uri apiBase, GitHubCredentials credentials)
    {
        var transport = new GitHubTransport(_http, apiBase, _clock, _logger);
        return new GitHubClient(transport, credentials switch
        {
            GitHubCredentials.App app => new InstallationTokens(app, transport),
            GitHubCredentials.Token token => new FixedToken(token.Value),
            _ => throw new NotSupportedException(credentials.ToString()),
        });
    }

    // Rotated secrets and deleted pools leave connections behind.
    private void ForgetUnused()
    {
        var now = _clock.GetUtcNow();
        foreach (var (key, connection) in _connections)
        {
            if (now - connection.UsedAt > ForgetAfter)
            {
                _connections.Remove(key);
            }
        }
    }

    private sealed class Connection(IGitHubClient client)
    {
        public IGitHubClient Client { get; } = client;

        public DateTimeOffset UsedAt { get; set; }
    }
}

using Operator.Forges;
using Operator.GitHub;
using Operator.GitHub.Rest;

namespace Operator.GitLab.Rest;

/// <inheritdoc cref="IGitLabConnections"/>
internal sealed class GitLabConnections : IGitLabConnections, IDisposable
{
    private readonly GitHubHttp _http;
    private readonly ClientCache<(Uri ApiBase, GitLabCredentials Credentials), GitLabClient> _clients;

    /// <summary>Creates the registry of connections.</summary>
    /// <param name="clock">The clock.</param>
    /// <param name="logger">Logs the calls.</param>
    /// <param name="wrap">Wraps the sending handler (metrics, tests); null for nothing.</param>
    /// <param name="networkTime">The clock for network time-outs; null for <paramref name="clock"/>.</param>
    /// <param name="addresses">Where requests may go; null for the production settings.</param>
    public GitLabConnections(
        TimeProvider clock,
        ILogger<GitLabConnections> logger,
        Func<HttpMessageHandler, HttpMessageHandler>? wrap = null,
        TimeProvider? networkTime = null,
        GitHubAddresses? addresses = null)
    {
        addresses ??= GitHubAddresses.Default;
        var sockets = addresses.Sockets();
        sockets.PooledConnectionLifetime = TimeSpan.FromMinutes(5);
        _http = new(addresses, sockets, wrap, clock, networkTime);
        _clients = new(clock, key => new GitLabClient(new GitLabTransport(_http, key.Credentials.Value, logger), clock));
    }

    /// <summary>Throws for a host that credentials may not be sent to.</summary>
    public Action<ForgeTarget> CheckHost { get; init; } = _ => { };

    public IGitLabClient Get(GitLabTarget target, GitLabCredentials credentials)
    {
        CheckHost(target);
        return _clients.Get((target.ApiBase, credentials));
    }

    public void Dispose() => _http.Dispose();
}

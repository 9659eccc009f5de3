using Operator.GitHub.Rest;

namespace Operator.GitHub.ScaleSets;

/// <inheritdoc cref="IScaleSetConnections"/>
internal sealed class ScaleSetConnections : IScaleSetConnections, IDisposable
{
    private readonly GitHubHttp _http;
    private readonly ClientCache<(GitHubTarget Target, GitHubCredentials Credentials), ScaleSetClient> _clients;

    /// <summary>Creates the registry of connections.</summary>
    /// <param name="gitHub">Creates registration tokens.</param>
    /// <param name="clock">The clock.</param>
    /// <param name="logger">Logs the calls.</param>
    /// <param name="wrap">Wraps the sending handler (metrics, tests); null for nothing.</param>
    /// <param name="networkTime">The clock for network time-outs; null for <paramref name="clock"/>.</param>
    /// <param name="addresses">Where requests may go; null for the production settings.</param>
    public ScaleSetConnections(
        IGitHubConnections gitHub,
        TimeProvider clock,
        ILogger<ScaleSetConnections> logger,
        Func<HttpMessageHandler, HttpMessageHandler>? wrap = null,
        TimeProvider? networkTime = null,
        GitHubAddresses? addresses = null)
    {
        // Long polls are silent for 50 s: without this, a dead peer would be detected only by the time-out.
        addresses ??= GitHubAddresses.Default;
        var sockets = addresses.Sockets();
        sockets.KeepAlivePingDelay = TimeSpan.FromSeconds(20);
        sockets.KeepAlivePingTimeout = TimeSpan.FromSeconds(10);
        _http = new(addresses, sockets, wrap, clock, networkTime);
        var transport = new ScaleSetTransport(_http, logger);
        _clients = new(clock, key => new(new AdminConnections(key.Target, gitHub.Get(key.Target, key.Credentials), transport), transport));
    }

    public IScaleSetClient Get(GitHubTarget target, GitHubCredentials credentials) => _clients.Get((target, credentials));

    public void Dispose() => _http.Dispose();
}

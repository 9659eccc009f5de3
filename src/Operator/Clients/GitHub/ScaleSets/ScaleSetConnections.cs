using System.Collections.Concurrent;
using System.Net;

namespace Operator.Clients.GitHub.ScaleSets;

/// <inheritdoc cref="IScaleSetConnections"/>
internal sealed class ScaleSetConnections : IScaleSetConnections, IDisposable
{
    private static readonly TimeSpan ForgetAfter = TimeSpan.FromHours(2);

    private readonly IGitHubConnections _gitHub;
    private readonly ScaleSetTransport _transport;
    private readonly HttpMessageInvoker _http;
    private readonly ConcurrentDictionary<(GitHubTarget, GitHubCredentials), (IScaleSetClient Client, DateTimeOffset UsedAt)> _clients = new();

    /// <summary>Makes the registry of connections.</summary>
    /// <param name="gitHub">Makes registration tokens.</param>
    /// <param name="clock">Time.</param>
    /// <param name="logger">Where calls are logged.</param>
    /// <param name="wrap">Puts handlers around the one that sends (metrics, tests); none when null.</param>
    public ScaleSetConnections(
        IGitHubConnections gitHub,
        TimeProvider clock,
        ILogger<ScaleSetConnections> logger,
        Func<HttpMessageHandler, HttpMessageHandler>? wrap = null)
    {
        _gitHub = gitHub;
        var sockets = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.All,
            ConnectTimeout = TimeSpan.FromSeconds(10),
            EnableMultipleHttp2Connections = true,
            UseCookies = false,

            // Long polls are silent for 50 s: without this a dead peer would be noticed by the timeout only.
            KeepAlivePingDelay = TimeSpan.FromSeconds(20),
            KeepAlivePingTimeout = TimeSpan.FromSeconds(10),
        };
        _http = new HttpMessageInvoker(wrap is null ? sockets : wrap(sockets));
        _transport = new ScaleSetTransport(_http, clock, logger);
    }

    public IScaleSetClient Get(GitHubTarget target, GitHubCredentials credentials)
    {
        var now = _transport.Clock.GetUtcNow();
        return _clients.AddOrUpdate(
            (target, credentials),
            _ => (Connect(target, credentials, now), now),
            (_, known) => (known.Client, now)).Client;
    }

    public void Dispose() => _http.Dispose();

    private ScaleSetClient Connect(GitHubTarget target, GitHubCredentials credentials, DateTimeOffset now)
    {
        // Rotated secrets and deleted pools leave connections behind.
        foreach (var (key, known) in _clients)
        {
            if (now - known.UsedAt > ForgetAfter)
            {
                _clients.TryRemove(key, out _);
            }
        }

        return new ScaleSetClient(new AdminConnections(target, _gitHub.Get(target, credentials), _transport), _transport);
    }
}

using System.Net;
using System.Security.Cryptography.X509Certificates;
using k8s;

namespace Operator.Runtime.Client.Http;

/// <summary>
/// The official client plus what it lacks: the server's name is also checked with a private certificate authority, a refused token is
/// reread, a busy server is retried, and refusals are thrown as <see cref="KubernetesApiException"/>, which contains nothing of the
/// request.
/// </summary>
internal sealed class ApiServer : k8s.Kubernetes
{
    private readonly string? _serverName;

    public ApiServer(KubernetesClientConfiguration configuration, KubernetesClientOptions options)
        : this(configuration, options, new ConnectionsCapture(configuration))
    {
    }

    private ApiServer(KubernetesClientConfiguration configuration, KubernetesClientOptions options, ConnectionsCapture capture)
        : base(configuration)
    {
        _serverName = configuration.TlsServerName;
        var connections = Harden(capture.Release(configuration), configuration);
        var server = options.WrapHandler?.Invoke(connections) ?? connections;
        HttpClient.Dispose();
        HttpClient = new HttpClient(new RefusalHandler(options.Time, new RetryHandler(options.Time, options.Jitter, new RenewalHandler(configuration.TokenProvider, server))))
        {
            Timeout = Timeout.InfiniteTimeSpan, // enforced by the injected clock instead, and not for watches
        };
        HttpClient.DefaultRequestHeaders.Accept.Add(new("application/json"));
        HttpClient.DefaultRequestHeaders.UserAgent.ParseAdd(options.UserAgent);
    }

    /// <summary>Sends a request and returns as soon as the response headers have arrived.</summary>
    /// <exception cref="KubernetesApiException">The server refuses it.</exception>
    public async Task<HttpResponseMessage> OpenAsync(HttpMethod method, string path, HttpContent? body, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(method, new Uri(BaseUri, path)) { Version = HttpVersion.Version20, Content = body };
        request.Headers.Host = _serverName; // the only way to set the name for TLS
        // The library would attach the body to its exception, so it does not get to see it.
        return await SendRequestRaw("", request, cancellationToken);
    }

    private static SocketsHttpHandler Harden(SocketsHttpHandler connections, KubernetesClientConfiguration configuration)
    {
        connections.UseCookies = false;
        connections.AllowAutoRedirect = false;
        connections.ConnectTimeout = TimeSpan.FromSeconds(10);
        // A connection whose peer is gone would otherwise look like a quiet watch.
        connections.KeepAlivePingDelay = TimeSpan.FromSeconds(30);
        connections.KeepAlivePingTimeout = TimeSpan.FromSeconds(15);
        if (!configuration.SkipTlsVerify && configuration.SslCaCerts is { } authorities)
        {
            // The library's own callback only checks the chain: any certificate of that authority could impersonate the server.
            connections.SslOptions.RemoteCertificateValidationCallback = null;
            connections.SslOptions.CertificateChainPolicy = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                RevocationMode = X509RevocationMode.NoCheck,
            };
            connections.SslOptions.CertificateChainPolicy.CustomTrustStore.AddRange(authorities);
        }

        return connections;
    }

    /// <summary>Captures the library's connection handler, which it passes only to a callback.</summary>
    private sealed class ConnectionsCapture
    {
        private readonly Action<SocketsHttpHandler>? _callers;
        private SocketsHttpHandler? _connections;

        public ConnectionsCapture(KubernetesClientConfiguration configuration)
        {
            _callers = configuration.FirstMessageHandlerSetup;
            configuration.FirstMessageHandlerSetup = connections => _connections = connections;
        }

        public SocketsHttpHandler Release(KubernetesClientConfiguration configuration)
        {
            configuration.FirstMessageHandlerSetup = _callers;
            _callers?.Invoke(_connections!);
            return _connections!;
        }
    }
}

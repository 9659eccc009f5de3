using System.Net;
using System.Security.Cryptography.X509Certificates;
using k8s;

namespace Operator.Runtime.Client.Http;

/// <summary>
/// The official client with what it lacks put around it: the server's name is checked also where its certificate authority is a
/// private one, a refused token is read again, a busy server is waited for, and what is refused comes as
/// <see cref="KubernetesApiException"/>, which holds nothing of the request.
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
            Timeout = Timeout.InfiniteTimeSpan, // by the injected clock instead, and not for watches
        };
        HttpClient.DefaultRequestHeaders.Accept.Add(new("application/json"));
        HttpClient.DefaultRequestHeaders.UserAgent.ParseAdd(options.UserAgent);
    }

    /// <summary>Sends a request and returns as soon as the answer begins.</summary>
    /// <exception cref="KubernetesApiException">The server refuses it.</exception>
    public async Task<HttpResponseMessage> OpenAsync(HttpMethod method, string path, HttpContent? body, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(method, new Uri(BaseUri, path)) { Version = HttpVersion.Version20, Content = body };
        request.Headers.Host = _serverName; // the one way to tell the TLS layer which name to ask for and to expect
        // The library would put the body on its exception; it is told of none.
        return await SendRequestRaw("", request, cancellationToken);
    }

    private static SocketsHttpHandler Harden(SocketsHttpHandler connections, KubernetesClientConfiguration configuration)
    {
        connections.UseCookies = false;
        connections.AllowAutoRedirect = false;
        connections.ConnectTimeout = TimeSpan.FromSeconds(10);
        // A connection whose other end is gone would otherwise look like a quiet watch.
        connections.KeepAlivePingDelay = TimeSpan.FromSeconds(30);
        connections.KeepAlivePingTimeout = TimeSpan.FromSeconds(15);
        if (!configuration.SkipTlsVerify && configuration.SslCaCerts is { } authorities)
        {
            // The library's own callback looks at the chain only: any certificate of that authority could pose as the server.
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

    /// <summary>Gets hold of the library's connections, which it shows to a callback only.</summary>
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

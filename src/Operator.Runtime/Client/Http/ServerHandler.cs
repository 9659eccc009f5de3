using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Operator.Runtime.Client.Configuration;

namespace Operator.Runtime.Client.Http;

/// <summary>
/// Keeps the connections to the API server. A connection is bound to the client certificate it was opened with, so a new
/// certificate gets new connections; the old ones are used up by what runs on them.
/// </summary>
internal sealed class ServerHandler(KubernetesClientConfiguration configuration) : HttpMessageHandler
{
    private readonly Lock _lock = new();
    private HttpMessageInvoker? _connections;
    private X509Certificate2? _certificate;

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        request.Options.TryGetValue(AuthenticationHandler.CredentialOption, out var credential);
        if (configuration.TlsServerName is { } name)
        {
            request.Headers.Host = name; // the one way to tell the TLS layer which name to ask for and to expect
        }

        return ConnectionsFor(credential?.ClientCertificate).SendAsync(request, cancellationToken);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _connections?.Dispose();
        }

        base.Dispose(disposing);
    }

    private HttpMessageInvoker ConnectionsFor(X509Certificate2? certificate)
    {
        lock (_lock)
        {
            if (_connections is null || !ReferenceEquals(certificate, _certificate))
            {
                _connections = new(Connect(certificate));
                _certificate = certificate;
            }

            return _connections;
        }
    }

    private SocketsHttpHandler Connect(X509Certificate2? certificate)
    {
        var handler = new SocketsHttpHandler
        {
            UseCookies = false,
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            EnableMultipleHttp2Connections = true,
            ConnectTimeout = TimeSpan.FromSeconds(10),
            // A connection whose other end is gone would otherwise look like a quiet watch.
            KeepAlivePingDelay = TimeSpan.FromSeconds(30),
            KeepAlivePingTimeout = TimeSpan.FromSeconds(15),
            SslOptions = TlsOptions(certificate),
            UseProxy = configuration.UseProxy,
        };
        if (configuration.Proxy is { } proxy)
        {
            handler.Proxy = new WebProxy(proxy);
        }

        return handler;
    }

    private SslClientAuthenticationOptions TlsOptions(X509Certificate2? certificate)
    {
        var options = new SslClientAuthenticationOptions();
        if (certificate is not null)
        {
            options.ClientCertificates = [certificate];
            options.LocalCertificateSelectionCallback = (_, _, _, _, _) => certificate;
        }

        if (configuration.SkipTlsVerify)
        {
            options.RemoteCertificateValidationCallback = (_, server, _, _) => server is not null; // the user asked for no more
        }
        else if (configuration.CertificateAuthorities is { } authorities)
        {
            options.CertificateChainPolicy = new()
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                RevocationMode = X509RevocationMode.NoCheck,
            };
            options.CertificateChainPolicy.CustomTrustStore.AddRange(authorities);
        }

        return options;
    }
}

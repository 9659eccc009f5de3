using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Operator.Runtime.Client;
using KubernetesClientConfiguration = k8s.KubernetesClientConfiguration;

namespace Operator.Runtime.Tests.Client;

/// <summary>
/// The cluster's authority signs kubelets and webhooks, too: a certificate of it for another name must not pass for the API server,
/// and must not be shown the token.
/// </summary>
public sealed class ServerNameTests : IAsyncLifetime
{
    private readonly TestEnvironment _environment = new();
    private readonly X509Certificate2 _authority = MakeAuthority("CN=cluster-ca");
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly List<string> _heard = [];
    private X509Certificate2? _served;
    private Task _serving = Task.CompletedTask;

    public Task InitializeAsync()
    {
        _listener.Start();
        _serving = ServeAsync();
        return Task.CompletedTask;
    }

    public async Task DisposeAsync()
    {
        _listener.Stop();
        await _serving;
        _authority.Dispose();
        _served?.Dispose();
    }

    [Theory]
    [InlineData("127.0.0.1", null, true)]
    [InlineData("kubelet.example.com", null, false)]
    [InlineData("kubelet.example.com", "kubelet.example.com", true)]
    [InlineData("127.0.0.1", "kubernetes.default", false)]
    public async Task Request_ServerOfTheClustersAuthority_IsTrustedUnderItsOwnNameOnly(string certifiedName, string? expectedName, bool isTrusted)
    {
        _served = MakeLeaf(_authority, certifiedName);

        Assert.Equal(isTrusted, await IsTrustedAsync(expectedName));
        Assert.Equal(isTrusted, _heard.Exists(line => line.Contains("secret-token", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Request_ServerOfAnotherAuthority_IsNotTrusted()
    {
        using var other = MakeAuthority("CN=cluster-ca");
        _served = MakeLeaf(other, "127.0.0.1");

        Assert.False(await IsTrustedAsync(expectedName: null));
        Assert.Empty(_heard);
    }

    private async Task<bool> IsTrustedAsync(string? expectedName)
    {
        var configuration = new KubernetesClientConfiguration
        {
            Host = $"https://{_listener.LocalEndpoint}",
            SslCaCerts = [_authority],
            TlsServerName = expectedName,
            AccessToken = "secret-token",
        };
        using var client = new KubernetesClient(configuration, new() { Time = _environment.Time, Jitter = () => 0, TypeInfoResolvers = [WidgetJsonContext.Default] });
        try
        {
            return await client.GetAsync<Widget>(Widget.Key("w"), CancellationToken.None) is not null;
        }
        catch (HttpRequestException e) when (e.HttpRequestError == HttpRequestError.SecureConnectionError)
        {
            return false;
        }
    }

    // One connection after the other, HTTP/1.1 each, until the listener stops.
    private async Task ServeAsync()
    {
        try
        {
            while (true)
            {
                using var connection = await _listener.AcceptTcpClientAsync();
                await using var tls = new SslStream(connection.GetStream());
                try
                {
                    await tls.AuthenticateAsServerAsync(_served!);
                    using var reader = new StreamReader(tls, Encoding.ASCII);
                    while (await reader.ReadLineAsync() is { Length: > 0 } line)
                    {
                        _heard.Add(line);
                    }

                    var body = Widget.Json("w", 1);
                    await tls.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n{body}"));
                }
                catch (Exception e) when (e is IOException or System.Security.Authentication.AuthenticationException)
                {
                    // The client has turned away.
                }
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or InvalidOperationException)
        {
            // The listener has stopped.
        }
    }

    private static X509Certificate2 MakeAuthority(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(name, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true));
        return request.CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(200));
    }

    private static X509Certificate2 MakeLeaf(X509Certificate2 authority, string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=server", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        if (IPAddress.TryParse(name, out var address))
        {
            names.AddIpAddress(address);
        }
        else
        {
            names.AddDnsName(name);
        }

        request.CertificateExtensions.Add(names.Build());
        using var certificate = request.Create(authority, DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(199), RandomNumberGenerator.GetBytes(8));
        return certificate.CopyWithPrivateKey(key);
    }
}

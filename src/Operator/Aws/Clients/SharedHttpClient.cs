using Amazon.Runtime;

namespace Operator.Aws.Clients;

/// <summary>Makes all service clients share one HTTP client and its connections.</summary>
internal sealed class SharedHttpClient : HttpClientFactory, IDisposable
{
    // A load balancer's addresses change; permanent connections would never notice.
    private static readonly TimeSpan ConnectionLifetime = TimeSpan.FromMinutes(5);

    private readonly HttpClient _client;

    public SharedHttpClient(AwsClientOptions options)
    {
        var plain = new SocketsHttpHandler { PooledConnectionLifetime = ConnectionLifetime };
        _client = new HttpClient(new BoundedErrors(options.WrapHandler?.Invoke(plain) ?? plain)) { Timeout = options.Timeout };
    }

    public override HttpClient CreateHttpClient(IClientConfig clientConfig) => _client;

    public override bool UseSDKHttpClientCaching(IClientConfig clientConfig) => false;

    public override bool DisposeHttpClientsAfterUse(IClientConfig clientConfig) => false;

    public void Dispose() => _client.Dispose();
}

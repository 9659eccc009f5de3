using System.Net;
using Operator.Runtime.Client.Authentication;
using Operator.Runtime.Client.Configuration;

namespace Operator.Runtime.Client.Http;

/// <summary>Exchanges requests and answers with one API server, and turns what it refuses into exceptions.</summary>
internal sealed class ApiConnection : IDisposable
{
    private readonly KubernetesClientOptions _options;
    private readonly HttpClient _http;

    public ApiConnection(KubernetesClientConfiguration configuration, KubernetesClientOptions options)
    {
        _options = options;
        HttpMessageHandler server = new ServerHandler(configuration);
        server = options.WrapHandler?.Invoke(server) ?? server;
        var authenticated = new AuthenticationHandler(CredentialSources.Create(configuration.Credentials, options.Time), server);
        _http = new HttpClient(new RetryHandler(options.Time, options.Jitter, authenticated))
        {
            BaseAddress = new Uri(configuration.Server.AbsoluteUri.TrimEnd('/') + '/'),
            DefaultRequestVersion = HttpVersion.Version20,
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionOrLower,
            Timeout = Timeout.InfiniteTimeSpan, // by the injected clock instead, and not for watches
        };
        _http.DefaultRequestHeaders.Accept.Add(new("application/json"));
        _http.DefaultRequestHeaders.UserAgent.ParseAdd(options.UserAgent);
    }

    /// <summary>The whole answer to one request.</summary>
    public Task<byte[]> FetchAsync(HttpMethod method, string path, HttpContent? body, CancellationToken cancellationToken) =>
        WithTimeoutAsync(
            async token =>
            {
                using var response = await ExchangeAsync(method, path, body, token);
                return await response.Content.ReadAsByteArrayAsync(token);
            },
            cancellationToken);

    /// <summary>An answer that goes on and on; only its beginning must come in time.</summary>
    public Task<HttpResponseMessage> OpenAsync(string path, CancellationToken cancellationToken) =>
        WithTimeoutAsync(token => ExchangeAsync(HttpMethod.Get, path, body: null, token), cancellationToken);

    public void Dispose() => _http.Dispose();

    private async Task<HttpResponseMessage> ExchangeAsync(
        HttpMethod method, string path, HttpContent? body, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body };
        var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        if (response.IsSuccessStatusCode)
        {
            return response;
        }

        using (response)
        {
            throw await KubernetesApiException.FromResponseAsync(response, _options.Time.GetUtcNow(), cancellationToken);
        }
    }

    private async Task<TResult> WithTimeoutAsync<TResult>(Func<CancellationToken, Task<TResult>> call, CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(_options.RequestTimeout, _options.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, patience.Token);
        try
        {
            return await call(either.Token);
        }
        catch (OperationCanceledException e) when (patience.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"The API server did not answer within {_options.RequestTimeout.TotalSeconds} s.", e);
        }
    }
}

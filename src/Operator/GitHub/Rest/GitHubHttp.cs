using System.Net;
using System.Net.Http.Headers;

namespace Operator.GitHub.Rest;

/// <summary>What every request to GitHub has in common, whichever of its services it goes to. Throws on no answer only.</summary>
internal sealed class GitHubHttp : IDisposable
{
    private readonly HttpMessageInvoker _http;
    private readonly TimeProvider _networkTime;

    /// <summary>Makes a pool of connections.</summary>
    /// <param name="sockets">From <see cref="Sockets"/>.</param>
    /// <param name="wrap">Puts handlers around the one that sends (metrics, tests); none when null.</param>
    /// <param name="clock">Time.</param>
    /// <param name="networkTime">What answers are waited for by; null means the same.</param>
    public GitHubHttp(SocketsHttpHandler sockets, Func<HttpMessageHandler, HttpMessageHandler>? wrap, TimeProvider clock, TimeProvider? networkTime) =>
        (_http, Clock, _networkTime) = (new HttpMessageInvoker(wrap is null ? sockets : wrap(sockets)), clock, networkTime ?? clock);

    public TimeProvider Clock { get; }

    /// <summary>A redirect is an answer here: following it would drop the token, and turn a POST into a GET.</summary>
    public static SocketsHttpHandler Sockets() => new()
    {
        AllowAutoRedirect = false,
        AutomaticDecompression = DecompressionMethods.All,
        ConnectTimeout = TimeSpan.FromSeconds(10),
        EnableMultipleHttp2Connections = true,
        UseCookies = false,
    };

    /// <summary>A request without the headers by which the services differ.</summary>
    /// <param name="operation">Its name in metrics and errors.</param>
    /// <param name="method">HTTP method.</param>
    /// <param name="url">The whole address.</param>
    /// <param name="authorization">The token. A secret.</param>
    /// <param name="body">JSON to send, if any.</param>
    public static HttpRequestMessage Request(
        string operation, HttpMethod method, Uri url, AuthenticationHeaderValue authorization, byte[]? body)
    {
        var request = new HttpRequestMessage(method, url) { Version = HttpVersion.Version20 };
        request.Options.Set(GitHubCall.OperationKey, operation);
        request.Headers.Authorization = authorization;
        if (body is not null)
        {
            request.Content = new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
        }

        return request;
    }

    /// <summary>Sends a request and reads the answer whole.</summary>
    /// <param name="operation">Its name in errors.</param>
    /// <param name="request">The request.</param>
    /// <param name="limit">How long to wait for the answer.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="GitHubApiException">There is no answer.</exception>
    public async Task<GitHubAnswer> SendAsync(
        string operation, HttpRequestMessage request, TimeSpan limit, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(limit, _networkTime);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            using var response = await _http.SendAsync(request, either.Token);
            return new GitHubAnswer(response.StatusCode, response.Headers, await response.Content.ReadAsByteArrayAsync(either.Token));
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw Unreachable(request, $"did not answer {operation} within {limit.TotalSeconds} s", exception);
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException)
        {
            throw Unreachable(request, $"cannot be reached for {operation}: {exception.Message}", exception);
        }
    }

    public void Dispose() => _http.Dispose();

    private static GitHubApiException Unreachable(HttpRequestMessage request, string what, Exception exception) =>
        new(GitHubErrors.Unreachable, $"{request.RequestUri!.Host} {what}", exception);
}

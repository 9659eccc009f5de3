using System.Net;
using System.Net.Http.Headers;

namespace Operator.GitHub.Rest;

/// <summary>Common parts of all requests to GitHub, whichever of its services they go to. Throws only if there is no response.</summary>
internal sealed class GitHubHttp : IDisposable
{
    /// <summary>Maximum size of a response body, decompressed. A page of a hundred workflow runs has one or two million bytes.</summary>
    public const int MaxBodyBytes = 16 << 20;

    private readonly HttpMessageInvoker _http;

    /// <summary>Creates a connection pool.</summary>
    /// <param name="addresses">Where requests may go.</param>
    /// <param name="sockets">From <see cref="GitHubAddresses.Sockets"/>.</param>
    /// <param name="wrap">Wraps the sending handler (metrics, tests); null for nothing.</param>
    /// <param name="clock">The clock.</param>
    /// <param name="networkTime">The clock for network time-outs; null for the same.</param>
    public GitHubHttp(
        GitHubAddresses addresses, SocketsHttpHandler sockets, Func<HttpMessageHandler, HttpMessageHandler>? wrap, TimeProvider clock, TimeProvider? networkTime) =>
        (Addresses, _http, Clock, NetworkTime) = (addresses, new HttpMessageInvoker(wrap is null ? sockets : wrap(sockets)), clock, networkTime ?? clock);

    public GitHubAddresses Addresses { get; }

    public TimeProvider Clock { get; }

    public TimeProvider NetworkTime { get; }

    /// <summary>A request without the headers that are specific to a service.</summary>
    /// <param name="operation">Its name in metrics and errors.</param>
    /// <param name="method">HTTP method.</param>
    /// <param name="url">The complete URL.</param>
    /// <param name="authorization">The token. A secret.</param>
    /// <param name="body">JSON body, if any.</param>
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

    /// <summary>Sends a request and reads the complete response, up to a limit.</summary>
    /// <param name="operation">Its name in errors.</param>
    /// <param name="request">The request.</param>
    /// <param name="limit">Time-out.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="GitHubApiException">There is no response, or it is too large.</exception>
    public async Task<GitHubAnswer> SendAsync(
        string operation, HttpRequestMessage request, TimeSpan limit, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(limit, NetworkTime);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            Addresses.CheckLiteral(request.RequestUri!);
            using var response = await _http.SendAsync(request, either.Token);
            return await ReadAsync(response.Content, either.Token) is { } body
                ? new GitHubAnswer(response.StatusCode, response.Headers, body) { MayBeQuoted = Addresses.MayQuote(request.RequestUri!) }
                : throw TooLong(operation, request, (int)response.StatusCode);
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw Unreachable(request, $"did not answer {operation} within {limit.TotalSeconds} s", exception);
        }
        catch (Exception exception) when (exception is HttpRequestException { HttpRequestError: HttpRequestError.InvalidResponse } or HttpIOException { HttpRequestError: HttpRequestError.InvalidResponse })
        {
            throw Unreachable(request, $"did not answer {operation} in HTTP", exception); // the exception quotes what it said instead
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException or InvalidDataException)
        {
            throw Unreachable(request, $"cannot be reached for {operation}: {exception.Message}", exception);
        }
    }

    public void Dispose() => _http.Dispose();

    private static async Task<byte[]?> ReadAsync(HttpContent content, CancellationToken cancellationToken)
    {
        await using var stream = await content.ReadAsStreamAsync(cancellationToken);
        return await BoundedBody.ReadAsync(stream, content.Headers.ContentLength, MaxBodyBytes, cancellationToken);
    }

    private static GitHubApiException TooLong(string operation, HttpRequestMessage request, int status) =>
        new(GitHubErrors.UnexpectedAnswer, $"{request.RequestUri!.Host} answered {operation} with more than {MaxBodyBytes >> 20} MiB") { StatusCode = status };

    private static GitHubApiException Unreachable(HttpRequestMessage request, string what, Exception exception) =>
        new(GitHubErrors.Unreachable, $"{request.RequestUri!.Host} {what}", exception);
}

using System.Net;

namespace Operator.Runtime.Client.Http;

/// <summary>
/// Retries reads a few times if the server is busy (429, 503) and says when to retry. Writes are not retried, because the caller has to
/// decide again. Longer outages are left to the back-off.
/// </summary>
internal sealed class RetryHandler(TimeProvider time, Func<double> jitter, HttpMessageHandler inner) : DelegatingHandler(inner)
{
    private const int MaxRetries = 3;

    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(10);

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        for (var retries = 0; ; retries++)
        {
            var response = await base.SendAsync(request, cancellationToken);
            if (request.Method != HttpMethod.Get || retries == MaxRetries || Wait(response) is not { } wait)
            {
                return response;
            }

            response.Dispose();
            await Task.Delay(wait, time, cancellationToken);
        }
    }

    private TimeSpan? Wait(HttpResponseMessage response)
    {
        if (response.StatusCode is not (HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable))
        {
            return null;
        }

        // All clients get the same Retry-After; jitter spreads the retries.
        return OutsideTimes.RetryAfter(response.Headers, time.GetUtcNow()) is { } retryAfter && retryAfter <= LongestWait
            ? retryAfter + TimeSpan.FromMilliseconds(250 * jitter())
            : null;
    }
}

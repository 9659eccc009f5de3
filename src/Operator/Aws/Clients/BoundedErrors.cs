using System.Net;

namespace Operator.Aws.Clients;

/// <summary>Truncates the body of failed responses: an untrusted one may have any length, and the SDK reads it completely.</summary>
internal sealed class BoundedErrors(HttpMessageHandler inner) : DelegatingHandler(inner)
{
    private const int MaxBytes = 64 * 1024;

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var response = await base.SendAsync(request, cancellationToken);
        if (response.StatusCode >= HttpStatusCode.BadRequest)
        {
            response.Content = await BeginningOfAsync(response.Content, cancellationToken);
        }

        return response;
    }

    private static async Task<HttpContent> BeginningOfAsync(HttpContent whole, CancellationToken cancellationToken)
    {
        using (whole)
        {
            var buffer = new byte[MaxBytes];
            var body = await whole.ReadAsStreamAsync(cancellationToken);
            var length = await body.ReadAtLeastAsync(buffer, MaxBytes, throwOnEndOfStream: false, cancellationToken);
            return new ByteArrayContent(buffer, 0, length) { Headers = { ContentType = whole.Headers.ContentType } };
        }
    }
}

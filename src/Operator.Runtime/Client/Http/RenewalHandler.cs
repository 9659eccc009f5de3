using System.Net;
using k8s.Authentication;
using Operator.Runtime.Client.Configuration;

namespace Operator.Runtime.Client.Http;

/// <summary>Retries once with a new token when the current one is refused.</summary>
internal sealed class RenewalHandler(ITokenProvider? tokens, HttpMessageHandler inner) : DelegatingHandler(inner)
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var response = await base.SendAsync(request, cancellationToken);
        if (response.StatusCode != HttpStatusCode.Unauthorized || tokens is not RenewableToken renewable)
        {
            return response;
        }

        var refused = request.Headers.Authorization;
        var fresh = await renewable.RenewAsync(refused, cancellationToken);
        if (Equals(fresh, refused))
        {
            return response;
        }

        response.Dispose();
        request.Headers.Authorization = fresh;
        return await base.SendAsync(request, cancellationToken);
    }
}

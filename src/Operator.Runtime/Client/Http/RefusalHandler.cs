namespace Operator.Runtime.Client.Http;

/// <summary>Turns refusals of the API server into exceptions.</summary>
internal sealed class RefusalHandler(TimeProvider time, HttpMessageHandler inner) : DelegatingHandler(inner)
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var response = await base.SendAsync(request, cancellationToken);
        if (response.IsSuccessStatusCode)
        {
            return response;
        }

        using (response)
        {
            throw await KubernetesApiException.FromResponseAsync(response, time.GetUtcNow(), cancellationToken);
        }
    }
}

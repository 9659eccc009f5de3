using System.Net;
using Operator.Runtime.Client.Authentication;

namespace Operator.Runtime.Client.Http;

/// <summary>Makes each request known to the API server; asks once more with a fresh credential when the one at hand is refused.</summary>
internal sealed class AuthenticationHandler(ICredentialSource source, HttpMessageHandler inner) : DelegatingHandler(inner)
{
    /// <summary>Carries the client certificate down to where connections are made.</summary>
    public static readonly HttpRequestOptionsKey<Credential> CredentialOption = new("credential");

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var credential = await source.GetAsync(cancellationToken);
        var response = await SendAsAsync(request, credential, cancellationToken);
        if (response.StatusCode != HttpStatusCode.Unauthorized)
        {
            return response;
        }

        source.Reject(credential);
        var fresh = await source.GetAsync(cancellationToken);
        if (fresh == credential)
        {
            return response;
        }

        response.Dispose();
        return await SendAsAsync(request, fresh, cancellationToken);
    }

    private Task<HttpResponseMessage> SendAsAsync(HttpRequestMessage request, Credential credential, CancellationToken cancellationToken)
    {
        request.Headers.Authorization = credential.Authorization;
        request.Options.Set(CredentialOption, credential);
        return base.SendAsync(request, cancellationToken);
    }
}

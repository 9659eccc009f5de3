using System.Net.Http.Headers;
using k8s.Authentication;
using k8s.Exceptions;

namespace Operator.Runtime.Client.Configuration;

/// <summary>
/// A token renewed externally: in a file, or by a credential plugin. The library's providers keep a token until it expires by their own
/// clock; this one opens a new provider when the server rejects the token, and keeps the last valid token if none is available for a
/// moment.
/// </summary>
/// <param name="source">The source, for messages.</param>
/// <param name="open">Creates a new provider.</param>
internal sealed class RenewableToken(string source, Func<ITokenProvider> open) : ITokenProvider
{
    private volatile ITokenProvider _provider = open();
    private volatile AuthenticationHeaderValue? _last;

    public async Task<AuthenticationHeaderValue> GetAuthenticationHeaderAsync(CancellationToken cancellationToken)
    {
        try
        {
            var header = await _provider.GetAuthenticationHeaderAsync(cancellationToken);
            if (header.Parameter is { Length: > 0 })
            {
                return _last = header;
            }
        }
        // The library waits for its providers synchronously, so their exceptions may be wrapped.
        catch (Exception e) when (CauseOf(e) is IOException or UnauthorizedAccessException or KubeConfigException)
        {
            return _last ?? throw new KubernetesConfigurationException($"No token from {source}: {CauseOf(e).Message}", e);
        }

        return _last ?? throw new KubernetesConfigurationException($"No token from {source}: it is empty.");
    }

    /// <summary>The current token; the refused one if there is no other.</summary>
    public Task<AuthenticationHeaderValue> RenewAsync(AuthenticationHeaderValue? refused, CancellationToken cancellationToken)
    {
        if (Equals(_last, refused))
        {
            _provider = open();
        }

        return GetAuthenticationHeaderAsync(cancellationToken);
    }

    private static Exception CauseOf(Exception e) => (e as AggregateException)?.InnerException ?? e;
}

using System.Net.Http.Headers;
using k8s.Authentication;
using k8s.Exceptions;

namespace Operator.Runtime.Client.Configuration;

/// <summary>
/// A token that others renew: in a file, or by a credential plugin. The library's providers keep what they have until it expires
/// by their own clock; this one takes a new provider when the server says otherwise, and keeps the last good token when there is
/// none for a moment.
/// </summary>
/// <param name="source">Where it comes from, for messages.</param>
/// <param name="open">Makes a provider that has asked nobody yet.</param>
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
        // The library waits for its providers as for a task: what they throw may come wrapped.
        catch (Exception e) when (CauseOf(e) is IOException or UnauthorizedAccessException or KubeConfigException)
        {
            return _last ?? throw new KubernetesConfigurationException($"No token from {source}: {CauseOf(e).Message}", e);
        }

        return _last ?? throw new KubernetesConfigurationException($"No token from {source}: it is empty.");
    }

    /// <summary>A token as it is now; the refused one again where there is no other.</summary>
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

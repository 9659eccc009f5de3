using Operator.Forges;

namespace Operator.Leases;

/// <summary>
/// Tokens with which machines register their runners themselves, one for all machines of a place until it is to be renewed. In memory only, because they are secrets: after a restart another is
/// minted.
/// </summary>
internal sealed class RegistrationTokens(IRunnerRegistry registry, TimeProvider timeProvider)
{
    private readonly ExpiringCache<(RunnerScope, TimeSpan), RegistrationToken> _tokens = new(timeProvider);

    /// <summary>A token that was minted within a time.</summary>
    /// <param name="scope">Where to register.</param>
    /// <param name="refresh">The time.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="ProviderException">GitHub refuses it.</exception>
    public Task<RegistrationToken> GetAsync(RunnerScope scope, TimeSpan refresh, CancellationToken cancellationToken) =>
        _tokens.GetAsync((scope, refresh), refresh, token => registry.CreateTokenAsync(scope, token), cancellationToken);
}

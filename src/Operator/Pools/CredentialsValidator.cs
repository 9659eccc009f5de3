using Operator.Entities.RunnerPools;
using Operator.GitHub;
using Operator.GitHub.Registrations;
using Operator.Leases;

namespace Operator.Pools;

/// <summary>Finds out whether GitHub takes a pool's credentials. A place that is slow to say so holds up nobody: its last answer holds until then.</summary>
internal sealed class CredentialsValidator(PoolScopes scopes, IRunnerRegistry registry, TimeProvider timeProvider)
{
    /// <summary>The sweeps list the runners more often than this, so that to look is free.</summary>
    private static readonly TimeSpan ListAge = TimeSpan.FromMinutes(1);

    /// <summary>How long a pool's pass waits, which others wait behind. GitHub answers in a fraction of that.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(500);

    /// <summary>A pool is prepared several times as often; credentials that were replaced are not asked for again.</summary>
    private static readonly TimeSpan Memory = TimeSpan.FromHours(1);

    private readonly ExpiringMap<(GitHubTarget, GitHubCredentials), Task> _late = new(Memory, timeProvider);
    private readonly ExpiringMap<(GitHubTarget, GitHubCredentials), bool> _passed = new(Memory, timeProvider);

    /// <exception cref="ProviderException">The credentials lack, or GitHub refuses them, or has never answered yet.</exception>
    public async Task TryAsync(V1Alpha1RunnerPool pool, CancellationToken cancellationToken)
    {
        var scope = await scopes.OfAsync(pool, cancellationToken);
        var place = (scope.Target, scope.Credentials);
        var late = _late.TryGet(place, out var known) ? known : null;
        var answer = late ?? registry.ListAsync(scope, ListAge, CancellationToken.None);
        try
        {
            await answer.WaitAsync(late is null ? Patience : TimeSpan.Zero, timeProvider, cancellationToken);
            _passed.Set(place, true);
            _late.Remove(place);
        }
        catch (TimeoutException) when (!answer.IsCompleted)
        {
            _late.Set(place, answer);
            if (!_passed.Contains(place))
            {
                throw GitHubBulkhead.Refusal(scope.Target);
            }
        }
        catch (Exception) when (answer.IsFaulted)
        {
            _passed.Remove(place);
            _late.Remove(place);
            throw;
        }
    }
}

using Operator.Entities.RunnerPools;
using Operator.GitHub;
using Operator.GitHub.Registrations;
using Operator.Leases;

namespace Operator.Pools;

/// <summary>Checks whether GitHub accepts a pool's credentials. A slow check blocks no worker: the last answer stays valid until then.</summary>
internal sealed class CredentialsValidator(PoolScopes scopes, IRunnerRegistry registry, TimeProvider timeProvider)
{
    /// <summary>The sweeps list the runners more often than this, so the check costs no extra call.</summary>
    private static readonly TimeSpan ListAge = TimeSpan.FromMinutes(1);

    /// <summary>Maximum time a reconcile waits for GitHub; it occupies a worker meanwhile. GitHub answers in a fraction of that.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(500);

    /// <summary>A pool is prepared several times as often; replaced credentials are not checked again.</summary>
    private static readonly TimeSpan Memory = TimeSpan.FromHours(1);

    private readonly ExpiringMap<(GitHubTarget, GitHubCredentials), Task> _late = new(Memory, timeProvider);
    private readonly ExpiringMap<(GitHubTarget, GitHubCredentials), bool> _passed = new(Memory, timeProvider);

    /// <exception cref="ProviderException">The credentials are missing, GitHub rejects them, or it has not answered yet.</exception>
    public async Task ValidateAsync(V1Alpha1RunnerPool pool, CancellationToken cancellationToken)
    {
        var scope = await scopes.OfAsync(pool, cancellationToken);
        var key = (scope.Target, scope.Credentials);
        var late = _late.TryGet(key, out var known) ? known : null;
        var answer = late ?? registry.ListInBackgroundAsync(scope, ListAge, CancellationToken.None);
        try
        {
            await answer.WaitAsync(late is null ? Patience : TimeSpan.Zero, timeProvider, cancellationToken);
            _passed.Set(key, true);
            _late.Remove(key);
        }
        catch (TimeoutException) when (!answer.IsCompleted)
        {
            _late.Set(key, answer);
            if (!_passed.Contains(key))
            {
                throw GitHubBulkhead.Refusal(scope.Target);
            }
        }
        catch (Exception) when (answer.IsFaulted)
        {
            _passed.Remove(key);
            _late.Remove(key);
            throw;
        }
    }
}

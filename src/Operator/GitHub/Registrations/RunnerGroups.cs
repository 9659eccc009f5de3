using Operator.Forges;
using Operator.GitHub.Rest;

namespace Operator.GitHub.Registrations;

/// <summary>Runner group ids by name, cached for some minutes so that a registration needs one call instead of two.</summary>
/// <param name="clock">The clock.</param>
internal sealed class RunnerGroups(TimeProvider clock)
{
    private static readonly TimeSpan RememberFor = TimeSpan.FromMinutes(10);
    private readonly ExpiringMap<GitHubScope, long> _known = new(RememberFor, clock);

    /// <summary>The id of the scope's group.</summary>
    /// <param name="client">The client.</param>
    /// <param name="scope">The scope with the group.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="RegistryException">There is no such group.</exception>
    public async Task<long> FindAsync(IGitHubClient client, GitHubScope scope, CancellationToken cancellationToken)
    {
        if (_known.TryGet(scope, out var known))
        {
            return known;
        }

        var id = await client.FindRunnerGroupIdAsync(scope.Target, scope.RunnerGroup, cancellationToken) ?? throw RegistryFailures.GroupNotFound(scope.Target, scope.RunnerGroup);
        _known.Set(scope, id);
        return id;
    }

    /// <summary>Drops the cached id: the group may have been replaced by another with the same name.</summary>
    /// <param name="scope">The scope with the group.</param>
    public void Forget(GitHubScope scope) => _known.Remove(scope);
}

using Operator.GitHub.Rest;

namespace Operator.GitHub.Registrations;

/// <summary>The ids of runner groups by name, remembered for some minutes so that a registration costs one call, not two.</summary>
/// <param name="clock">Time.</param>
internal sealed class RunnerGroups(TimeProvider clock)
{
    private static readonly TimeSpan RememberFor = TimeSpan.FromMinutes(10);
    private readonly ExpiringMap<RunnerScope, long> _known = new(RememberFor, clock);

    /// <summary>The id of the scope's group.</summary>
    /// <param name="client">Who asks.</param>
    /// <param name="scope">Which group, and where.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="RegistryException">There is no such group.</exception>
    public async Task<long> FindAsync(IGitHubClient client, RunnerScope scope, CancellationToken cancellationToken)
    {
        if (_known.TryGet(scope, out var known))
        {
            return known;
        }

        var id = await client.FindRunnerGroupIdAsync(scope.Target, scope.RunnerGroup, cancellationToken) ?? throw RegistryFailures.GroupNotFound(scope.Target, scope.RunnerGroup);
        _known.Set(scope, id);
        return id;
    }

    /// <summary>Asks again next time: a group may have been replaced by another of its name.</summary>
    /// <param name="scope">Which group, and where.</param>
    public void Forget(RunnerScope scope) => _known.Remove(scope);
}

using Operator.Forges;
using Operator.GitHub.Rest;

namespace Operator.GitHub.Registrations;

/// <summary>
/// When GitHub stops giving jobs to a runner version: some weeks after its successor's release, or immediately if it was withdrawn.
/// </summary>
internal sealed class RunnerDeprecations(IGitHubConnections connections, RunnerReleases releases, ForgeBulkhead slow, TimeProvider timeProvider)
{
    /// <summary>Dates are known weeks ahead. Missing answers are cached for the same time.</summary>
    private static readonly TimeSpan Memory = TimeSpan.FromHours(6);

    private readonly ExpiringMap<(GitHubTarget Target, string Version), DateTimeOffset?> _known = new(Memory, timeProvider);

    /// <summary>The time from which a version gets no jobs.</summary>
    /// <param name="scope">Where its runner is registered.</param>
    /// <param name="version">The version reported by GitHub.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The time; null if none is set or known: Enterprise Server has no such dates, and a credential may lack the permission.</returns>
    public async Task<DateTimeOffset?> FindAsync(GitHubScope scope, string version, CancellationToken cancellationToken)
    {
        var key = (scope.Target, version);
        if (_known.TryGet(key, out var known) || !Version.TryParse(version, out _))
        {
            return known;
        }

        _known.Set(key, null); // prevents concurrent requests
        try
        {
            _known.Set(key, known = await FetchAsync(scope, version, cancellationToken));
        }
        catch (Exception e) when (e is GitHubApiException or ProviderException)
        {
            // An early warning, which no runner waits for.
        }

        return known;
    }

    // Where the newest version is unknown, too, the host has no dates at all.
    private async Task<DateTimeOffset?> FetchAsync(GitHubScope scope, string version, CancellationToken cancellationToken)
    {
        if (await QueryGitHubAsync(scope, version, cancellationToken) is { } found)
        {
            return found.RuntimeDeprecatesAt;
        }

        var isWithdrawn = await releases.FindNewestVersionAsync(scope, cancellationToken) is { } newest && newest != version
            && await QueryGitHubAsync(scope, newest, cancellationToken) is not null;
        return isWithdrawn ? timeProvider.GetUtcNow() : null;
    }

    private Task<GitHubRunnerDeprecation?> QueryGitHubAsync(GitHubScope scope, string version, CancellationToken cancellationToken)
    {
        var client = connections.Get(scope.Target, scope.Credentials);
        return slow.CallAsync(scope.Target, token => client.FindRunnerDeprecationAsync(scope.Target, version, token), cancellationToken);
    }
}

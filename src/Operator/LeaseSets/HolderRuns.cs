using System.Globalization;
using Operator.Demand.Webhooks;
using Operator.Entities.RunnerLeases;
using Operator.GitHub;
using Operator.GitHub.Runs;
using Operator.Leases;

namespace Operator.LeaseSets;

/// <summary>How the workflow runs stand that hold runners: GitHub is asked once a minute for each, with the credentials of the pool.</summary>
internal sealed class HolderRuns(PoolScopes scopes, WorkflowRuns runs, TimeProvider timeProvider)
{
    // A little less than the time between two looks, so that each look is a new one, and the sets of one run share it.
    private static readonly TimeSpan Memory = RunnerLeaseSetPlanner.RunPoll - TimeSpan.FromSeconds(1);

    private readonly ExpiringCache<(string Place, long Run), RunState?> _known = new(timeProvider);

    /// <summary>The run of a holder; null where there is none, or it cannot be seen, now or at all: then another look, GitHub's own word or the ttl ends the set.</summary>
    /// <param name="pool">The pool.</param>
    /// <param name="holder">The holder.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public async Task<RunState?> FindAsync(NamespacedName pool, RunnerLeaseHolder? holder, CancellationToken cancellationToken)
    {
        if (!IsWatched(holder) || !long.TryParse(holder!.RunId, NumberStyles.None, CultureInfo.InvariantCulture, out var run))
        {
            return null;
        }

        try
        {
            return await scopes.ReadAsync(pool, cancellationToken) is GitHubScope scope && JobSite.At(scope.Target, holder.Repository!).IsBelow(scope.Target)
                ? await _known.GetAsync((scope.Target.Site + holder.Repository, run), Memory, token => runs.FindStateAsync(scope, holder.Repository!, run, token), cancellationToken)
                : null;
        }
        catch (ProviderException)
        {
            return null; // the pool's own conditions tell of it
        }
    }

    /// <summary>Whether a holder is a run that can be asked about.</summary>
    public static bool IsWatched(RunnerLeaseHolder? holder) =>
        holder is { Kind: LeaseHolders.WorkflowRun, RunId: not null, Repository: { } repository } && JobSite.IsRepository(repository);
}

using Operator.Controllers.RunnerPools;
using Operator.Entities.RunnerLeases;
using Operator.Providers.Registrations;

namespace Operator.Controllers.RunnerLeases;

/// <summary>What GitHub shows of a lease's runner, from the shared list; only a runner missing there is asked for by itself.</summary>
internal sealed class RegistrationViews(IRunnerRegistry registry, PoolScopes scopes, FinishedRunners finished)
{
    /// <summary>GitHub may leave a new runner out of its list for a moment.</summary>
    private static readonly TimeSpan ListingLag = TimeSpan.FromSeconds(10);

    /// <summary>Stored times are whole seconds.</summary>
    private static readonly TimeSpan StampPrecision = TimeSpan.FromSeconds(1);

    /// <summary>GitHub's busy flag lags the assignment of a job by seconds, while messages and webhooks tell of it at once.</summary>
    private static readonly TimeSpan BusyLag = TimeSpan.FromSeconds(30);

    /// <summary>A place that pools have left is not swept any more.</summary>
    private static readonly TimeSpan ListAgeOfLeftPlace = TimeSpan.FromSeconds(20);

    public async Task<RegistrationView> ViewAsync(V1Alpha1RunnerLease lease, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (lease.Status?.Runner is not { Id: { } id } runner)
        {
            return RegistrationView.None;
        }

        if (finished.Contains(runner.Name))
        {
            return RegistrationView.Finished;
        }

        try
        {
            if (await scopes.FindAsync(lease, cancellationToken) is not { } pool)
            {
                return RegistrationView.Unknown;
            }

            var list = await registry.ListAsync(pool.Scope, pool.IsLeft ? ListAgeOfLeftPlace : TimeSpan.MaxValue, cancellationToken);
            if (IsOlderThanJob(list, lease.Status.Job))
            {
                return RegistrationView.Busy;
            }

            return list.ById.GetValueOrDefault(id) is { } listed ? Of(listed)
                : list.TakenAt < runner.MintedAt + ListingLag
                ? RegistrationView.Unknown
                : await registry.FindAsync(pool.Scope, id, cancellationToken) is { } found ? Of(found) : Gone(lease, runner);
        }
        catch (ProviderException)
        {
            // GitHub is away: nothing is concluded from that.
            return lease.Status.Job is null ? RegistrationView.Unknown : RegistrationView.Busy;
        }
    }

    // A message or a refused deletion tells of a job sooner than the list does; a list from before must not make the runner look idle again.
    private static bool IsOlderThanJob(RunnerList list, LeasedJob? job) =>
        list.TakenAt < job?.StartedAt + (job?.Id is null ? StampPrecision : BusyLag);

    private RegistrationView Gone(V1Alpha1RunnerLease lease, LeasedRunner runner)
    {
        var hasServed = lease.Status!.Job is not null || (runner.ConnectedAt is not null && RunnerPoolPlanner.InStock(lease));
        if (hasServed && runner is { Name: { } name, ScaleSetId: not null })
        {
            finished.Saw(LeaseIndexes.PoolOf(lease), name);
        }

        return RegistrationView.Gone;
    }

    private static RegistrationView Of(RegisteredRunner runner) =>
        runner.Busy ? RegistrationView.Busy : runner.Online ? RegistrationView.Idle : RegistrationView.Offline;
}

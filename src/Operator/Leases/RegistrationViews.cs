using Operator.Entities.RunnerLeases;
using Operator.Forges;
using Operator.GitHub;
using Operator.GitHub.Registrations;

namespace Operator.Leases;

/// <summary>GitHub's view of a lease's runner, from the shared list; only a runner missing there is looked up individually.</summary>
internal sealed class RegistrationViews(
    IRunnerRegistry registry, RunnerDeprecations deprecations, PoolScopes scopes, CompletedRunners finished)
{
    /// <summary>GitHub may omit a new runner from its list for a moment.</summary>
    private static readonly TimeSpan ListingLag = TimeSpan.FromSeconds(10);

    /// <summary>Stored times are whole seconds.</summary>
    private static readonly TimeSpan StampPrecision = TimeSpan.FromSeconds(1);

    /// <summary>GitHub's busy flag lags a job assignment by seconds, while messages and webhooks report it immediately.</summary>
    private static readonly TimeSpan BusyLag = TimeSpan.FromSeconds(30);

    /// <summary>Targets that no pool uses any more are not swept.</summary>
    private static readonly TimeSpan FormerTargetListAge = TimeSpan.FromSeconds(20);

    /// <summary>GitHub's view of a lease's runner. If the instance has terminated, GitHub is queried directly instead of the cached list: whether the job finished determines the next step.</summary>
    public async Task<RegistrationSighting> ViewAsync(V1Alpha1RunnerLease lease, bool hasMachineEnded, CancellationToken cancellationToken)
    {
        if (AwaitedRunners.IsAwaited(lease.Status?.Runner))
        {
            return await FindAwaitedAsync(lease, cancellationToken);
        }

        if (lease.Status?.Runner is not { Id: { } id })
        {
            return new(RegistrationView.None);
        }

        if (finished.Contains(lease))
        {
            return new(RegistrationView.Finished);
        }

        try
        {
            if (await scopes.FindAsync(lease, cancellationToken) is not { } pool)
            {
                return new(RegistrationView.Unknown, "the pool has no credentials for where the runner is registered");
            }

            return new(await RunnerAddress.CallAsync(
                registry, lease, pool,
                scope => hasMachineEnded ? QueryAsync(scope, lease, id, hasMachineEnded, cancellationToken) : FindListedAsync(scope, pool, lease, id, cancellationToken),
                cancellationToken));
        }
        catch (ProviderException e)
        {
            // GitHub is unreachable: draw no conclusion.
            return new(lease.Status.Job is null ? RegistrationView.Unknown : RegistrationView.Busy, e.Message);
        }
    }

    // By its name, which nobody else computes; the id counts from then on. The sweep lists every few seconds meanwhile, and wakes the lease.
    private async Task<RegistrationSighting> FindAwaitedAsync(V1Alpha1RunnerLease lease, CancellationToken cancellationToken)
    {
        try
        {
            if (await scopes.FindAsync(lease, cancellationToken) is not { } pool)
            {
                return new(RegistrationView.None, "the pool has no credentials for where the machine registers its runner");
            }

            var list = await RunnerAddress.CallAsync(
                registry, lease, pool, scope => registry.ListAsync(scope, scope.Target.Equals(pool.Current.Target) ? TimeSpan.MaxValue : FormerTargetListAge, cancellationToken), cancellationToken);
            return new(RegistrationView.None) { Listed = list.ByName.GetValueOrDefault(lease.Status!.Runner!.Name!)?.Id };
        }
        catch (ProviderException e)
        {
            return new(RegistrationView.None, e.Message);
        }
    }

    private async Task<RegistrationView> FindListedAsync(RunnerScope scope, PoolScope pool, V1Alpha1RunnerLease lease, long id, CancellationToken cancellationToken)
    {
        var isSwept = scope.Target.Equals(pool.Current.Target);
        var list = await registry.ListAsync(scope, isSwept ? TimeSpan.MaxValue : FormerTargetListAge, cancellationToken);
        return IsOlderThanJob(list, lease.Status!.Job) ? RegistrationView.Busy
            : list.ById.GetValueOrDefault(id) is { } listed ? await RecordAsync(scope, listed, lease.Status.Runner!, cancellationToken)
            : list.TakenAt < lease.Status.Runner!.RegisteredAt + ListingLag ? RegistrationView.Unknown
            : await QueryAsync(scope, lease, id, hasMachineEnded: false, cancellationToken);
    }

    private async Task<RegistrationView> QueryAsync(RunnerScope scope, V1Alpha1RunnerLease lease, long id, bool hasMachineEnded, CancellationToken cancellationToken)
    {
        var runner = lease.Status!.Runner!;
        if (finished.RemovalOf(lease) is null && await registry.FindAsync(scope, id, cancellationToken) is { } found)
        {
            return await RecordAsync(scope, found, runner, cancellationToken);
        }

        if (!scope.RegistrationsEndWithTheirJob && !hasMachineEnded && lease.Status.Job is not null)
        {
            return RegistrationView.Busy; // someone has deleted it: its job goes on, and its machine ends with that
        }

        NoteGone(lease);
        return RegistrationView.Gone;
    }

    private void NoteGone(V1Alpha1RunnerLease lease)
    {
        finished.RecordRemoval(lease);

        // The scale set's statistics still count its job until GitHub's message arrives.
        if (lease.Status!.Runner!.ScaleSetId is not null && (lease.Status.Job is not null || LeaseAvailability.IsAvailable(lease)))
        {
            finished.RecordDisappearance(lease);
        }
    }

    // A message or a refused deletion reveals a job sooner than the list; an older list must not make the runner look idle again.
    private static bool IsOlderThanJob(RunnerList list, LeasedJob? job) =>
        list.TakenAt < job?.StartedAt + (job?.Id is null ? StampPrecision : BusyLag);

    private async Task<RegistrationView> RecordAsync(RunnerScope scope, RegisteredRunner runner, LeasedRunner known, CancellationToken cancellationToken)
    {
        if (runner.Version is { } version && scope is GitHubScope gitHub)
        {
            known.Version = ErrorText.Shorten(version, LeasedRunner.MaxVersionLength);
            known.RuntimeDeprecatesAt = await deprecations.FindAsync(gitHub, known.Version, cancellationToken);
        }

        return Of(runner);
    }

    private static RegistrationView Of(RegisteredRunner runner) =>
        runner.Busy ? RegistrationView.Busy : runner.HasServed ? RegistrationView.Finished : runner.Online ? RegistrationView.Idle : RegistrationView.Offline;
}

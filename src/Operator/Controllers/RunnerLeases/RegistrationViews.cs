using Operator.Controllers.RunnerPools;
using Operator.Entities.RunnerLeases;
using Operator.Providers.Registrations;

namespace Operator.Controllers.RunnerLeases;

/// <summary>What GitHub shows of a lease's runner, from the shared list; only a runner missing there is asked for by itself.</summary>
internal sealed class RegistrationViews(IRunnerRegistry registry, PoolScopes scopes)
{
    /// <summary>GitHub may leave a new runner out of its list for a moment.</summary>
    private static readonly TimeSpan ListingLag = TimeSpan.FromSeconds(10);

    /// <summary>Stored times are whole seconds.</summary>
    private static readonly TimeSpan StampPrecision = TimeSpan.FromSeconds(1);

    public async Task<RegistrationView> ViewAsync(V1Alpha1RunnerLease lease, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (lease.Status?.Runner is not { Id: { } id } runner)
        {
            return RegistrationView.None;
        }

        try
        {
            if (await scopes.FindAsync(lease, cancellationToken) is not { } pool)
            {
                return RegistrationView.Unknown;
            }

            var list = await registry.ListAsync(pool.Scope, TimeSpan.MaxValue, cancellationToken);
            if (list.ById.GetValueOrDefault(id) is { } listed)
            {
                return IsOlderThanJob(list, lease.Status.Job) ? RegistrationView.Busy : Of(listed);
            }

            return list.TakenAt < runner.MintedAt + ListingLag
                ? RegistrationView.Unknown
                : await registry.FindAsync(pool.Scope, id, cancellationToken) is { } found ? Of(found) : RegistrationView.Gone;
        }
        catch (ProviderException)
        {
            return RegistrationView.Unknown; // GitHub is away: nothing is concluded from that
        }
    }

    // A refused deletion tells of a job sooner than the list does; a list from before must not make the runner look idle again.
    private static bool IsOlderThanJob(RunnerList list, LeasedJob? job) => list.TakenAt < job?.StartedAt + StampPrecision;

    private static RegistrationView Of(RegisteredRunner runner) =>
        runner.Busy ? RegistrationView.Busy : runner.Online ? RegistrationView.Idle : RegistrationView.Offline;
}

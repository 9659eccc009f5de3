using Operator.Entities.Conditions;
using Operator.Entities.RunnerLeases;
using Operator.GitHub.Registrations;

namespace Operator.Leases;

/// <summary>
/// Removes a lease's registration at GitHub. Its answer is the proof that no job is lost with the machine: GitHub refuses while the runner
/// is busy, whatever was reported about its job.
/// </summary>
internal sealed class RegistrationRemover(
    IRunnerRegistry registry, PoolScopes scopes, CompletedRunners finished, ClusterIdentity cluster, RunnerLeaseWriter writer)
{
    /// <summary>Removes the registration that a lease's status names, or one that a crash has kept out of it.</summary>
    /// <returns>GitHub's answer; null when GitHub cannot be asked, so that the registration is left to it.</returns>
    /// <exception cref="ProviderException">GitHub refuses, or cannot be reached.</exception>
    public async Task<RemovalOutcome?> RemoveAsync(V1Alpha1RunnerLease lease, CancellationToken cancellationToken)
    {
        if (await scopes.FindAsync(lease, cancellationToken) is not { } pool)
        {
            RecordLeft(lease);
            return null;
        }

        if (lease.Status?.Runner is { Id: { } id })
        {
            // An earlier pass may have asked, and had no status to write it into.
            var outcome = finished.RemovalOf(lease) ?? await RemoveAsync(lease, pool, id, cancellationToken);
            if (outcome != RemovalOutcome.AlreadyGone || finished.Contains(lease))
            {
                return outcome;
            }
        }

        return await FindUnrecordedAsync(lease, pool, cancellationToken) is { } unrecorded
            ? await RemoveAsync(lease, pool, unrecorded, cancellationToken)
            : RemovalOutcome.AlreadyGone;
    }

    /// <summary>Gives a registration up that GitHub does not let go.</summary>
    public void Leave(V1Alpha1RunnerLease lease, ProviderException why)
    {
        var what = lease.Status?.Runner is { Id: { } id, Name: var name, Url: var url } ? $"the runner {name} (id {id}) may remain at {url}" : "a runner of this lease may remain at GitHub";
        writer.Record(lease, isWarning: true, RunnerLeaseReasons.LeftOver, $"{what}: {why.Message}; GitHub removes it after a day offline");
    }

    /// <summary>Stores that GitHub is about to be asked for the first time.</summary>
    public Task RecordRequestAsync(RunnerLeaseObservation observed, CancellationToken cancellationToken) => writer.WriteIntentAsync(observed, cancellationToken);

    private async Task<RemovalOutcome> RemoveAsync(V1Alpha1RunnerLease lease, PoolScope pool, long id, CancellationToken cancellationToken)
    {
        var outcome = await RunnerAddress.CallAsync(registry, lease, pool, scope => registry.RemoveAsync(scope, id, cancellationToken), cancellationToken);
        Note(lease, outcome);
        return outcome;
    }

    private void Note(V1Alpha1RunnerLease lease, RemovalOutcome outcome)
    {
        if (outcome != RemovalOutcome.Busy)
        {
            finished.RecordRemoval(lease, outcome);
        }
        else if (finished.Forget(lease))
        {
            writer.Record(
                lease, isWarning: true, RunnerLeaseReasons.RunnerStillBusy,
                $"the job of {lease.Status!.Runner!.Name} was reported as completed, but GitHub does not delete the runner because it is busy: its job continues");
        }
    }

    private void RecordLeft(V1Alpha1RunnerLease lease)
    {
        if (!scopes.HasOtherHost(lease))
        {
            writer.Record(lease, isWarning: true, RunnerLeaseReasons.CredentialsGone, "no credentials may be sent to this host: the registration, if any, is left to GitHub");
        }
        else if (lease.Status?.Runner is { Id: { } id, Name: { } name, Url: { } url })
        {
            writer.Record(
                lease, isWarning: true, RunnerLeaseReasons.LeftOver,
                $"the runner {name} (id {id}) may remain at {url}: the pool's credentials are now for another host; GitHub removes it after a day offline");
        }
    }

    // A crash after minting leaves a registration that no status names; its name is the next in the sequence.
    private async Task<long?> FindUnrecordedAsync(V1Alpha1RunnerLease lease, PoolScope pool, CancellationToken cancellationToken)
    {
        if (lease.Status?.Instance is null)
        {
            return null;
        }

        // A machine for one job, whose runner is on record and has ended, is never registered again.
        if (lease.Status.Runner is { ServedJob: true } && !pool.IsReusable && !RunnerLeasePlanner.IsHeld(lease))
        {
            return null;
        }

        var sequence = (lease.Status.Runner?.Sequence ?? 0) + 1;
        var name = RunnerNames.For(cluster.Id, pool.Uid, lease.Metadata.Name!, lease.Metadata.Uid!, sequence);
        var (list, at) = await RunnerAddress.CallAsync(
            registry, lease, pool, async scope => (await registry.ListAsync(scope, TimeSpan.Zero, cancellationToken), scope.Target), cancellationToken);
        if (list.ByName.GetValueOrDefault(name) is not { } found)
        {
            return null;
        }

        lease.Status.Runner = new() { Id = found.Id, Name = name, Url = at.WebUrl.AbsoluteUri, Sequence = sequence };
        return found.Id;
    }
}

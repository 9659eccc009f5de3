using Operator.Entities.Conditions;
using Operator.Entities.RunnerLeases;
using Operator.Forges;

namespace Operator.Leases;

/// <summary>
/// Removes a lease's registration at GitHub. A successful deletion proves that no job is lost with the machine: GitHub refuses while the
/// runner is busy, whatever was reported about its job.
/// </summary>
internal sealed class RegistrationRemover(
    IRunnerRegistry registry, PoolScopes scopes, CompletedRunners finished, ClusterIdentity cluster, RunnerLeaseWriter writer)
{
    /// <summary>Removes the registration named in a lease's status, or one that a crash kept out of it.</summary>
    /// <returns>GitHub's answer; null if GitHub cannot be called, so that the registration is left to GitHub.</returns>
    /// <exception cref="ProviderException">GitHub refuses or is unreachable.</exception>
    public async Task<RemovalOutcome?> RemoveAsync(V1Alpha1RunnerLease lease, CancellationToken cancellationToken)
    {
        if (await scopes.FindAsync(lease, cancellationToken) is not { } pool)
        {
            RecordLeft(lease);
            return null;
        }

        if (lease.Status?.Runner is { Id: { } id })
        {
            // An earlier pass may have deleted it without being able to record that in the status.
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

    private const string Later = "GitHub removes it after a day offline, and a GitLab keeps it";

    /// <summary>Abandons a registration that the forge does not delete.</summary>
    public void Leave(V1Alpha1RunnerLease lease, ProviderException why)
    {
        var what = lease.Status?.Runner is { Id: { } id, Name: var name, Url: var url } ? $"the runner {name} (id {id}) may remain at {url}" : "a runner of this lease may remain registered";
        writer.Record(lease, isWarning: true, RunnerLeaseReasons.LeftOver, $"{what}: {why.Message}; {Later}");
    }

    /// <summary>Records that GitHub is about to be asked for the deletion for the first time.</summary>
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
                $"the job of {lease.Status!.Runner!.Name} was reported as completed, but the runner is not deleted because it is busy: its job continues");
        }
    }

    private void RecordLeft(V1Alpha1RunnerLease lease)
    {
        if (!scopes.HasOtherHost(lease))
        {
            writer.Record(lease, isWarning: true, RunnerLeaseReasons.CredentialsGone, "no credentials may be sent to this host: the registration, if any, stays there");
        }
        else if (lease.Status?.Runner is { Id: { } id, Name: { } name, Url: { } url })
        {
            writer.Record(
                lease, isWarning: true, RunnerLeaseReasons.LeftOver,
                $"the runner {name} (id {id}) may remain at {url}: the pool's credentials are now for another host; {Later}");
        }
    }

    // A crash after the registration leaves one that no status names; its name is the next in the sequence.
    private async Task<long?> FindUnrecordedAsync(V1Alpha1RunnerLease lease, PoolScope pool, CancellationToken cancellationToken)
    {
        if (lease.Status?.Instance is null)
        {
            return null;
        }

        // A single-job machine whose recorded runner has finished is never registered again.
        if (lease.Status.Runner is { ServedJob: true } && !pool.IsReusable && !RunnerLeasePlanner.IsHeld(lease))
        {
            return null;
        }

        var sequence = (lease.Status.Runner?.Sequence ?? 0) + (AwaitedRunners.IsAwaited(lease.Status.Runner) ? 0 : 1);
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

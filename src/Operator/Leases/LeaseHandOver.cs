using System.Text.Json.Nodes;
using Operator.Aws.Instances;
using Operator.Entities.Conditions;
using Operator.Entities.RunnerLeases;
using Operator.Forges;

namespace Operator.Leases;

/// <summary>
/// Hands an idle runner's machine to a held lease, and a machine on standby to any lease. The claim is a
/// compare-and-set on the idle lease's holder, so two leases never get the same machine; every later step can be
/// repeated after a crash.
/// </summary>
internal sealed class LeaseHandOver(
    IStore<V1Alpha1RunnerLease> leases,
    IInstanceProvider instances,
    IRunnerRegistry registry,
    PoolScopes scopes,
    StandbyStarter standby,
    RunnerLeaseWriter writer)
{
    public async Task<RunnerLeaseObservation?> TakeOverAsync(
        RunnerLeaseObservation observed, string candidateName, CancellationToken cancellationToken)
    {
        var lease = observed.Lease;
        if (leases.Get(new(lease.Metadata.NamespaceProperty ?? "", candidateName)) is not { } candidate)
        {
            return null; // deleted in the meantime, which requeues this lease
        }

        var isResumed = CandidatePlanner.IsClaimedBy(candidate, lease);
        if (!isResumed && candidate.Spec.Holder is not null)
        {
            throw new HandOverFailedException(candidateName, candidate.Spec.Standby is not null); // another lease claimed it first
        }

        await writer.EnsureFinalizerAsync(lease, cancellationToken);
        if (!isResumed)
        {
            await writer.SetHolderAsync(candidate, HolderOf(lease), cancellationToken);
        }

        var isFree = candidate.Spec.Standby is null
            ? await FreeAsync(candidate, isResumed, cancellationToken)
            : await standby.StartAsync(LeaseAccounts.Resolve(candidate, observed.Pool), candidate, observed.Now, cancellationToken);
        if (!isFree)
        {
            await writer.SetHolderAsync(leases.Get(NamespacedName.From(candidate)) ?? candidate, holder: null, cancellationToken);
            throw new HandOverFailedException(candidateName, candidate.Spec.Standby is not null);
        }

        return await AdoptAsync(observed, candidate, cancellationToken);
    }

    /// <summary>Releases the lease object of a handed-over machine; the machine and its mailbox now belong to the other lease.</summary>
    public async Task<RunnerLeaseObservation?> LetGoAsync(RunnerLeaseObservation observed, CancellationToken cancellationToken)
    {
        if (observed.Lease.Metadata.DeletionTimestamp is null)
        {
            await writer.DeleteQuietlyAsync(observed.Lease, cancellationToken);
        }

        await writer.RemoveFinalizerAsync(observed.Lease, cancellationToken);
        return null;
    }

    public async Task<RunnerLeaseObservation?> ReleaseAsync(
        RunnerLeaseObservation observed, string message, CancellationToken cancellationToken)
    {
        writer.Record(observed.Lease, isWarning: false, RunnerLeaseReasons.Released, message);
        await writer.SetHolderAsync(observed.Lease, holder: null, cancellationToken);
        return null;
    }

    // A runner that GitHub can use must be deregistered first. If it is busy or has disappeared, its machine is not available.
    private async Task<bool> FreeAsync(V1Alpha1RunnerLease candidate, bool isResumed, CancellationToken cancellationToken)
    {
        if (candidate.Status?.Runner?.Id is not { } id)
        {
            return true;
        }

        if (await scopes.FindAsync(candidate, cancellationToken) is not { } pool)
        {
            return false;
        }

        var outcome = await registry.RemoveAsync(pool.Scope, id, cancellationToken);
        return outcome == RemovalOutcome.Removed || (isResumed && outcome == RemovalOutcome.AlreadyGone);
    }

    private async Task<RunnerLeaseObservation?> AdoptAsync(
        RunnerLeaseObservation observed, V1Alpha1RunnerLease candidate, CancellationToken cancellationToken)
    {
        var lease = observed.Lease;
        var status = lease.Status ??= new();
        var theirs = LeaseCopies.Create(candidate).Status!;
        status.Launch = theirs.Launch ?? new();
        status.Launch.LeaseUID = lease.Metadata.Uid;
        status.Instance = theirs.Instance;
        if (status.Instance!.Standby is { } started)
        {
            (started.StartedAt, status.Instance.ReadyAt) = (observed.Now, null);
        }

        status.AdoptedFrom = new() { Name = candidate.Metadata.Name, Uid = candidate.Metadata.Uid };
        status.HeldSince = RunnerLeasePlanner.IsHeld(lease) ? observed.Now : null;
        await writer.WriteIntentAsync(observed, cancellationToken);
        writer.Record(observed.Lease, isWarning: false, RunnerLeaseReasons.TookOver, $"took over {theirs.Instance!.Id} from {candidate.Metadata.Name}");
        var view = instances.View(observed.Account(), theirs.Instance.Id!, theirs.Instance.LaunchedAt);
        return observed with { Instance = view, Registration = RegistrationView.None, Candidate = null };
    }

    private static JsonObject HolderOf(V1Alpha1RunnerLease lease) => new()
    {
        ["kind"] = LeaseHolders.RunnerLease,
        ["name"] = lease.Metadata.Name,
        ["uid"] = lease.Metadata.Uid,
    };
}

using Operator.Aws;
using Operator.Aws.Groups;
using Operator.Aws.Instances;
using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerPools;
using Operator.Settings;

namespace Operator.Leases;

/// <summary>
/// Takes the snapshot that a lease's plan is based on. Reads caches; calls AWS and GitHub only where a cache proves nothing.
/// </summary>
internal sealed class RunnerLeaseObserver(
    IStore<V1Alpha1RunnerLease> leases,
    PoolDirectory pools,
    IInstanceProvider instances,
    IAutoScalingGroupProvider groups,
    RegistrationViews registrations,
    TimeProvider timeProvider)
{
    public async Task<RunnerLeaseObservation> ObserveAsync(V1Alpha1RunnerLease stored, CancellationToken cancellationToken)
    {
        var now = timeProvider.GetUtcNow();
        var lease = LeaseCopies.Create(stored);
        RestoredLeases.LetGo(lease);
        SharedInstances.LetGo(lease, lease.Status?.Instance?.Id is { } shared ? leases.ByIndex(LeaseIndexes.Instance, shared) : []);
        var key = LeaseIndexes.PoolOf(lease);
        var pool = pools.Find(key);
        var siblings = leases.OfPool(key);
        var account = LeaseAccounts.Resolve(lease, pool);
        var instance = lease.Status?.Instance is { Id: { } id } known
            ? instances.View(account, id, known.LaunchedAt)
            : new InstanceView.None();
        var sighting = await registrations.ViewAsync(lease, instance is InstanceView.Gone, cancellationToken);
        var registration = sighting.View;
        if (lease.Status is { } status)
        {
            LeaseStatusUpdater.ApplyObservation(status, RunnerLeasePlanner.IsHeld(lease), instance, registration, now);
            MachineUse.Note(status);
            if (lease.Spec.Standby is not null)
            {
                LeaseStatusUpdater.RestOnStandby(status);
            }

            if (pool is { Lifecycle: RunnerLifecycle.Reusable, Demand: DemandSource.LeasesOnly } && lease is { Spec.Holder: null, Metadata.DeletionTimestamp: null })
            {
                LeaseStatusUpdater.RestUnregistered(status, instance);
            }
        }

        return new(
            lease,
            pool,
            pool is null ? new(Granted: false) : AdmissionPlanner.For(lease, pool, siblings, now),
            instance,
            registration,
            CommandState.Unknown,
            CandidatePlanner.Choose(lease, pool, siblings, now),
            ClaimantOf(lease),
            now)
        {
            RegistrationProblem = sighting.Problem,
            ListedRunner = sighting.Listed,
            JobAtHand = stored.Status?.Job,
            ListedAt = instances.ListedAt(account),
            Offered = OfferedTo(lease, account),
            Member = lease.Status is { Launch.AutoScalingGroup: { } group, Instance.Id: { } machine } ? groups.FindMember(account, group, machine) : null,
        };
    }

    private Instance? OfferedTo(V1Alpha1RunnerLease lease, AwsAccount account) =>
        GroupLeases.Waits(lease) && lease.Status!.Launch!.AutoScalingGroup is { } group
            ? GroupLeases.Choose(lease, leases.ByIndex(LeaseIndexes.Intent, group), instances.Listed(account, group), id => groups.FindMember(account, group, id)?.IsLeaving == true)
            : null;

    private Claimant ClaimantOf(V1Alpha1RunnerLease lease)
    {
        if (lease.Spec.Holder is not { Kind: LeaseHolders.RunnerLease, Name: { } name } holder)
        {
            return Claimant.None;
        }

        var claiming = leases.Get(new(lease.Metadata.NamespaceProperty ?? "", name));
        return claiming is null || claiming.Metadata.Uid != holder.Uid ? Claimant.Gone
            : claiming.Status?.AdoptedFrom?.Uid == lease.Metadata.Uid ? Claimant.Adopted
            : claiming.Status?.Instance is not null || claiming.Metadata.DeletionTimestamp is not null ? Claimant.Gone
            : Claimant.Adopting;
    }
}

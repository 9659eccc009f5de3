using Operator.Entities.RunnerLeases;

namespace Operator.Leases;

/// <summary>What a change of a lease means for its machine and job. Pure.</summary>
internal static class LeaseMachines
{
    /// <summary>Whether the lease's machine has terminated; a machine claimed by another lease continues there.</summary>
    public static bool HasEnded(V1Alpha1RunnerLease before, V1Alpha1RunnerLease? after) =>
        before.Status?.Instance is { } instance && after?.Status?.Instance?.Id != instance.Id && before.Spec.Holder?.Kind != LeaseHolders.RunnerLease;

    /// <summary>Whether the lease's job has ended: it has none, another one, or its machine is gone.</summary>
    public static bool HasJobEnded(V1Alpha1RunnerLease before, V1Alpha1RunnerLease? after) =>
        before.Status?.Job is { } job && (HasEnded(before, after) || after?.Status?.Job is not { } now || (job.Id is not null && now.Id is not null && now.Id != job.Id));
}

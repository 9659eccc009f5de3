using Operator.Aws;
using Operator.Entities.RunnerLeases;
using Operator.Settings;

namespace Operator.Leases;

/// <summary>The account and region of a lease's machine: where it was launched, even if the pool has moved since.</summary>
internal static class LeaseAccounts
{
    public static AwsAccount Resolve(V1Alpha1RunnerLease lease, PoolSettings? pool) => Resolve(lease, pool?.Account ?? AwsAccount.Default);

    /// <param name="lease">The lease.</param>
    /// <param name="next">Where its pool launches now.</param>
    public static AwsAccount Resolve(V1Alpha1RunnerLease lease, AwsAccount next) =>
        lease.Status?.Launch is { IntentId: not null } or { TemplateId: not null } && lease.Status.Launch is { } launch
            ? new(launch.Region, launch.AssumeRoleArn)
            : next;

    public static AwsAccount Account(this RunnerLeaseObservation observed) => Resolve(observed.Lease, observed.Pool);
}

using Operator.Aws;
using Operator.Entities.RunnerLeases;
using Operator.Settings;

namespace Operator.Leases;

/// <summary>In which account and region a lease's machine is: where it was launched, whatever the pool says now.</summary>
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

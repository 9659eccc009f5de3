using Operator.Aws.Offerings;
using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerPools;

namespace Operator.Settings;

/// <summary>Which machines a pool wants now: what idle ones are compared with. Pure.</summary>
/// <param name="Catalogue">The instance types of the region.</param>
/// <param name="Needs">What the pool's class asks for.</param>
/// <param name="SubnetIds">The pool's subnets.</param>
/// <param name="UsageClass">What the pool buys.</param>
/// <param name="Purchasing">How it buys.</param>
internal sealed record MachineFit(
    IReadOnlyList<InstanceTypeInfo> Catalogue, MachineNeeds Needs, IReadOnlySet<string> SubnetIds, UsageClass UsageClass, PurchasingSpec Purchasing)
{
    /// <summary>Why the pool would not launch a lease's machine now, for people; null if it would, or if that cannot be told.</summary>
    public string? Difference(V1Alpha1RunnerLease lease) => lease.Status?.Instance switch
    {
        { Type: { } type } when IsOfPoolsClass(lease) && Catalogue.FirstOrDefault(known => known.Name == type) is { } known && !TypeFilters.Pass(known, Needs) =>
            $"idle on a {type}, which the pool's class no longer allows",
        { SubnetId: { } subnet } when !SubnetIds.Contains(subnet) => $"idle in {subnet}, which the pool no longer uses",
        { UsageClass: { } usageClass } when lease.Spec.UsageClass is null && usageClass == UnwantedUsageClass => $"idle on a {usageClass} machine, which the pool no longer buys",
        _ => null,
    };

    // A pool with a base, a share, a fallback or a breaker has machines of both classes.
    private string? UnwantedUsageClass =>
        UsageClass == UsageClass.OnDemand ? WireNames.Format(UsageClass.Spot)
        : Purchasing is { OnDemandBase: null or 0, OnDemandPercentageAboveBase: null or 0, OnDemandFallback: null, InterruptionBreaker: null } ? WireNames.Format(UsageClass.OnDemand)
        : null;

    private static bool IsOfPoolsClass(V1Alpha1RunnerLease lease) => lease.Spec is { ResourceClassName: null, InstanceTypes: null, Resources: null };
}

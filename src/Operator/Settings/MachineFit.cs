using Operator.Aws.Offerings;
using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerPools;

namespace Operator.Settings;

/// <summary>The machines that a pool currently wants; idle machines are compared with it. Pure.</summary>
/// <param name="Catalogue">The instance types of the region.</param>
/// <param name="Needs">The requirements of the pool's class.</param>
/// <param name="SubnetIds">The pool's subnets.</param>
/// <param name="UsageClass">The pool's usage class.</param>
/// <param name="Purchasing">Its purchasing settings.</param>
internal sealed record MachineFit(
    IReadOnlyList<InstanceTypeInfo> Catalogue, MachineNeeds Needs, IReadOnlySet<string> SubnetIds, UsageClass UsageClass, PurchasingSpec Purchasing)
{
    /// <summary>What is wrong with the pool's capacity reservations; null if nothing is.</summary>
    public SpecProblem? ReservationProblem { get; init; }

    /// <summary>The cheapest machine that the pool may buy; null while no price is known.</summary>
    public PricedType? Cheapest { get; init; }

    /// <summary>Why the pool would not launch a lease's machine now, for people; null if it would, or if that cannot be told.</summary>
    public string? Difference(V1Alpha1RunnerLease lease) => lease.Status?.Instance switch
    {
        { Type: { } type } when IsOfPoolsClass(lease) && Catalogue.FirstOrDefault(known => known.Name == type) is { } known && !TypeFilters.Pass(known, Needs) =>
            $"idle on a {type}, which the pool's class no longer allows",
        { SubnetId: { } subnet } when !SubnetIds.Contains(subnet) => $"idle in {subnet}, which the pool no longer uses",
        { UsageClass: { } usageClass } when lease.Spec.UsageClass is null && IsUnwanted(usageClass) => $"idle on a {usageClass} machine, which the pool no longer buys",
        _ => null,
    };

    // A pool with a base, a share, a fallback or a breaker has machines of both classes.
    private bool IsUnwanted(string bought) => bought != WireNames.Format(UsageClass.Reserved) && UsageClass switch
    {
        UsageClass.Reserved => true,
        UsageClass.OnDemand => bought == WireNames.Format(UsageClass.Spot),
        _ => bought == WireNames.Format(UsageClass.OnDemand)
            && Purchasing is { OnDemandBase: null or 0, OnDemandPercentageAboveBase: null or 0, OnDemandFallback: null, InterruptionBreaker: null },
    };

    private static bool IsOfPoolsClass(V1Alpha1RunnerLease lease) => lease.Spec is { ResourceClassName: null, InstanceTypes: null, Resources: null };
}

/// <summary>An instance type and what it costs.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Price">US dollars an hour.</param>
internal sealed record PricedType(string Name, decimal Price);

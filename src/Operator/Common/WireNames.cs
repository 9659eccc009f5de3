using Operator.Entities.ResourceClasses;
using Operator.Entities.RunnerPools;

namespace Operator.Common;

/// <summary>Enumerated values as spelled by the API, EC2 and GitHub.</summary>
internal static class WireNames
{
    public static string Format(UsageClass usageClass) => usageClass == UsageClass.OnDemand ? "on-demand" : "spot";

    public static string Format(SpotAllocationStrategy strategy) => strategy switch
    {
        SpotAllocationStrategy.CapacityOptimized => "capacity-optimized",
        SpotAllocationStrategy.CapacityOptimizedPrioritized => "capacity-optimized-prioritized",
        SpotAllocationStrategy.LowestPrice => "lowest-price",
        _ => "price-capacity-optimized",
    };

    public static string Format(Tenancy tenancy) => tenancy switch
    {
        Tenancy.Dedicated => "dedicated",
        Tenancy.Host => "host",
        _ => "default",
    };

    public static string Format(Architecture architecture) => architecture == Architecture.Arm64 ? "arm64" : "amd64";
}

using Operator.Entities.ResourceClasses;
using Operator.Entities.RunnerPools;

namespace Operator.Common;

/// <summary>Enumerated values as spelled by the API, EC2, GitHub and GitLab.</summary>
internal static class WireNames
{
    public static string Format(UsageClass usageClass) => usageClass switch
    {
        UsageClass.OnDemand => "on-demand",
        UsageClass.Reserved => "reserved",
        _ => "spot",
    };

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

    public static string Format(Architecture architecture) => architecture switch
    {
        Architecture.Arm64 => "arm64",
        Architecture.Any => "any",
        _ => "amd64",
    };

    public static string Format(OperatingSystemKind operatingSystem) => operatingSystem == OperatingSystemKind.Windows ? "windows" : "linux";

    public static string Format(GitLabExecutor executor, OperatingSystemKind operatingSystem) =>
        executor != GitLabExecutor.Docker ? "shell" : operatingSystem == OperatingSystemKind.Windows ? "docker-windows" : "docker";

    public static string Format(CpuCredits credits) => credits == CpuCredits.Unlimited ? "unlimited" : "standard";
}

using Operator.Entities.ResourceClasses;
using Operator.Entities.RunnerPools;

namespace Operator.Common;

/// <summary>Enumerated values as the API, EC2 and GitHub spell them.</summary>
internal static class WireNames
{
    public static string Of(UsageClass usageClass) => usageClass == UsageClass.OnDemand ? "on-demand" : "spot";

    public static string Of(Architecture architecture) => architecture == Architecture.Arm64 ? "arm64" : "amd64";
}

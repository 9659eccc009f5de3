using Operator.Aws.Clients;

namespace Operator.Aws.Fleets;

/// <summary>
/// Why a launch produced fewer machines than requested: a reason for the condition, and what to do. Covers both fleets refused as a whole
/// and errors of individual offerings. Pure.
/// </summary>
internal static class LaunchFailures
{
    /// <summary>How many types a message names.</summary>
    private const int MaxNamed = 5;

    /// <summary>Reason: the instance launched by the intent has terminated, and EC2 requires a new intent.</summary>
    public const string TokenSpent = "LaunchTokenSpent";

    private static readonly TimeSpan CapacityRetry = TimeSpan.FromSeconds(5);

    /// <summary>No type meets the needs, or all matching types are currently exhausted.</summary>
    /// <param name="need">What was to be launched.</param>
    /// <param name="matching">The types that meet the needs, cheapest first.</param>
    /// <param name="lastFilter">The filter that removed the last types, if none match.</param>
    /// <param name="remembered">EC2's answer about them minutes ago.</param>
    public static ProviderException NothingToOffer(LaunchNeed need, IReadOnlyList<string> matching, string? lastFilter, IReadOnlyList<ProviderException> remembered) =>
        Worst(remembered) is { Reason: not "InsufficientCapacity" } other ? other : new(
            "InsufficientCapacity",
            matching.Count == 0
                ? $"no instance type offered as {need.UsageClass} in the zones of the subnets meets the requirements{(lastFilter is null ? "" : $": {lastFilter}")}; "
                    + "widen the resource class or its instanceTypes, or add subnets in other zones"
                : $"EC2 had no {need.UsageClass} capacity for any of the {matching.Count} types up to {need.MaxPriceFactor:0.##} times the cheapest, minutes ago ({FirstOf(matching)}); "
                    + "widen the resource class or its instanceTypes, add subnets in other zones, or raise purchasing.maxPriceFactor")
        { RetryAfter = CapacityRetry };

    /// <summary>The failure of a fleet that launched too little; the most telling of its errors decides.</summary>
    public static ProviderException Translate(LaunchNeed need, IReadOnlyList<FleetRefusal> refusals) =>
        Worst(refusals.Select(refusal => Translate(need, refusal.Error))) is { } worst
            ? worst.Reason == "InsufficientCapacity" ? WithTypes(worst, refusals) : worst
            : new("InsufficientCapacity", $"EC2 returned fewer {need.UsageClass} machines than requested, without a reason; trying again") { RetryAfter = CapacityRetry };

    /// <summary>No reservation has a free slot for a lease that is to have nothing else.</summary>
    /// <param name="selectors">What the pool names.</param>
    public static ProviderException NothingReserved(string selectors) => new(
        "InsufficientCapacity",
        $"no capacity reservation of the pool has a free slot that fits ({selectors}); enlarge one, name others in purchasing.capacityReservations, or set purchasing.usageClass to what to buy besides")
    { RetryAfter = CapacityRetry };

    // Which ones tells a person what to allow besides.
    private static ProviderException WithTypes(ProviderException failure, IReadOnlyList<FleetRefusal> refusals)
    {
        var types = refusals.Where(refusal => refusal.Error.IsInsufficientCapacity).Select(refusal => refusal.InstanceType).OfType<string>().Distinct(StringComparer.Ordinal).ToList();
        return types.Count == 0 ? failure : new(failure.Reason, $"{failure.Message}: {FirstOf(types)}", failure.InnerException) { RetryAfter = failure.RetryAfter };
    }

    private static string FirstOf(IReadOnlyList<string> types) => string.Join(", ", types.Take(MaxNamed)) + (types.Count > MaxNamed ? $" and {types.Count - MaxNamed} more" : "");

    /// <summary>What one error of a launch means.</summary>
    public static ProviderException Translate(LaunchNeed need, AwsException e) => e switch
    {
        { IsInsufficientCapacity: true } => new(
            "InsufficientCapacity", $"EC2 has no {need.UsageClass} capacity for the requested types ({e.Code}); trying others", e)
        { RetryAfter = CapacityRetry },
        { IsMaxPriceTooLow: true } => Lasting("SpotPriceTooLow", $"the spot price is above maxSpotPrice ({need.MaxSpotPrice}); raise it, or wait", e),
        { IsQuotaExceeded: true } => Lasting("QuotaExceeded", $"{e.Code}: {e.Message}; ask AWS for a larger quota{OfVCpus(need, e)}", e),
        { IsSubnetFull: true } => new("SubnetFull", $"{e.Message}; add subnets to the pool, or free addresses", e) { RetryAfter = CapacityRetry },
        { IsUnsupported: true } => new("Unsupported", $"{e.Code}: {e.Message}; skipped for minutes. If nothing else matches, widen the resource class", e) { RetryAfter = CapacityRetry },
        { IsSpotServiceRoleMissing: true } => Lasting(
            "SpotRoleMissing", "create the role AWSServiceRoleForEC2Spot: aws iam create-service-linked-role --aws-service-name spot.amazonaws.com", e),
        { IsTokenOfAnEndedInstance: true } => new(TokenSpent, "the instance of an earlier attempt has already terminated; launching again", e) { RetryAfter = TimeSpan.FromSeconds(1) },
        { IsLaunchTemplateNotFound: true } => new("LaunchTemplateNotFound", "the launch template is gone; it will be recreated", e) { RetryAfter = CapacityRetry },
        { IsImageNotFound: true } => Lasting("ImageNotFound", $"{e.Message}; use an image in spec.launch.image that exists and is shared with this account", e),
        { IsInstanceProfileNotFound: true } => new(
            "InstanceProfileNotFound", $"{e.Message}; create the instance profile (operator iam prints it), or correct spec.launch.iamInstanceProfile", e)
        { RetryAfter = AwsFailures.Soon },
        { IsVpcMismatch: true } => Lasting("VpcMismatch", $"{e.Message}; use subnets and security groups of one VPC in spec.launch", e),
        { IsSubnetNotFound: true } => Lasting("SubnetNotFound", $"{e.Message}; correct spec.launch.subnets", e),
        { IsSecurityGroupNotFound: true } => Lasting("SecurityGroupNotFound", $"{e.Message}; correct spec.launch.securityGroups", e),
        { IsKeyPairNotFound: true } => Lasting("KeyPairNotFound", $"{e.Message}; create the key pair, or correct spec.launch.keyName", e),
        { IsBlockDeviceMappingInvalid: true } => Lasting("InvalidBlockDeviceMapping", $"{e.Message}; correct spec.launch.volumes", e),
        { IsSnapshotNotFound: true } => Lasting("SnapshotNotFound", $"{e.Message}; use an image whose snapshots exist and are shared with this account", e),
        { IsVolumeKeyUnusable: true } => Lasting("VolumeKeyUnusable", $"{e.Code}: {e.Message}; enable the KMS key, and let EC2 use it (docs/aws.md, Keys)", e),
        _ => AwsFailures.Translate(e, need.CallName) is { Reason: not "AwsRefused" } general
            ? general : Lasting("LaunchRefused", $"EC2 refused the launch: {e.Code}: {e.Message}", e),
    };

    /// <summary>The most significant failure: what someone must fix, then a quota, then capacity, then transient errors.</summary>
    public static ProviderException? Worst(IEnumerable<ProviderException> failures) => failures
        .OrderBy(failure => RankOf(failure.Reason)).ThenBy(failure => failure.Reason, StringComparer.Ordinal).ThenBy(failure => failure.Message, StringComparer.Ordinal)
        .FirstOrDefault();

    private static int RankOf(string reason) => reason switch
    {
        "LaunchRefused" => 1, // after those that say what to do
        "QuotaExceeded" => 2,
        "SubnetFull" or "SpotPriceTooLow" => 3,
        "InsufficientCapacity" => 4,
        "Unsupported" => 5, // of one offering; when others have no capacity, that is the reason
        "Throttled" or "AwsUnavailable" or "LaunchTemplateNotFound" or TokenSpent => 6,
        _ => 0,
    };

    private static ProviderException Lasting(string reason, string message, AwsException cause) => new(reason, message, cause) { RetryAfter = AwsFailures.AfterRepair };

    private static string OfVCpus(LaunchNeed need, AwsException e) =>
        e.Code is "VolumeLimitExceeded" or "MaxIOPSLimitExceeded" or "TagLimitExceeded" or "AddressLimitExceeded" or "NetworkInterfaceLimitExceeded" or "AttachmentLimitExceeded"
            ? "" : $" of {need.UsageClass} vCPUs";
}

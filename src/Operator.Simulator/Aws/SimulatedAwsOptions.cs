using Operator.Simulator.Aws.Ec2.InstanceTypes;

namespace Operator.Simulator.Aws;

/// <summary>Behaviour of the simulated region. The defaults match the real one on an ordinary day.</summary>
public sealed record SimulatedAwsOptions
{
    /// <summary>Name of the region; it has three zones, <c>a</c> to <c>c</c>.</summary>
    public string Region { get; init; } = "eu-central-1";

    /// <summary>The account that owns everything.</summary>
    public string AccountId { get; init; } = "123456789012";

    /// <summary>Start of all randomness: ids, prices, jitter.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>From launch to <c>running</c>.</summary>
    public TimeSpan PendingTime { get; init; } = TimeSpan.FromSeconds(6);

    /// <summary>From launch to the first line of the user data.</summary>
    public TimeSpan BootTime { get; init; } = TimeSpan.FromSeconds(25);

    /// <summary>The same for Windows, which restarts several times before.</summary>
    public TimeSpan WindowsBootTime { get; init; } = TimeSpan.FromMinutes(8);

    /// <summary>From launch until a machine's SSM agent is online.</summary>
    public TimeSpan AgentTime { get; init; } = TimeSpan.FromSeconds(22);

    /// <summary>From the start of a stopped machine to the first line of its host script.</summary>
    public TimeSpan RestartTime { get; init; } = TimeSpan.FromSeconds(12);

    /// <summary>From the start of a hibernated machine until its software goes on.</summary>
    public TimeSpan ResumeTime { get; init; } = TimeSpan.FromSeconds(8);

    /// <summary>From <c>stopping</c> to <c>stopped</c> of a machine that hibernates.</summary>
    public TimeSpan HibernateTime { get; init; } = TimeSpan.FromSeconds(40);

    /// <summary>From <c>shutting-down</c> to <c>terminated</c>, and from <c>stopping</c> to <c>stopped</c>.</summary>
    public TimeSpan ShutdownTime { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a new instance id is unknown to every call except the one that created it (eventual consistency).</summary>
    public TimeSpan VisibilityDelay { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How long a terminated instance is still described.</summary>
    public TimeSpan TerminatedVisibleFor { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Whether calls beyond the request buckets are refused (EC2's per action, Parameter Store's 40 a second).</summary>
    public bool EnforceRequestBuckets { get; init; } = true;

    /// <summary>Maximum number of vCPUs running as spot; null for no limit.</summary>
    public int? SpotVcpuQuota { get; init; }

    /// <summary>Maximum number of vCPUs running on demand; null for no limit.</summary>
    public int? OnDemandVcpuQuota { get; init; }

    /// <summary>The instance profiles that there are, by name; null when every name will do.</summary>
    public IReadOnlyCollection<string>? InstanceProfiles { get; init; }

    /// <summary>Families whose machines can run virtual machines of their own.</summary>
    public IReadOnlyCollection<string> NestedVirtualization { get; init; } = ["c8i", "c8i-flex", "m8i", "m8i-flex", "r8i", "r8i-flex"];

    /// <summary>Free addresses in each zone's subnet at the start.</summary>
    public int AddressesPerSubnet { get; init; } = 16_379;

    /// <summary>Capacity limits. The last one that matches a capacity pool wins; without one there is no limit.</summary>
    public IReadOnlyList<CapacityLimit> Capacity { get; init; } = [];

    /// <summary>How spot prices move.</summary>
    public SpotPriceModel SpotPrices { get; init; } = new();
}

/// <summary>Maximum number of instances of a capacity pool.</summary>
/// <param name="UsageClass"><c>spot</c>, <c>on-demand</c> or <c>*</c>.</param>
/// <param name="InstanceType">Name of the type, or <c>*</c>.</param>
/// <param name="Zone">Name of the zone, or <c>*</c>.</param>
/// <param name="Instances">How many; null for no limit.</param>
public sealed record CapacityLimit(string UsageClass, string InstanceType, string Zone, int? Instances)
{
    internal bool Covers(string usageClass, string instanceType, string zone) =>
        Fits(UsageClass, usageClass) && Fits(InstanceType, instanceType) && Fits(Zone, zone);

    private static bool Fits(string pattern, string value) => pattern == "*" || pattern == value;
}

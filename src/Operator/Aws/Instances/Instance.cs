namespace Operator.Aws.Instances;

/// <summary>EC2's instance states.</summary>
internal enum InstanceState
{
    Pending,
    Running,
    Stopping,
    Stopped,
    ShuttingDown,
    Terminated,
}

/// <summary>An EC2 instance with this cluster's tag.</summary>
/// <param name="Id">The instance id.</param>
/// <param name="State">Its state when last seen.</param>
/// <param name="Type">The instance type.</param>
/// <param name="Zone">The availability zone.</param>
/// <param name="UsageClass"><c>spot</c> or <c>on-demand</c>.</param>
/// <param name="PrivateIp">Its first private address, once it has one; an IPv6 one where it has no other.</param>
/// <param name="LaunchedAt">When EC2 launched it.</param>
/// <param name="IntentId">The launch intent it came from.</param>
/// <param name="PoolUid">The UID of the pool it was launched for.</param>
/// <param name="StateReason">EC2's reason for the state, such as <c>Server.SpotInstanceTermination</c>.</param>
internal sealed record Instance(
    string Id,
    InstanceState State,
    string Type,
    string Zone,
    string UsageClass,
    string? PrivateIp,
    DateTimeOffset LaunchedAt,
    string? IntentId,
    string? PoolUid,
    string? StateReason)
{
    /// <summary>EC2's interruption notice, from the machine's tag or its spot request; null for none.</summary>
    public InterruptionNotice? Notice { get; init; }

    /// <summary>Until when it stays on although it failed to boot, as its tag says; null for none.</summary>
    public DateTimeOffset? HeldUntil { get; init; }

    /// <summary>Why it failed to boot, as its tag says; null where it did not, or has not said.</summary>
    public string? BootFailure { get; init; }

    /// <summary>Why its folder of jobs could not be filled, as its tag says; null where it was, or there is nothing to fill it.</summary>
    public string? WarmUpFailure { get; init; }

    /// <summary><c>amd64</c> or <c>arm64</c>; null while not known.</summary>
    public string? Architecture { get; init; }

    /// <summary>The launch template that it was launched from, by EC2's own tag; null where it has none.</summary>
    public string? TemplateId { get; init; }

    /// <summary>Its subnet; null while not known.</summary>
    public string? SubnetId { get; init; }

    /// <summary>Whether it is shutting down or terminated: EC2 never restarts such an instance.</summary>
    public bool IsGone => State is InstanceState.ShuttingDown or InstanceState.Terminated;
}

/// <summary>What is known about a lease's instance.</summary>
internal abstract record InstanceView
{
    /// <summary>The lease names no instance.</summary>
    public sealed record None : InstanceView;

    /// <summary>Launched but not listed yet: EC2 is eventually consistent.</summary>
    public sealed record NotVisible : InstanceView;

    /// <summary>In the last listing.</summary>
    /// <param name="Instance">As listed.</param>
    public sealed record Live(Instance Instance) : InstanceView;

    /// <summary>Shutting down, terminated, no longer listed, or never listed although overdue.</summary>
    /// <param name="Reason">EC2's reason, if known.</param>
    public sealed record Gone(string? Reason) : InstanceView
    {
        /// <summary>Its last interruption notice.</summary>
        public InterruptionNotice? Notice { get; init; }

        /// <summary>Why it failed to boot, if it said so.</summary>
        public string? BootFailure { get; init; }
    }

    /// <summary>Its interruption notice, if any.</summary>
    public InterruptionNotice? Announced => this switch
    {
        Live { Instance.Notice: var notice } => notice,
        Gone { Notice: var notice } => notice,
        _ => null,
    };
}

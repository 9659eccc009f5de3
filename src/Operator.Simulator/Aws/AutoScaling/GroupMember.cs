using Operator.Simulator.Aws.Ec2.Instances;

namespace Operator.Simulator.Aws.AutoScaling;

/// <summary>An instance of a group. Guarded by the world's lock.</summary>
internal sealed class GroupMember(Instance instance)
{
    public Instance Instance => instance;

    /// <summary>The state of a member that is neither counted nor looked at.</summary>
    public const string OnStandby = "Standby";

    public string State { get; set; } = "Pending";

    public bool IsHealthy { get; set; } = true;

    public bool IsProtected { get; set; }

    /// <summary>The hook that it waits at; null for none.</summary>
    public GroupHook? Hook { get; set; }

    /// <summary>When the wait ends without a heartbeat.</summary>
    public DateTimeOffset Deadline { get; set; }

    /// <summary>When the wait ends whatever happens.</summary>
    public DateTimeOffset LastDeadline { get; set; }

    public ITimer? Timer { get; set; }

    /// <summary>The member that it takes the place of once it is in service; null for none.</summary>
    public GroupMember? Replaces { get; set; }

    /// <summary>Whether it was launched beyond the desired capacity, to balance zones or to replace another member, and is not in service yet.</summary>
    public bool IsExtra { get; set; }

    /// <summary>Whether it counts towards the desired capacity.</summary>
    public bool Counts => !IsLeaving && State != OnStandby;

    public bool IsLeaving => State.StartsWith("Terminat", StringComparison.Ordinal);
}

/// <summary>A lifecycle hook.</summary>
internal sealed record GroupHook(string Name, string Transition, int HeartbeatTimeout, string DefaultResult)
{
    public const string Launching = "autoscaling:EC2_INSTANCE_LAUNCHING";

    public const string Terminating = "autoscaling:EC2_INSTANCE_TERMINATING";

    /// <summary>How long a wait may last with heartbeats.</summary>
    public TimeSpan GlobalTimeout => TimeSpan.FromSeconds(Math.Min(48 * 3600, 100L * HeartbeatTimeout));
}

/// <summary>What a group did or tried.</summary>
internal sealed record GroupActivity(string Id, string Status, string Description, string Cause, string? Message, DateTimeOffset At);

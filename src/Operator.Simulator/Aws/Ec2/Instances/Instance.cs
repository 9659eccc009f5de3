using System.Text;
using Operator.Simulator.Aws.Ec2.Images;
using Operator.Simulator.Aws.Ec2.InstanceTypes;
using Operator.Simulator.Aws.Ec2.LaunchTemplates;
using Operator.Simulator.Aws.Ec2.Network;

namespace Operator.Simulator.Aws.Ec2.Instances;

/// <summary>What an instance is launched with; it does not change afterwards.</summary>
internal sealed record LaunchSpecification(
    InstanceType Type, Subnet Subnet, Image Image, string UsageClass, LaunchTemplateData Template)
{
    public string? FleetId { get; init; }

    /// <summary>The client token of the call that launched it.</summary>
    public string? ClientToken { get; init; }

    /// <summary>The capacity reservation that the launch names.</summary>
    public string? CapacityReservationId { get; init; }

    /// <summary>Whether it is somebody else's, and no simulated host runs on it.</summary>
    public bool IsForeign { get; init; }

    /// <summary>Its EBS volumes.</summary>
    public IReadOnlyList<MachineVolume> Volumes { get; init; } = [];

    public bool IsSpot => UsageClass == "spot";
}

/// <summary>An EBS volume of an instance.</summary>
/// <param name="Device">Its device name.</param>
/// <param name="SizeGiB">Its size.</param>
/// <param name="DeleteOnTermination">Whether it is deleted with the instance; otherwise it remains and costs money.</param>
public sealed record MachineVolume(string Device, int SizeGiB, bool DeleteOnTermination);

/// <summary>An instance. Guarded by the world's lock.</summary>
internal sealed class Instance(string id, long sequence, LaunchSpecification launch, DateTimeOffset launchedAt)
{
    public string Id => id;

    /// <summary>Rises with every launch.</summary>
    public long Sequence => sequence;

    public LaunchSpecification Launch => launch;

    public DateTimeOffset LaunchedAt { get; set; } = launchedAt;

    public required string ReservationId { get; init; }

    public required string PrivateIp { get; init; }

    public string? SpotRequestId { get; init; }

    /// <summary>The capacity reservation whose slot it has, named or not.</summary>
    public string? CapacityReservationId { get; init; }

    public required SortedDictionary<string, string> Tags { get; init; }

    public required Machine Machine { get; init; }

    public InstanceState State { get; set; } = InstanceState.Pending;

    public (string Code, string Message)? StateReason { get; set; } = ("pending", "pending");

    public string TransitionReason { get; set; } = "";

    public InstanceEnd EndedBy { get; set; }

    public DateTimeOffset? EndedAt { get; set; }

    public DateTimeOffset? TerminatedAt { get; set; }

    /// <summary>Whether its memory was kept when it was last stopped.</summary>
    public bool IsHibernated { get; set; }

    /// <summary>When EC2 reclaims it, once announced.</summary>
    public DateTimeOffset? InterruptionAt { get; set; }

    /// <summary>Whether EC2 recommends to leave it.</summary>
    public bool IsRebalanceRecommended { get; set; }

    /// <summary>Whether EC2 refuses to terminate it; it may still end itself.</summary>
    public bool IsProtected { get; set; }

    public StringBuilder Console { get; } = new();

    public List<InstanceChange> History { get; } = [new InstanceChange(launchedAt, InstanceState.Pending, "launched")];

    /// <summary>The timer of the next state change; referenced here, because unreferenced timers may not fire.</summary>
    public ITimer? Timer { get; set; }

    /// <summary>The timer of its end by a spot interruption.</summary>
    public ITimer? InterruptionTimer { get; set; }

    public void Enter(InstanceState state, DateTimeOffset at, string why)
    {
        State = state;
        History.Add(new InstanceChange(at, state, why));
    }
}

/// <summary>A step in the life of an instance.</summary>
/// <param name="At">When.</param>
/// <param name="State">The state entered.</param>
/// <param name="Why">Why, in a few words.</param>
public sealed record InstanceChange(DateTimeOffset At, InstanceState State, string Why);

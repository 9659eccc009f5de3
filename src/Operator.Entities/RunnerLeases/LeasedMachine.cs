using Operator.Entities.Kubernetes;

namespace Operator.Entities.RunnerLeases;

/// <summary>A launch, recorded before the request to EC2 so that it is neither lost nor repeated.</summary>
public sealed class LeaseLaunch
{
    /// <summary>EC2's client token, also a tag on the launched resources. Absent while no launch is in progress.</summary>
    [Length(0, 64)]
    public string? IntentId { get; set; }

    /// <summary>The Auto Scaling group that launches the machine; its name is the intent then. Absent where <c>CreateFleet</c> does.</summary>
    [Length(0, 255)]
    public string? AutoScalingGroup { get; set; }

    /// <summary>The hash of the request sent with the intent. After a crash only an identical request is repeated.</summary>
    [Length(0, 64)]
    public string? RequestHash { get; set; }

    /// <summary>The UID of the lease that launched the machine or took it over. If it differs from the lease's own UID, the lease was restored from a backup.</summary>
    [Length(0, 64)]
    public string? LeaseUID { get; set; }

    /// <summary>The hash of the launch template's content.</summary>
    [Length(0, 128)]
    public string? TemplateHash { get; set; }

    /// <summary>The launch template.</summary>
    [Length(0, 64)]
    public string? TemplateId { get; set; }

    /// <summary>Both launch templates of a request that may buy either architecture, until it is known which one EC2 has launched.</summary>
    [Items(0, 2), ListType("map"), ListMapKey("architecture")]
    public List<LeaseLaunchTemplate>? Templates { get; set; }

    /// <summary>Number of failed launches so far.</summary>
    public int? Attempt { get; set; }

    /// <summary>When the last request was sent to EC2.</summary>
    public DateTimeOffset? At { get; set; }

    /// <summary><c>spot</c>, <c>on-demand</c> or <c>reserved</c>.</summary>
    [Length(0, 32)]
    public string? UsageClass { get; set; }

    /// <summary>The capacity reservation that the machine was requested in. Absent where it is not reserved.</summary>
    [Length(0, 64)]
    public string? CapacityReservationId { get; set; }

    /// <summary>When the capacity block ends that the machine was requested in, about. Absent of all others.</summary>
    public DateTimeOffset? ReservedUntil { get; set; }

    /// <summary>The region. Defaults to the operator's own.</summary>
    [Length(0, 64)]
    public string? Region { get; set; }

    /// <summary>The role used to launch. Defaults to the operator's own.</summary>
    [Length(0, 2048)]
    public string? AssumeRoleArn { get; set; }
}

/// <summary>A launch template that a request may use.</summary>
public sealed class LeaseLaunchTemplate
{
    /// <summary>The architecture of its machines.</summary>
    [Required, Length(0, 16)]
    public string Architecture { get; set; } = "";

    /// <summary>The id of the launch template.</summary>
    [Length(0, 64)]
    public string? Id { get; set; }

    /// <summary>The hash of its content.</summary>
    [Length(0, 128)]
    public string? Hash { get; set; }
}

/// <summary>An EC2 instance.</summary>
public sealed class LeasedInstance
{
    /// <summary>Its id, such as <c>i-0123456789abcdef0</c>.</summary>
    [Length(0, 64)]
    public string? Id { get; set; }

    /// <summary>Its instance type.</summary>
    [Length(0, 64)]
    public string? Type { get; set; }

    /// <summary>Its processor architecture: <c>amd64</c> or <c>arm64</c>.</summary>
    [Length(0, 16)]
    public string? Architecture { get; set; }

    /// <summary>Its availability zone.</summary>
    [Length(0, 64)]
    public string? Zone { get; set; }

    /// <summary>Its subnet.</summary>
    [Length(0, 64)]
    public string? SubnetId { get; set; }

    /// <summary><c>spot</c>, <c>on-demand</c> or <c>reserved</c>.</summary>
    [Length(0, 32)]
    public string? UsageClass { get; set; }

    /// <summary>When the capacity block that it runs in ends, about: EC2 ends its machines half an hour before. Absent of all others.</summary>
    public DateTimeOffset? ReservedUntil { get; set; }

    /// <summary>
    /// Price at its launch, in US dollars an hour: the spot price of its type and zone, or the on-demand price; 0 in reserved capacity, which is paid for anyway. Absent when none is known.
    /// </summary>
    [Length(0, 32)]
    public string? HourlyPrice { get; set; }

    /// <summary>Its private IPv4 address; in an IPv6-only subnet its IPv6 address.</summary>
    [Length(0, 64)]
    public string? PrivateIP { get; set; }

    /// <summary>When EC2 launched it.</summary>
    public DateTimeOffset? LaunchedAt { get; set; }

    /// <summary>The repository whose workflow run held it and ran a job on it, with its id where that is known. Other repositories do not get it, unless the pool's <c>access.shareMachines</c> says so.</summary>
    [Length(0, 256)]
    public string? HeldFor { get; set; }

    /// <summary>When it first became ready: its runner had connected, or it was waiting for a lease.</summary>
    public DateTimeOffset? ReadyAt { get; set; }

    /// <summary>The command that starts the host script. Absent of machines that start it themselves.</summary>
    public LeaseBootstrap? Bootstrap { get; set; }

    /// <summary>Its time on standby. Absent of machines that never were.</summary>
    public LeaseStandby? Standby { get; set; }

    /// <summary>When the pool's <c>secretRefs</c> were put into its mailbox. Absent where it has none.</summary>
    public DateTimeOffset? SecretsSentAt { get; set; }

    /// <summary>That it failed to boot and stays on for a look: <c>holdOnFailure</c> of the pool's <c>runner</c>. Absent of all others.</summary>
    public MachineHold? Hold { get; set; }

    /// <summary>Why its folder of jobs was empty when it was ready: <c>Failed</c> or <c>TimedOut</c> (<c>warmUp</c> of the pool's <c>runner</c>). Absent of all others.</summary>
    [Length(0, 16)]
    public string? WarmUpFailure { get; set; }

    /// <summary>When it was found to be gone; the time limit for removing its registration counts from here.</summary>
    public DateTimeOffset? GoneAt { get; set; }
}

/// <summary>
/// The command of Systems Manager that starts a machine's host script. It runs as long as the script does.
/// </summary>
public sealed class LeaseBootstrap
{
    /// <summary>The longest message: it fits into an event.</summary>
    public const int MaxMessageLength = 640;

    /// <summary>When the command was sent; recorded before the request.</summary>
    public DateTimeOffset? RequestedAt { get; set; }

    /// <summary>The id of the command.</summary>
    [Length(0, 64)]
    public string? CommandId { get; set; }

    /// <summary>
    /// How it ended, as Systems Manager says: <c>Failed</c>, <c>TimedOut</c>, <c>Success</c> and so on. Absent while it
    /// runs.
    /// </summary>
    [Length(0, 64)]
    public string? Status { get; set; }

    /// <summary>Its exit code and the end of its output, once it has ended.</summary>
    [Length(0, LeaseBootstrap.MaxMessageLength)]
    public string? Message { get; set; }
}

/// <summary>A machine's time on standby: told to prepare, prepared, stopped, and started again for a runner.</summary>
public sealed class LeaseStandby
{
    /// <summary><c>Stopped</c> or <c>Hibernated</c>, as it was last stopped.</summary>
    [Length(0, 16)]
    public string? Tier { get; set; }

    /// <summary>When it was told to prepare for being stopped.</summary>
    public DateTimeOffset? CommandSentAt { get; set; }

    /// <summary>When it was found to have taken that command: its scripts have run.</summary>
    public DateTimeOffset? PreparedAt { get; set; }

    /// <summary>When EC2 was last asked to stop it; recorded before the request.</summary>
    public DateTimeOffset? StopSentAt { get; set; }

    /// <summary>When it was found to be stopped.</summary>
    public DateTimeOffset? StoppedAt { get; set; }

    /// <summary>When it was last started again: for a runner, or by a person.</summary>
    public DateTimeOffset? StartedAt { get; set; }

    /// <summary>When EC2 last refused to start it; it is left alone for some minutes then.</summary>
    public DateTimeOffset? StartFailedAt { get; set; }

    /// <summary>
    /// Price of its volumes while it is stopped, in US dollars an hour, by list prices of the region us-east-1. Absent
    /// when none is known.
    /// </summary>
    [Length(0, 32)]
    public string? HourlyPrice { get; set; }
}

/// <summary>A machine that failed to boot and stays on for a while.</summary>
public sealed class MachineHold
{
    /// <summary>When the operator took note of it, and counted it as a failure. Absent until then.</summary>
    public DateTimeOffset? Since { get; set; }

    /// <summary>When it powers off, at most 4 hours after the operator learned of it.</summary>
    public DateTimeOffset? Until { get; set; }
}

/// <summary>EC2's notice that it reclaims a spot machine, or its recommendation to rebalance.</summary>
public sealed class LeaseInterruption
{
    /// <summary><c>SpotInterruption</c>, or <c>RebalanceRecommended</c>.</summary>
    [Length(0, 64)]
    public string? Reason { get; set; }

    /// <summary>Source of the notice: the <c>Host</c>, the <c>SpotRequest</c> in EC2, or <c>EventBridge</c>.</summary>
    [Length(0, 32)]
    public string? Source { get; set; }

    /// <summary>When the operator received it.</summary>
    public DateTimeOffset? NoticedAt { get; set; }

    /// <summary>When EC2 reclaims the machine, approximately.</summary>
    public DateTimeOffset? EndsAt { get; set; }
}

/// <summary>A registration at GitHub.</summary>
public sealed class LeasedRunner
{
    /// <summary>Maximum length of <see cref="Version"/>.</summary>
    public const int MaxVersionLength = 64;

    /// <summary>GitHub's id; absent before the registration, and once GitHub has confirmed that it is gone.</summary>
    public long? Id { get; set; }

    /// <summary>The id of a removed registration, used to match late events of its job.</summary>
    public long? FormerId { get; set; }

    /// <summary>Its name at GitHub.</summary>
    [Length(0, 128)]
    public string? Name { get; set; }

    /// <summary>The URL it is registered at, which may differ from the pool's current one.</summary>
    [Length(0, 512)]
    public string? Url { get; set; }

    /// <summary>Counts the registrations of this machine, each of which has its own name.</summary>
    public int? Sequence { get; set; }

    /// <summary>When GitHub created it.</summary>
    public DateTimeOffset? RegisteredAt { get; set; }

    /// <summary>Until when the machine can register it with the token that it was given; present until GitHub lists it.</summary>
    public DateTimeOffset? TokenExpiresAt { get; set; }

    /// <summary>Whether the machine has registered it and waits for the command to start it, which comes once its id is recorded here.</summary>
    public bool? AwaitsStart { get; set; }

    /// <summary>The scale set it belongs to; absent if it has its own labels.</summary>
    public long? ScaleSetId { get; set; }

    /// <summary>The labels it was registered with; a scale set's runner has none.</summary>
    [Items(0, 100), ListType("atomic"), Length(0, 256)]
    public List<string>? Labels { get; set; }

    /// <summary>The repository whose workflow run held it when it was registered, with its id where that is known.</summary>
    [Length(0, 256)]
    public string? HeldFor { get; set; }

    /// <summary>When GitHub first reported the runner as online.</summary>
    public DateTimeOffset? ConnectedAt { get; set; }

    /// <summary>The version of the runner application reported by GitHub, which gives no jobs to old ones.</summary>
    [Length(0, MaxVersionLength)]
    public string? Version { get; set; }

    /// <summary>When GitHub stops giving jobs to that version; absent while no date is set.</summary>
    public DateTimeOffset? RuntimeDeprecatesAt { get; set; }

    /// <summary>Since when GitHub has reported a previously connected runner as offline.</summary>
    public DateTimeOffset? OfflineSince { get; set; }

    /// <summary>Whether the machine is done with this registration and waits for its next holder without one.</summary>
    public bool? IsLeft { get; set; }

    /// <summary>Whether this registration has served its job.</summary>
    public bool? ServedJob { get; set; }
}

/// <summary>A running job.</summary>
public sealed class LeasedJob
{
    /// <summary>GitHub's id of the job.</summary>
    [Length(0, 64)]
    public string? Id { get; set; }

    /// <summary>GitHub's id of the workflow run.</summary>
    [Length(0, 64)]
    public string? RunId { get; set; }

    /// <summary>The repository, such as <c>my-org/app</c>.</summary>
    [Length(0, 256)]
    public string? Repository { get; set; }

    /// <summary>The workflow's name.</summary>
    [Length(0, 1024)]
    public string? Workflow { get; set; }

    /// <summary>When the job was first seen running.</summary>
    public DateTimeOffset? StartedAt { get; set; }
}

using Operator.Entities.Kubernetes;

namespace Operator.Entities.RunnerPools;

/// <summary>Observed state of the pool.</summary>
public sealed class RunnerPoolStatus
{
    /// <summary>The generation of the spec that this status reflects.</summary>
    public long? ObservedGeneration { get; set; }

    /// <summary>
    /// Conditions: <c>Accepted</c> (the spec is valid), <c>CredentialsReady</c>, <c>TemplateReady</c>, <c>DemandReady</c> (GitHub reports
    /// jobs), <c>RegistrationHealthy</c> (machines connect to their forge), <c>CapacityAvailable</c> and <c>Ready</c>, which summarizes them.
    /// </summary>
    [Items(0, 16), ListType("map"), ListMapKey("type")]
    public List<V1Condition>? Conditions { get; set; }

    /// <summary>Number of runners.</summary>
    public RunnerCounts? Runners { get; set; }

    /// <summary>Number of jobs that GitHub has assigned to the pool, including running ones. Absent while unknown.</summary>
    public int? Demand { get; set; }

    /// <summary>Number of those jobs that are not running yet. Absent while unknown.</summary>
    public int? Waiting { get; set; }

    /// <summary>The runner scale set at GitHub, for a pool whose demand is <c>ScaleSet</c>.</summary>
    public ScaleSetStatus? ScaleSet { get; set; }

    /// <summary>The launch template in use.</summary>
    public LaunchTemplateStatus? LaunchTemplate { get; set; }

    /// <summary>The pool's Auto Scaling group. Absent where it has none.</summary>
    public AutoScalingGroupStatus? AutoScalingGroup { get; set; }

    /// <summary>The launch templates beside it: of the other architecture, and of the classes, images and architectures that leases have chosen.</summary>
    [Items(0, MostFurtherTemplates), ListType("atomic")]
    public List<FurtherTemplateStatus>? FurtherTemplates { get; set; }

    /// <summary>How many <see cref="FurtherTemplates"/> a pool has at most.</summary>
    public const int MostFurtherTemplates = 40;

    /// <summary>Boot record of the current launch template: repeated failures slow launches down.</summary>
    public BootStatus? Boots { get; set; }

    /// <summary>Boot records of the further launch templates.</summary>
    [Items(0, MostFurtherTemplates), ListType("atomic")]
    public List<BootStatus>? FurtherBoots { get; set; }

    /// <summary>Jobs that GitHub counts as assigned but gives to no idle runner. Absent while the numbers agree.</summary>
    public UndeliveredJobsStatus? Undelivered { get; set; }

    /// <summary>Jobs that were lost with their machines: those to be rerun, and for some time the outcome of the others.</summary>
    [Items(0, MostLostJobs), ListType("map"), ListMapKey("runnerName")]
    public List<LostJobStatus>? LostJobs { get; set; }

    /// <summary>Maximum number of <see cref="LostJobs"/>.</summary>
    public const int MostLostJobs = 200;

    /// <summary>Spot machines that EC2 has reclaimed, if <c>purchasing.interruptionBreaker</c> is set.</summary>
    public InterruptionsStatus? Interruptions { get; set; }

    /// <summary>Cost of the pool's current machines, in US dollars an hour, at their prices at launch.</summary>
    [Length(0, 32)]
    public string? HourlyCost { get; set; }

    /// <summary>The capacity currently requested by the spec and its schedules.</summary>
    public CapacityStatus? Capacity { get; set; }

    /// <summary>The pool's job history, if <c>capacity.forecast</c> is set.</summary>
    public ForecastStatus? Forecast { get; set; }

    /// <summary>The pool's cost so far.</summary>
    public PoolCost? Cost { get; set; }

    /// <summary>When a schedule next begins or ends.</summary>
    public DateTimeOffset? NextScheduleTime { get; set; }

    /// <summary>Selects the pool's leases, for the <c>scale</c> subresource.</summary>
    [Length(0, 1024)]
    public string? LabelSelector { get; set; }
}

/// <summary>Spot machines that EC2 has reclaimed.</summary>
public sealed class InterruptionsStatus
{
    /// <summary>Those within the breaker's window, the newest 50.</summary>
    [Items(0, 50), ListType("map"), ListMapKey("instanceId")]
    public List<InterruptedInstance>? Recent { get; set; }

    /// <summary>Until when the pool buys on demand; absent while it does not.</summary>
    public DateTimeOffset? OnDemandUntil { get; set; }
}

/// <summary>A spot machine that EC2 has reclaimed.</summary>
public sealed class InterruptedInstance
{
    /// <summary>Its id at EC2.</summary>
    [Required, Length(0, 64)]
    public string InstanceId { get; set; } = "";

    /// <summary>When EC2 announced it.</summary>
    public DateTimeOffset At { get; set; }
}

/// <summary>The capacity currently requested by a pool's spec and its schedules.</summary>
public sealed class CapacityStatus
{
    /// <summary>Idle runners to keep.</summary>
    public int IdleRunners { get; set; }

    /// <summary>Maximum number of runners.</summary>
    public int MaxRunners { get; set; }

    /// <summary>Usage class to buy.</summary>
    public UsageClass? UsageClass { get; set; }

    /// <summary>Whether launches are paused.</summary>
    public bool Paused { get; set; }

    /// <summary>The active schedules: their names, or their <c>cron</c> if unnamed.</summary>
    [Items(0, 50), ListType("atomic"), Length(0, 128)]
    public List<string>? Schedules { get; set; }
}

/// <summary>A pool's job history.</summary>
public sealed class ForecastStatus
{
    /// <summary>
    /// Jobs in each hour of the week, starting on Monday 0:00 UTC; <c>-1</c> if not observed yet. Each week contributes half of the value.
    /// </summary>
    [Items(0, 168), ListType("atomic")]
    public List<int>? JobsPerHour { get; set; }

    /// <summary>Time from launch to a connected runner, in seconds.</summary>
    public int? BootSeconds { get; set; }

    /// <summary>Since when the current hour has been observed.</summary>
    public DateTimeOffset? Since { get; set; }

    /// <summary>The jobs of the current hour, as a base64 bitmap of hashes that counts each job once.</summary>
    [Length(0, 512)]
    public string? Seen { get; set; }
}

/// <summary>
/// Cost of the pool's machines, including running ones, and GitHub's fee if set. Days and months are UTC. Written along with other changes
/// and once an hour; for the time since <c>asOf</c>, add <c>hourlyCost</c>.
/// </summary>
public sealed class PoolCost
{
    /// <summary>Today, in US dollars.</summary>
    [Length(0, 32)]
    public string? Today { get; set; }

    /// <summary>This month, in US dollars.</summary>
    [Length(0, 32)]
    public string? ThisMonth { get; set; }

    /// <summary>The time up to which it is counted.</summary>
    public DateTimeOffset? AsOf { get; set; }
}

/// <summary>Runners by state.</summary>
public sealed class RunnerCounts
{
    /// <summary>All of them.</summary>
    public int Total { get; set; }

    /// <summary>Not launched yet.</summary>
    public int Pending { get; set; }

    /// <summary>Launched, but not connected.</summary>
    public int Booting { get; set; }

    /// <summary>Connected, without a holder or a job.</summary>
    public int Idle { get; set; }

    /// <summary>On standby: stopped or hibernated, and ready to be started.</summary>
    public int Standby { get; set; }

    /// <summary>With a job.</summary>
    public int Busy { get; set; }

    /// <summary>Held, without a job at the moment.</summary>
    public int Leased { get; set; }

    /// <summary>
    /// On outdated machines: different launch template, type, usage class, subnet or region than the pool would launch now.
    /// </summary>
    public int Outdated { get; set; }

    /// <summary>Being drained.</summary>
    public int Draining { get; set; }
}

/// <summary>Boot record of one launch template.</summary>
public sealed class BootStatus
{
    /// <summary>The hash of the launch template.</summary>
    [Length(0, 128)]
    public string? TemplateHash { get; set; }

    /// <summary>When a machine of it first connected, or first reconnected after failures; absent if none has.</summary>
    public DateTimeOffset? ConnectedAt { get; set; }

    /// <summary>Number of consecutive machines that terminated before their runner connected.</summary>
    public int? Failures { get; set; }

    /// <summary>How many of these were single probes, each of which doubles the delay before the next.</summary>
    public int? Probes { get; set; }

    /// <summary>When the last of them terminated.</summary>
    public DateTimeOffset? FailedAt { get; set; }

    /// <summary>The last of them.</summary>
    [Length(0, 64)]
    public string? InstanceId { get; set; }

    /// <summary>Why it terminated, as a reason.</summary>
    [Length(0, 128)]
    public string? Reason { get; set; }

    /// <summary>Why it terminated: EC2's reason, or the end of its console output.</summary>
    [Length(0, 1024)]
    public string? Message { get; set; }
}

/// <summary>Jobs that GitHub counts as assigned but delivers to no idle runner.</summary>
public sealed class UndeliveredJobsStatus
{
    /// <summary>The smallest number since then.</summary>
    public int Jobs { get; set; }

    /// <summary>When this was first observed.</summary>
    public DateTimeOffset Since { get; set; }

    /// <summary>Whether a runner has been idle long enough that no more machines are launched for them.</summary>
    public bool Confirmed { get; set; }
}

/// <summary>A runner scale set at GitHub that the pool created and owns; it is deleted with the pool.</summary>
public sealed class ScaleSetStatus
{
    /// <summary>Where it is registered: the value of <c>spec.github.url</c> at that time.</summary>
    [Length(0, 512)]
    public string? Url { get; set; }

    /// <summary>Its name, recorded before it is created at GitHub.</summary>
    [Length(0, 128)]
    public string? Name { get; set; }

    /// <summary>Its id at GitHub; absent until it is created.</summary>
    public long? Id { get; set; }

    /// <summary>The current or last message session of the operator.</summary>
    [Length(0, 64)]
    public string? SessionId { get; set; }
}

/// <summary>A launch template in EC2.</summary>
public sealed class LaunchTemplateStatus
{
    /// <summary>Its id, such as <c>lt-0123456789abcdef0</c>.</summary>
    [Length(0, 64)]
    public string? Id { get; set; }

    /// <summary>Its name.</summary>
    [Length(0, 256)]
    public string? Name { get; set; }

    /// <summary>Its version.</summary>
    [Length(0, 32)]
    public string? Version { get; set; }

    /// <summary>The hash of its content.</summary>
    [Length(0, 128)]
    public string? Hash { get; set; }

    /// <summary>The root device of its image, such as <c>/dev/xvda</c>: what a lease's own <c>disk</c> resizes.</summary>
    [Length(0, 32)]
    public string? RootDevice { get; set; }

    /// <summary>The size of the root volume's snapshot in GiB: no root volume is smaller.</summary>
    public int? RootVolumeMinGiB { get; set; }

    /// <summary>The platform details of its image, such as <c>Linux/UNIX</c>: a capacity reservation must be for the same.</summary>
    [Length(0, 64)]
    public string? Platform { get; set; }

    /// <summary>The architecture of its image: <c>amd64</c> or <c>arm64</c>.</summary>
    [Length(0, 16)]
    public string? Architecture { get; set; }

    /// <summary>How the host script starts on its machines. Absent means by their user data.</summary>
    public HostBootstrap? Bootstrap { get; set; }

    /// <summary>
    /// What the volumes of a machine cost, in US dollars an hour, by the list prices of us-east-1 for their sizes
    /// alone: all that a stopped machine costs. Absent while a size is not known.
    /// </summary>
    [Length(0, 32)]
    public string? VolumesHourlyPrice { get; set; }
}

/// <summary>A launch template for some of a pool's machines, or why there is none.</summary>
public sealed class FurtherTemplateStatus
{
    /// <summary>The ResourceClass it is for. Absent means the pool's.</summary>
    [Length(0, 253)]
    public string? ResourceClassName { get; set; }

    /// <summary>The image it is for, by its name in <c>launch.images</c>. Absent means the pool's.</summary>
    [Length(0, 40)]
    public string? Image { get; set; }

    /// <summary>The architecture it is for: <c>amd64</c> or <c>arm64</c>.</summary>
    [Length(0, 16)]
    public string? Architecture { get; set; }

    /// <summary>Whether only leases use it that ask for the architecture.</summary>
    public bool? OnRequest { get; set; }

    /// <summary>The launch template; absent while it cannot be made.</summary>
    public LaunchTemplateStatus? Template { get; set; }

    /// <summary>Why it cannot be made, in one word.</summary>
    [Length(0, 128)]
    public string? Reason { get; set; }

    /// <summary>Why it cannot be made, and what to do.</summary>
    [Length(0, 1024)]
    public string? Message { get; set; }
}

/// <summary>An Auto Scaling group that a pool has made.</summary>
public sealed class AutoScalingGroupStatus
{
    /// <summary>Its name.</summary>
    [Length(0, 255)]
    public string? Name { get; set; }

    /// <summary>Its region. Defaults to the operator's own.</summary>
    [Length(0, 64)]
    public string? Region { get; set; }

    /// <summary>The role used for calls about it. Defaults to the operator's own.</summary>
    [Length(0, 2048)]
    public string? AssumeRoleArn { get; set; }
}

using Operator.Entities.Kubernetes;

namespace Operator.Entities.RunnerPools;

/// <summary>Observed state of the pool.</summary>
public sealed class RunnerPoolStatus
{
    /// <summary>The generation of the spec that this status reflects.</summary>
    public long? ObservedGeneration { get; set; }

    /// <summary>
    /// Conditions: <c>Accepted</c> (the spec is valid), <c>CredentialsReady</c>, <c>TemplateReady</c>, <c>DemandReady</c> (GitHub reports
    /// jobs), <c>RegistrationHealthy</c> (machines connect to GitHub), <c>CapacityAvailable</c> and <c>Ready</c>, which summarizes them.
    /// </summary>
    [Items(0, 16), ListType("map"), ListMapKey("type")]
    public List<V1Condition>? Conditions { get; set; }

    /// <summary>Number of runners.</summary>
    public RunnerCounts? Runners { get; set; }

    /// <summary>Number of jobs that GitHub has assigned to the pool, including running ones. Absent while unknown.</summary>
    public int? Demand { get; set; }

    /// <summary>How many of those jobs run on no runner yet. Absent while that is not known.</summary>
    public int? Waiting { get; set; }

    /// <summary>The runner scale set at GitHub, of a pool whose demand is <c>ScaleSet</c>.</summary>
    public ScaleSetStatus? ScaleSet { get; set; }

    /// <summary>The launch template in use.</summary>
    public LaunchTemplateStatus? LaunchTemplate { get; set; }

    /// <summary>Boot record of the current launch template: repeated failures slow launches down.</summary>
    public BootStatus? Boots { get; set; }

    /// <summary>Jobs that GitHub counts as assigned but gives to no idle runner. Absent while the numbers agree.</summary>
    public UndeliveredJobsStatus? Undelivered { get; set; }

    /// <summary>Jobs that were lost with their machines: those that are to run again, and for some time what has become of the others.</summary>
    [Items(0, MostLostJobs), ListType("map"), ListMapKey("runnerName")]
    public List<LostJobStatus>? LostJobs { get; set; }

    /// <summary>How many <see cref="LostJobs"/> are kept.</summary>
    public const int MostLostJobs = 200;

    /// <summary>Spot machines that EC2 has taken back, where <c>purchasing.interruptionBreaker</c> is set.</summary>
    public InterruptionsStatus? Interruptions { get; set; }

    /// <summary>Cost of the pool's present machines, in US dollars an hour, at their prices at launch.</summary>
    [Length(0, 32)]
    public string? HourlyCost { get; set; }

    /// <summary>What the spec and its schedules ask for at the moment.</summary>
    public CapacityStatus? Capacity { get; set; }

    /// <summary>What the pool has learned about its jobs, where <c>capacity.forecast</c> is set.</summary>
    public ForecastStatus? Forecast { get; set; }

    /// <summary>What the pool has cost so far.</summary>
    public PoolCost? Cost { get; set; }

    /// <summary>When a schedule begins or ends next.</summary>
    public DateTimeOffset? NextScheduleTime { get; set; }

    /// <summary>Selects the pool's leases, for the <c>scale</c> subresource.</summary>
    [Length(0, 1024)]
    public string? LabelSelector { get; set; }
}

/// <summary>Spot machines that EC2 has taken back.</summary>
public sealed class InterruptionsStatus
{
    /// <summary>Those within the breaker's window, the newest 50.</summary>
    [Items(0, 50), ListType("map"), ListMapKey("instanceId")]
    public List<InterruptedInstance>? Recent { get; set; }

    /// <summary>Until when the pool buys on demand; absent while it does not.</summary>
    public DateTimeOffset? OnDemandUntil { get; set; }
}

/// <summary>A spot machine that EC2 has taken back.</summary>
public sealed class InterruptedInstance
{
    /// <summary>Its id at EC2.</summary>
    [Required, Length(0, 64)]
    public string InstanceId { get; set; } = "";

    /// <summary>When EC2 announced it.</summary>
    public DateTimeOffset At { get; set; }
}

/// <summary>What a pool's spec and its schedules ask for at the moment.</summary>
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

    /// <summary>The active schedules: their names, or their <c>cron</c> where they have none.</summary>
    [Items(0, 50), ListType("atomic"), Length(0, 128)]
    public List<string>? Schedules { get; set; }
}

/// <summary>What a pool has learned about its jobs.</summary>
public sealed class ForecastStatus
{
    /// <summary>
    /// Jobs in each hour of the week, the first being Monday 0:00 UTC; <c>-1</c> where none was observed yet. Each week counts for half of what is known.
    /// </summary>
    [Items(0, 168), ListType("atomic")]
    public List<int>? JobsPerHour { get; set; }

    /// <summary>From launch to a connected runner, seconds.</summary>
    public int? BootSeconds { get; set; }

    /// <summary>Since when the current hour is observed.</summary>
    public DateTimeOffset? Since { get; set; }

    /// <summary>The jobs of the current hour, as a bitmap of hashes that does not count a job twice; base64.</summary>
    [Length(0, 512)]
    public string? Seen { get; set; }
}

/// <summary>
/// What the pool's machines have cost, running ones included, and GitHub's fee where the pool has one. Days and months are UTC. It is written when something else changes,
/// and once an hour: since <c>asOf</c>, <c>hourlyCost</c> is added.
/// </summary>
public sealed class PoolCost
{
    /// <summary>Today, in US dollars.</summary>
    [Length(0, 32)]
    public string? Today { get; set; }

    /// <summary>This month, in US dollars.</summary>
    [Length(0, 32)]
    public string? ThisMonth { get; set; }

    /// <summary>Until when it is counted.</summary>
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

    /// <summary>With a job.</summary>
    public int Busy { get; set; }

    /// <summary>Held, without a job at the moment.</summary>
    public int Leased { get; set; }

    /// <summary>On machines that the pool would launch otherwise now: of another launch template, type, usage class, subnet or region.</summary>
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

    /// <summary>Number of machines in a row that terminated before their runner connected.</summary>
    public int? Failures { get; set; }

    /// <summary>How many of these were single probes, each of which doubles the delay before the next.</summary>
    public int? Probes { get; set; }

    /// <summary>When the last of them terminated.</summary>
    public DateTimeOffset? FailedAt { get; set; }

    /// <summary>The last of them.</summary>
    [Length(0, 64)]
    public string? InstanceId { get; set; }

    /// <summary>Why it terminated, in one word.</summary>
    [Length(0, 128)]
    public string? Reason { get; set; }

    /// <summary>Why it terminated: EC2's reason, or the last lines of its console.</summary>
    [Length(0, 1024)]
    public string? Message { get; set; }
}

/// <summary>Jobs that GitHub counts as assigned but gives to no idle runner.</summary>
public sealed class UndeliveredJobsStatus
{
    /// <summary>The smallest number of them since then.</summary>
    public int Jobs { get; set; }

    /// <summary>Since when.</summary>
    public DateTimeOffset Since { get; set; }

    /// <summary>Whether a runner has been idle beside them for so long that no machine is launched for them any more.</summary>
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

    /// <summary>The root device of its image, such as <c>/dev/xvda</c>: what a lease's own class resizes.</summary>
    [Length(0, 32)]
    public string? RootDevice { get; set; }

    /// <summary>The size of the root volume's snapshot in GiB: no root volume is smaller.</summary>
    public int? RootVolumeMinGiB { get; set; }
}

using Operator.Entities.Kubernetes;

namespace Operator.Entities.RunnerPools;

/// <summary>How the pool stands.</summary>
public sealed class RunnerPoolStatus
{
    /// <summary>The generation of the spec that this status is about.</summary>
    public long? ObservedGeneration { get; set; }

    /// <summary>
    /// Facts with reasons: <c>Accepted</c> (the spec can be served), <c>CredentialsReady</c>, <c>TemplateReady</c>, <c>DemandReady</c> (GitHub tells
    /// of jobs), <c>RegistrationHealthy</c> (machines connect to GitHub), <c>CapacityAvailable</c> and <c>Ready</c>, which sums them up.
    /// </summary>
    [Items(0, 16), ListType("map"), ListMapKey("type")]
    public List<V1Condition>? Conditions { get; set; }

    /// <summary>How many runners there are.</summary>
    public RunnerCounts? Runners { get; set; }

    /// <summary>How many jobs GitHub has assigned to the pool, running ones included. Absent while that is not known.</summary>
    public int? Demand { get; set; }

    /// <summary>How many of those jobs run on no runner yet. Absent while that is not known.</summary>
    public int? Waiting { get; set; }

    /// <summary>The runner scale set at GitHub, of a pool whose demand is <c>ScaleSet</c>.</summary>
    public ScaleSetStatus? ScaleSet { get; set; }

    /// <summary>The launch template in use.</summary>
    public LaunchTemplateStatus? LaunchTemplate { get; set; }

    /// <summary>How the machines of the present launch template boot: too many failures in a row slow launches down.</summary>
    public BootStatus? Boots { get; set; }

    /// <summary>What the pool's machines cost about, in US dollars an hour.</summary>
    [Length(0, 32)]
    public string? HourlyCost { get; set; }

    /// <summary>When a schedule begins or ends next.</summary>
    public DateTimeOffset? NextScheduleTime { get; set; }

    /// <summary>Selects the pool's leases, for the <c>scale</c> subresource.</summary>
    [Length(0, 1024)]
    public string? LabelSelector { get; set; }
}

/// <summary>Runners by what they do.</summary>
public sealed class RunnerCounts
{
    /// <summary>All of them.</summary>
    public int Total { get; set; }

    /// <summary>Not launched yet.</summary>
    public int Pending { get; set; }

    /// <summary>Launched, and not connected yet or not at the moment.</summary>
    public int Booting { get; set; }

    /// <summary>Connected and held by nobody.</summary>
    public int Idle { get; set; }

    /// <summary>With a job.</summary>
    public int Busy { get; set; }

    /// <summary>Held, without a job at the moment.</summary>
    public int Leased { get; set; }

    /// <summary>On their way out.</summary>
    public int Draining { get; set; }
}

/// <summary>How the machines of one launch template boot.</summary>
public sealed class BootStatus
{
    /// <summary>The hash of the launch template that this is about.</summary>
    [Length(0, 128)]
    public string? TemplateHash { get; set; }

    /// <summary>When a machine of it first connected, or did again after failures; absent while none has.</summary>
    public DateTimeOffset? ConnectedAt { get; set; }

    /// <summary>How many machines in a row ended before their runner connected.</summary>
    public int? Failures { get; set; }

    /// <summary>How many of them were single trials, each of which doubles the pause before the next.</summary>
    public int? Trials { get; set; }

    /// <summary>When the last of them ended.</summary>
    public DateTimeOffset? FailedAt { get; set; }

    /// <summary>The last of them.</summary>
    [Length(0, 64)]
    public string? InstanceId { get; set; }

    /// <summary>Why it ended, one word.</summary>
    [Length(0, 128)]
    public string? Reason { get; set; }

    /// <summary>Why it ended: EC2's reason, or the last lines of its console.</summary>
    [Length(0, 1024)]
    public string? Message { get; set; }
}

/// <summary>A runner scale set at GitHub that the pool has made. What is noted here is the pool's own, and goes with it.</summary>
public sealed class ScaleSetStatus
{
    /// <summary>Where it is registered: the <c>spec.github.url</c> of then.</summary>
    [Length(0, 512)]
    public string? Url { get; set; }

    /// <summary>Its name. Noted before GitHub is asked to make it.</summary>
    [Length(0, 128)]
    public string? Name { get; set; }

    /// <summary>GitHub's id of it; absent until GitHub has made it.</summary>
    public long? Id { get; set; }

    /// <summary>The message session that the operator holds, or held last.</summary>
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

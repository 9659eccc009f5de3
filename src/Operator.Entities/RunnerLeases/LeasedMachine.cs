using Operator.Entities.Kubernetes;

namespace Operator.Entities.RunnerLeases;

/// <summary>A launch, noted before EC2 is asked, so that it is neither lost nor done twice.</summary>
public sealed class LeaseLaunch
{
    /// <summary>EC2's client token, and a tag on what is launched. Absent while no launch is under way.</summary>
    [Length(0, 64)]
    public string? IntentId { get; set; }

    /// <summary>The UID of the lease that launched the machine or took it over. Another than its own tells that a lease was created anew from a backup.</summary>
    [Length(0, 64)]
    public string? LeaseUID { get; set; }

    /// <summary>The content of the launch template, as a hash.</summary>
    [Length(0, 128)]
    public string? TemplateHash { get; set; }

    /// <summary>The launch template.</summary>
    [Length(0, 64)]
    public string? TemplateId { get; set; }

    /// <summary>How many launches have failed so far.</summary>
    public int? Attempt { get; set; }

    /// <summary>When EC2 was asked last.</summary>
    public DateTimeOffset? At { get; set; }

    /// <summary><c>spot</c> or <c>on-demand</c>.</summary>
    [Length(0, 32)]
    public string? UsageClass { get; set; }

    /// <summary>The region; absent means the operator's own.</summary>
    [Length(0, 64)]
    public string? Region { get; set; }

    /// <summary>The role that launches; absent means the operator's own.</summary>
    [Length(0, 2048)]
    public string? AssumeRoleArn { get; set; }
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

    /// <summary>Its availability zone.</summary>
    [Length(0, 64)]
    public string? Zone { get; set; }

    /// <summary><c>spot</c> or <c>on-demand</c>.</summary>
    [Length(0, 32)]
    public string? UsageClass { get; set; }

    /// <summary>What it costs about, in US dollars an hour.</summary>
    [Length(0, 32)]
    public string? HourlyPrice { get; set; }

    /// <summary>Its private IPv4 address.</summary>
    [Length(0, 64)]
    public string? PrivateIP { get; set; }

    /// <summary>When EC2 launched it.</summary>
    public DateTimeOffset? LaunchedAt { get; set; }

    /// <summary>When it was first seen ready: its runner had connected, or it waited for a lease.</summary>
    public DateTimeOffset? ReadyAt { get; set; }
}

/// <summary>A registration at GitHub.</summary>
public sealed class LeasedRunner
{
    /// <summary>The longest <see cref="Version"/> that is kept.</summary>
    public const int MaxVersionLength = 64;

    /// <summary>GitHub's id; absent before the registration, and once GitHub has confirmed that it is gone.</summary>
    public long? Id { get; set; }

    /// <summary>The id of a registration that is gone: late news of its job is recognized by it.</summary>
    public long? FormerId { get; set; }

    /// <summary>Its name at GitHub.</summary>
    [Length(0, 128)]
    public string? Name { get; set; }

    /// <summary>The address that it is registered at: the pool may have another one meanwhile.</summary>
    [Length(0, 512)]
    public string? Url { get; set; }

    /// <summary>Counts the registrations of this machine: each has a name of its own.</summary>
    public int? Sequence { get; set; }

    /// <summary>When GitHub made it.</summary>
    public DateTimeOffset? MintedAt { get; set; }

    /// <summary>The scale set that it belongs to; absent for one with labels of its own.</summary>
    public long? ScaleSetId { get; set; }

    /// <summary>The labels it was registered with; a scale set's runner has none of its own.</summary>
    [Items(0, 100), ListType("atomic"), Length(0, 256)]
    public List<string>? Labels { get; set; }

    /// <summary>When GitHub first saw the runner online.</summary>
    public DateTimeOffset? ConnectedAt { get; set; }

    /// <summary>The version of the runner's program, as GitHub shows it; GitHub gives no jobs to old ones.</summary>
    [Length(0, MaxVersionLength)]
    public string? Version { get; set; }

    /// <summary>Since when GitHub sees a runner offline that had connected.</summary>
    public DateTimeOffset? OfflineSince { get; set; }

    /// <summary>Whether this registration has had its job.</summary>
    public bool? ServedJob { get; set; }
}

/// <summary>A job that runs.</summary>
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

    /// <summary>When the job was first seen to run.</summary>
    public DateTimeOffset? StartedAt { get; set; }
}

using Operator.Entities.Kubernetes;

namespace Operator.Entities.RunnerLeases;

/// <summary>How the runner and its machine stand.</summary>
public sealed class RunnerLeaseStatus
{
    /// <summary>The generation of the spec that this status is about.</summary>
    public long? ObservedGeneration { get; set; }

    /// <summary>Facts with reasons: <c>Launched</c>, <c>Registered</c>, <c>Ready</c> (can take a job, or runs one) and, once it is to go, <c>Drained</c>.</summary>
    [Items(0, 16), ListType("map"), ListMapKey("type")]
    public List<V1Condition>? Conditions { get; set; }

    /// <summary>
    /// All of it in one word, for people: <c>Pending</c>, <c>Launching</c>, <c>Booting</c>, <c>Idle</c>, <c>Leased</c> (held, no job at the
    /// moment), <c>Busy</c>, <c>Registering</c> (up, for the next job), <c>Offline</c> or <c>Draining</c>. Programs read the conditions.
    /// </summary>
    [Length(0, 32)]
    public string? Phase { get; set; }

    /// <summary>The launch, noted before EC2 is asked.</summary>
    public LeaseLaunch? Launch { get; set; }

    /// <summary>The machine.</summary>
    public LeasedInstance? Instance { get; set; }

    /// <summary>The registration at GitHub.</summary>
    public LeasedRunner? Runner { get; set; }

    /// <summary>The job that runs.</summary>
    public LeasedJob? Job { get; set; }

    /// <summary>What replicas that do not lead have heard of jobs, until the leader has looked at it.</summary>
    [Items(0, 16), ListType("map"), ListMapKey("jobId")]
    public List<LeaseJobReport>? JobReports { get; set; }

    /// <summary>How many jobs the machine has served.</summary>
    public int? ServedJobs { get; set; }

    /// <summary>Since when the holder has the runner; its <see cref="RunnerLeaseSpec.Ttl"/> counts from here.</summary>
    public DateTimeOffset? HeldSince { get; set; }

    /// <summary>Since when the runner waits for a job; the pool's idle timeout counts from here.</summary>
    public DateTimeOffset? IdleSince { get; set; }

    /// <summary>How far the farewell has come.</summary>
    public LeaseDrain? Drain { get; set; }

    /// <summary>The lease whose machine this one has taken over.</summary>
    public LeaseOrigin? AdoptedFrom { get; set; }
}

/// <summary>How far a farewell has come: cordon, registration gone, machine told to stop, machine gone.</summary>
public sealed class LeaseDrain
{
    /// <summary>Why the runner goes, one word.</summary>
    [Length(0, 1024)]
    public string? Reason { get; set; }

    /// <summary>Since when; the pool's drain timeout counts from here.</summary>
    public DateTimeOffset? BegunAt { get; set; }

    /// <summary>Whether the mail with the registration was taken back, or is known to be read.</summary>
    public bool? MailWithdrawn { get; set; }

    /// <summary>When GitHub was first asked to delete the registration of a held runner; stored before it is asked.</summary>
    public DateTimeOffset? RemovalRequestedAt { get; set; }

    /// <summary>When GitHub confirmed that the registration is gone.</summary>
    public DateTimeOffset? RegistrationRemovedAt { get; set; }

    /// <summary>True: the registration was still there to be removed, so that no job had ended it. False: it is known to have gone by itself.</summary>
    public bool? RemovedLive { get; set; }

    /// <summary>When the machine was told to power off.</summary>
    public DateTimeOffset? StopSentAt { get; set; }
}

/// <summary>Another lease that had the machine before.</summary>
public sealed class LeaseOrigin
{
    /// <summary>Its name.</summary>
    [Length(0, 253)]
    public string? Name { get; set; }

    /// <summary>Its UID, unique in time and space.</summary>
    [Length(0, 64)]
    public string? Uid { get; set; }
}

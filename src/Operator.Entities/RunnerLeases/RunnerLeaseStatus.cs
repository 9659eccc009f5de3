using Operator.Entities.Kubernetes;

namespace Operator.Entities.RunnerLeases;

/// <summary>Observed state of the runner and its machine.</summary>
public sealed class RunnerLeaseStatus
{
    /// <summary>The generation of the spec that this status reflects.</summary>
    public long? ObservedGeneration { get; set; }

    /// <summary>Conditions: <c>Launched</c>, <c>Registered</c>, <c>Ready</c> (can take a job, or is running one) and, while it is being deleted, <c>Drained</c>.</summary>
    [Items(0, 16), ListType("map"), ListMapKey("type")]
    public List<V1Condition>? Conditions { get; set; }

    /// <summary>
    /// The state in one word, for humans: <c>Pending</c>, <c>Launching</c>, <c>Booting</c>, <c>Standby</c> (stopped),
    /// <c>Idle</c>, <c>Leased</c> (held, no job at the moment), <c>Busy</c>, <c>Registering</c> (for the next job),
    /// <c>Offline</c>, <c>Failed</c> (to boot, and kept for a look) or <c>Draining</c>. Programs should read the
    /// conditions.
    /// </summary>
    [Length(0, 32)]
    public string? Phase { get; set; }

    /// <summary>The launch, recorded before the request to EC2.</summary>
    public LeaseLaunch? Launch { get; set; }

    /// <summary>The machine.</summary>
    public LeasedInstance? Instance { get; set; }

    /// <summary>EC2's interruption notice; absent for none.</summary>
    public LeaseInterruption? Interruption { get; set; }

    /// <summary>The registration at GitHub.</summary>
    public LeasedRunner? Runner { get; set; }

    /// <summary>The running job.</summary>
    public LeasedJob? Job { get; set; }

    /// <summary>Job events received by standby replicas, until the leader has processed them.</summary>
    [Items(0, 16), ListType("map"), ListMapKey("jobId")]
    public List<LeaseJobReport>? JobReports { get; set; }

    /// <summary>Number of jobs the machine has served.</summary>
    public int? ServedJobs { get; set; }

    /// <summary>When the holder received the runner; its <see cref="RunnerLeaseSpec.Ttl"/> counts from here.</summary>
    public DateTimeOffset? HeldSince { get; set; }

    /// <summary>Since when the runner has been waiting for a job; the pool's idle timeout counts from here.</summary>
    public DateTimeOffset? IdleSince { get; set; }

    /// <summary>Why a machine with the lease's own script never connected; the lease gets no other. Absent means that none has failed.</summary>
    public FailedScript? FailedScript { get; set; }

    /// <summary>Progress of the drain.</summary>
    public LeaseDrain? Drain { get; set; }

    /// <summary>The lease whose machine this one took over.</summary>
    public LeaseOrigin? AdoptedFrom { get; set; }
}

/// <summary>Progress of a drain: cordoned, registration removed, stop command sent, machine gone.</summary>
public sealed class LeaseDrain
{
    /// <summary>The reason for removing the runner.</summary>
    [Length(0, 1024)]
    public string? Reason { get; set; }

    /// <summary>When the drain started; the pool's drain timeout counts from here.</summary>
    public DateTimeOffset? BegunAt { get; set; }

    /// <summary>Whether the command with the registration was revoked, or is known to have been read.</summary>
    public bool? CommandRevoked { get; set; }

    /// <summary>When GitHub was first asked to delete the registration of a held runner; recorded before the request.</summary>
    public DateTimeOffset? RemovalRequestedAt { get; set; }

    /// <summary>When GitHub confirmed that the registration is gone.</summary>
    public DateTimeOffset? RegistrationRemovedAt { get; set; }

    /// <summary>
    /// True: the registration still existed when it was deleted, so no job had ended it. False: it is known to have disappeared by itself.
    /// </summary>
    public bool? RemovedLive { get; set; }

    /// <summary>When the stop command was sent to the machine.</summary>
    public DateTimeOffset? StopSentAt { get; set; }

    /// <summary>Since when AWS has refused the stop command, or the termination of the machine.</summary>
    public DateTimeOffset? RefusedSince { get; set; }

    /// <summary>The reason why EC2 refuses to terminate the machine, as in the event that reported it.</summary>
    [Length(0, 1024)]
    public string? Refusal { get; set; }
}

/// <summary>A machine that ended before its runner connected, after the lease's own script.</summary>
public sealed class FailedScript
{
    /// <summary>When it had ended.</summary>
    public DateTimeOffset? At { get; set; }

    /// <summary>One word, <c>BootFailed</c> or <c>BootTimeout</c>.</summary>
    [Length(0, 64)]
    public string? Reason { get; set; }

    /// <summary>The instance and the end of its console output.</summary>
    [Length(0, 1024)]
    public string? Message { get; set; }
}

/// <summary>The previous lease of the machine.</summary>
public sealed class LeaseOrigin
{
    /// <summary>Its name.</summary>
    [Length(0, 253)]
    public string? Name { get; set; }

    /// <summary>Its UID, unique in time and space.</summary>
    [Length(0, 64)]
    public string? Uid { get; set; }
}

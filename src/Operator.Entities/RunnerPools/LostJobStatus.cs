using Operator.Entities.Kubernetes;

namespace Operator.Entities.RunnerPools;

/// <summary>A job that was lost with its machine.</summary>
public sealed class LostJobStatus
{
    /// <summary>The runner that ran it. Each registration has its own name.</summary>
    [Required, Length(0, 128)]
    public string RunnerName { get; set; } = "";

    /// <summary>GitHub's id of that runner.</summary>
    public long? RunnerId { get; set; }

    /// <summary>GitHub's id of the job; absent if it was not yet known.</summary>
    [Length(0, 64)]
    public string? JobId { get; set; }

    /// <summary>GitHub's id of the workflow run.</summary>
    [Required, Length(0, 64)]
    public string RunId { get; set; } = "";

    /// <summary>The repository, such as <c>my-org/app</c>.</summary>
    [Required, Length(0, 256)]
    public string Repository { get; set; } = "";

    /// <summary>The run attempt it belongs to; absent until GitHub has been queried.</summary>
    public int? Attempt { get; set; }

    /// <summary>The instance that ran it.</summary>
    [Length(0, 64)]
    public string? InstanceId { get; set; }

    /// <summary>Why the instance is gone, as a reason.</summary>
    [Length(0, 128)]
    public string? Reason { get; set; }

    /// <summary>When the instance was found to be gone.</summary>
    public DateTimeOffset LostAt { get; set; }

    /// <summary>When EC2 started to terminate it, as far as known: what ended before that ended on its own.</summary>
    public DateTimeOffset? CutAt { get; set; }

    /// <summary>When GitHub was asked to cancel the run, which was only waiting for lost jobs; recorded before the request.</summary>
    public DateTimeOffset? CancelRequestedAt { get; set; }

    /// <summary>When GitHub was asked to cancel the run without waiting for its runner; recorded before the request.</summary>
    public DateTimeOffset? ForceCancelRequestedAt { get; set; }

    /// <summary>When GitHub was asked to rerun it; recorded before the request.</summary>
    public DateTimeOffset? RerunRequestedAt { get; set; }

    /// <summary>When its case was closed. Absent while it is open.</summary>
    public DateTimeOffset? EndedAt { get; set; }

    /// <summary>Its outcome, such as <c>Rerun</c>.</summary>
    [Length(0, 64)]
    public string? Result { get; set; }

    /// <summary>The outcome in words, and what to do, if anything.</summary>
    [Length(0, 1024)]
    public string? Message { get; set; }

    /// <summary>True: it is rerun on an on-demand machine that has not been requested yet.</summary>
    public bool? OnDemand { get; set; }
}

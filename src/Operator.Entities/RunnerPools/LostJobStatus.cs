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

    /// <summary>GitHub's id of the job; absent if it was not known yet.</summary>
    [Length(0, 64)]
    public string? JobId { get; set; }

    /// <summary>GitHub's id of the workflow run.</summary>
    [Required, Length(0, 64)]
    public string RunId { get; set; } = "";

    /// <summary>The repository, such as <c>my-org/app</c>.</summary>
    [Required, Length(0, 256)]
    public string Repository { get; set; } = "";

    /// <summary>The attempt of the run that it was a part of; absent until GitHub was asked.</summary>
    public int? Attempt { get; set; }

    /// <summary>The instance that ran it.</summary>
    [Length(0, 64)]
    public string? InstanceId { get; set; }

    /// <summary>Why that is gone, in one word.</summary>
    [Length(0, 128)]
    public string? Reason { get; set; }

    /// <summary>Since when the instance is known to be gone.</summary>
    public DateTimeOffset LostAt { get; set; }

    /// <summary>When EC2 began to end it, as far as it is known: what ended before did so by itself.</summary>
    public DateTimeOffset? CutAt { get; set; }

    /// <summary>When GitHub was asked to cancel the run, which waited for nothing but lost jobs; stored before it is asked.</summary>
    public DateTimeOffset? CancelRequestedAt { get; set; }

    /// <summary>When GitHub was asked to cancel the run without waiting for its runner; stored before it is asked.</summary>
    public DateTimeOffset? ForceCancelRequestedAt { get; set; }

    /// <summary>When GitHub was asked to run it again; stored before it is asked.</summary>
    public DateTimeOffset? RerunRequestedAt { get; set; }

    /// <summary>When its case was closed. Absent while it is open.</summary>
    public DateTimeOffset? EndedAt { get; set; }

    /// <summary>What has become of it, in one word, such as <c>Rerun</c>.</summary>
    [Length(0, 64)]
    public string? Result { get; set; }

    /// <summary>What has become of it, and what to do if anything.</summary>
    [Length(0, 1024)]
    public string? Message { get; set; }

    /// <summary>True: it runs again on a machine that is bought on demand, which has yet to be asked for.</summary>
    public bool? OnDemand { get; set; }
}

using Operator.Entities.Kubernetes;

namespace Operator.Entities.RunnerLeases;

/// <summary>A job event received by webhook.</summary>
public sealed class LeaseJobReport
{
    /// <summary>GitHub's id of the job.</summary>
    [Required, Length(0, 64)]
    public string? JobId { get; set; }

    /// <summary>GitHub's id of the workflow run.</summary>
    [Length(0, 64)]
    public string? RunId { get; set; }

    /// <summary>The repository, such as <c>my-org/app</c>.</summary>
    [Length(0, 256)]
    public string? Repository { get; set; }

    /// <summary>The workflow's name.</summary>
    [Length(0, 1024)]
    public string? Workflow { get; set; }

    /// <summary>The runner that took the job; absent if none did.</summary>
    [Length(0, 128)]
    public string? RunnerName { get; set; }

    /// <summary>GitHub's id of that runner.</summary>
    public long? RunnerId { get; set; }

    /// <summary>When the job was queued.</summary>
    public DateTimeOffset? QueuedAt { get; set; }

    /// <summary>When a runner started it.</summary>
    public DateTimeOffset? StartedAt { get; set; }

    /// <summary>When it ended; absent while it runs.</summary>
    public DateTimeOffset? CompletedAt { get; set; }

    /// <summary>Its conclusion, such as <c>success</c>.</summary>
    [Length(0, 64)]
    public string? Result { get; set; }
}

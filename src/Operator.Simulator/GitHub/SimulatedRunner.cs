namespace Operator.Simulator.GitHub;

/// <summary>The actual state of a registration, which the API may not show yet.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Name">Its name.</param>
/// <param name="Place">Where: <c>orgs/o</c>, <c>repos/o/r</c> or <c>enterprises/e</c>.</param>
/// <param name="Labels">What jobs may ask for.</param>
/// <param name="Online">Whether its listener is connected.</param>
/// <param name="Busy">Whether a job is assigned to it.</param>
/// <param name="Foreign">Whether it belongs to someone else.</param>
/// <param name="JobId">The job.</param>
public sealed record SimulatedRunner(
    long Id, string Name, string Place, IReadOnlyList<string> Labels, bool Online, bool Busy, bool Foreign, long? JobId);

/// <summary>The state of a job.</summary>
public enum JobState
{
    /// <summary>Waits for a runner.</summary>
    Queued,

    /// <summary>Assigned to a runner that has not started it yet.</summary>
    Assigned,

    /// <summary>Runs.</summary>
    Running,

    /// <summary>Ended, see its outcome.</summary>
    Completed,

    /// <summary>Not queued yet: it needs an approval, or another run of its concurrency group is under way.</summary>
    Waiting,
}

/// <summary>How a job ended.</summary>
public enum JobOutcome
{
    /// <summary>It ran to its end.</summary>
    Succeeded,

    /// <summary>Its runner vanished while it ran: what must never happen by our doing.</summary>
    LostRunner,

    /// <summary>It was cancelled.</summary>
    Cancelled,

    /// <summary>It failed on its own.</summary>
    Failed,
}

/// <summary>A job at one time.</summary>
/// <param name="Id">Its id.</param>
/// <param name="RunId">The workflow run it belongs to.</param>
/// <param name="Repository">Owner and name.</param>
/// <param name="Labels">Its labels.</param>
/// <param name="State">Its state.</param>
/// <param name="QueuedAt">When it came.</param>
public sealed record SimulatedJob(
    long Id, long RunId, string Repository, IReadOnlyList<string> Labels, JobState State, DateTimeOffset QueuedAt)
{
    /// <summary>How it ended.</summary>
    public JobOutcome? Outcome { get; init; }

    /// <summary>The runner it was last assigned to.</summary>
    public long? RunnerId { get; init; }

    /// <summary>That runner's name.</summary>
    public string? RunnerName { get; init; }

    /// <summary>The attempt of its run that it is executed in.</summary>
    public int Attempt { get; init; } = 1;

    /// <summary>How it ended from GitHub's point of view; null while it has not.</summary>
    public string? Conclusion { get; init; }

    /// <summary>How often it was assigned to a runner.</summary>
    public int Assignments { get; init; }

    /// <summary>The scale set that it is offered or assigned to.</summary>
    public long? ScaleSetId { get; init; }

    /// <summary>When it was assigned to its scale set; such a job is <see cref="JobState.Queued"/> until a runner gets it.</summary>
    public DateTimeOffset? ScaleSetAssignedAt { get; init; }

    /// <summary>How often a runner of a scale set left it lying for a minute.</summary>
    public int Requeues { get; init; }

    /// <summary>When a runner took it up.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>When it ended.</summary>
    public DateTimeOffset? CompletedAt { get; init; }
}

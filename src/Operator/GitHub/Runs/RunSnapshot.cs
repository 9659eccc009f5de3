namespace Operator.GitHub.Runs;

/// <summary>A workflow run and the jobs of its last attempt.</summary>
/// <param name="Attempt">The last attempt, from 1.</param>
/// <param name="IsCompleted">Whether it has completed.</param>
/// <param name="AwaitsApproval">Whether it waits for someone's approval.</param>
/// <param name="Jobs">The jobs of that attempt created so far.</param>
internal sealed record RunSnapshot(int Attempt, bool IsCompleted, bool AwaitsApproval, IReadOnlyList<JobSnapshot> Jobs);

/// <summary>How a workflow run stands.</summary>
/// <param name="Attempt">The last attempt, from 1.</param>
/// <param name="IsCompleted">Whether that has ended.</param>
/// <param name="Conclusion">How it ended; null while it has not.</param>
internal sealed record RunState(int Attempt, bool IsCompleted, string? Conclusion);

/// <summary>A job of a workflow run.</summary>
/// <param name="Id">GitHub's id.</param>
/// <param name="Attempt">The attempt it was executed in.</param>
/// <param name="RunnerName">The runner that took it, if any.</param>
/// <param name="RunnerId">GitHub's id of that runner.</param>
/// <param name="Conclusion">Its outcome; null until it has completed.</param>
/// <param name="CompletedAt">When it completed, by GitHub's clock.</param>
internal sealed record JobSnapshot(long Id, int Attempt, string? RunnerName, long? RunnerId, string? Conclusion, DateTimeOffset? CompletedAt)
{
    /// <summary>Whether it has completed.</summary>
    public bool IsCompleted => Conclusion is not null;

    /// <summary>Whether it completed without anything to run again.</summary>
    public bool IsSuccess => Conclusion is "success" or "neutral" or "skipped";

    /// <summary>Whether it was cancelled by anyone.</summary>
    public bool IsCancelled => Conclusion == "cancelled";

    /// <summary>Whether one of its steps never completed: GitHub closed the job after its runner had gone silent.</summary>
    public bool HasOpenStep { get; init; }

    /// <summary>Whether one of its steps was cancelled, as by a runner that is shut down.</summary>
    public bool HasCancelledStep { get; init; }
}

/// <summary>GitHub's reaction to a request for a run.</summary>
internal enum RunAnswer
{
    /// <summary>It will be carried out.</summary>
    Accepted,

    /// <summary>Not in the run's current state: check again.</summary>
    NotNow,

    /// <summary>The credential may not write Actions.</summary>
    Forbidden,

    /// <summary>Never; GitHub says why.</summary>
    Refused,
}

/// <summary>GitHub's answer to a request for a run.</summary>
/// <param name="Answer">Its meaning.</param>
/// <param name="Text">GitHub's message, bounded; empty if accepted.</param>
internal sealed record RunReply(RunAnswer Answer, string Text = "");

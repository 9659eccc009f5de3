namespace Operator.GitHub.Runs;

/// <summary>A workflow run and the jobs of its last attempt, as GitHub shows them.</summary>
/// <param name="Attempt">The last attempt, from 1.</param>
/// <param name="IsCompleted">Whether it has ended.</param>
/// <param name="AwaitsApproval">Whether it goes on only when a person approves it.</param>
/// <param name="Jobs">The jobs of that attempt, as far as they are there yet.</param>
internal sealed record RunSnapshot(int Attempt, bool IsCompleted, bool AwaitsApproval, IReadOnlyList<JobSnapshot> Jobs);

/// <summary>How a workflow run stands.</summary>
/// <param name="Attempt">The last attempt, from 1.</param>
/// <param name="IsCompleted">Whether that has ended.</param>
/// <param name="Conclusion">How it ended; null while it has not.</param>
internal sealed record RunState(int Attempt, bool IsCompleted, string? Conclusion);

/// <summary>A job of a workflow run.</summary>
/// <param name="Id">GitHub's id.</param>
/// <param name="Attempt">The attempt that it was executed in.</param>
/// <param name="RunnerName">The runner that took it, if any.</param>
/// <param name="RunnerId">GitHub's id of that runner.</param>
/// <param name="Conclusion">How it ended; null while it has not.</param>
/// <param name="CompletedAt">When it ended, by GitHub's clock.</param>
internal sealed record JobSnapshot(long Id, int Attempt, string? RunnerName, long? RunnerId, string? Conclusion, DateTimeOffset? CompletedAt)
{
    /// <summary>Whether it has ended.</summary>
    public bool IsCompleted => Conclusion is not null;

    /// <summary>Whether it ended without anything that has to be done again.</summary>
    public bool IsSuccess => Conclusion is "success" or "neutral" or "skipped";

    /// <summary>Whether it was cancelled, by whomever.</summary>
    public bool IsCancelled => Conclusion == "cancelled";

    /// <summary>Whether a step of it has never ended: GitHub has closed it after its runner fell silent.</summary>
    public bool HasOpenStep { get; init; }

    /// <summary>Whether a step of it was cancelled, as by a runner that is told to go.</summary>
    public bool HasCancelledStep { get; init; }
}

/// <summary>How GitHub takes a request that concerns a run.</summary>
internal enum RunAnswer
{
    /// <summary>It will be done.</summary>
    Accepted,

    /// <summary>Not as the run stands at the moment: look at it again.</summary>
    NotNow,

    /// <summary>The credential lacks the right to write actions.</summary>
    Forbidden,

    /// <summary>Never: GitHub says why.</summary>
    Refused,
}

/// <summary>GitHub's answer to a request that concerns a run.</summary>
/// <param name="Answer">What it means.</param>
/// <param name="Text">GitHub's own words, bounded; empty when it was accepted.</param>
internal sealed record RunReply(RunAnswer Answer, string Text = "");

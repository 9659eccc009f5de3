namespace Operator.GitHub.Rest;

/// <summary>A job of a workflow run, as the API lists it and as the event <c>workflow_job</c> carries it.</summary>
internal sealed record GitHubJob
{
    public long Id { get; init; }

    public long RunId { get; init; }

    /// <summary><c>queued</c>, <c>in_progress</c>, <c>completed</c>, or <c>waiting</c>, <c>pending</c> and <c>requested</c> before it may be queued.</summary>
    public string Status { get => field ?? ""; init; }

    /// <summary>The attempt of its run that it was executed in, from 1.</summary>
    public int RunAttempt { get; init; }

    /// <summary>What it is made of.</summary>
    public IReadOnlyList<GitHubStep> Steps { get => field ?? []; init; }

    /// <summary>Whether a runner may take it now.</summary>
    public bool IsQueued => Status == "queued";

    /// <summary>Whether something else must happen before a runner may take it: an approval, the end of another run of its concurrency group.</summary>
    public bool IsHeldBack => Status is "waiting" or "pending" or "requested";

    /// <summary>How it ended, such as <c>success</c> or <c>cancelled</c>.</summary>
    public string? Conclusion { get; init; }

    /// <summary>What <c>runs-on</c> said; empty when it names a group alone.</summary>
    public IReadOnlyList<string> Labels { get => field ?? []; init; }

    /// <summary>The runner that took it; null or empty while it is queued, or when it was cancelled there.</summary>
    public string? RunnerName { get; init; }

    /// <summary>GitHub's id of that runner. Names are chosen freely; ids are unique at a host.</summary>
    public long? RunnerId { get; init; }

    public string? WorkflowName { get; init; }

    /// <summary>Its page.</summary>
    public string? HtmlUrl { get; init; }

    /// <summary>When it was queued.</summary>
    public DateTimeOffset? CreatedAt { get; init; }

    public DateTimeOffset? StartedAt { get; init; }

    public DateTimeOffset? CompletedAt { get; init; }
}

/// <summary>A run of a workflow.</summary>
internal sealed record GitHubWorkflowRun
{
    public long Id { get; init; }

    /// <summary>A run that was started again has the same id.</summary>
    public int RunAttempt { get; init; }

    /// <summary><c>queued</c>, <c>in_progress</c>, <c>completed</c>, <c>waiting</c>, <c>pending</c> or <c>requested</c>.</summary>
    public string Status { get => field ?? ""; init; }

    /// <summary>How it ended, such as <c>failure</c>; null while it has not.</summary>
    public string? Conclusion { get; init; }
}

/// <summary>A step of a job.</summary>
/// <param name="Status">Such as <c>completed</c>; one that was cut off stays <c>in_progress</c>.</param>
/// <param name="Conclusion">How it ended.</param>
internal readonly record struct GitHubStep(string? Status, string? Conclusion);

/// <summary>A repository.</summary>
internal sealed record GitHubRepository
{
    public long Id { get; init; }

    /// <summary>Owner and name, such as <c>my-org/app</c>.</summary>
    public string FullName { get => field ?? ""; init; }

    /// <summary>Its page.</summary>
    public string? HtmlUrl { get; init; }

    public bool Archived { get; init; }

    public bool Disabled { get; init; }
}

/// <summary>One attempt to deliver an event.</summary>
internal sealed record GitHubHookDelivery
{
    public long Id { get; init; }

    /// <summary>The delivery's own id, the same for each attempt.</summary>
    public string Guid { get => field ?? ""; init; }

    public DateTimeOffset DeliveredAt { get; init; }

    /// <summary>What the receiver answered; 0 when it did not.</summary>
    public int StatusCode { get; init; }

    public string? Event { get; init; }

    public string? Action { get; init; }
}

/// <summary>A webhook of a repository or an organization.</summary>
internal sealed record GitHubHook
{
    public long Id { get; init; }

    public bool Active { get; init; }

    public IReadOnlyList<string> Events { get => field ?? []; init; }

    public GitHubHookConfig Config { get => field ?? new(null); init; }
}

/// <summary>Where a webhook leads.</summary>
/// <param name="Url">The receiver.</param>
internal sealed record GitHubHookConfig(string? Url);

internal sealed record GitHubJobPage(int? TotalCount, IReadOnlyList<GitHubJob>? Jobs);

internal sealed record GitHubWorkflowRunPage(int? TotalCount, IReadOnlyList<GitHubWorkflowRun>? WorkflowRuns);

internal sealed record GitHubRepositoryPage(int? TotalCount, IReadOnlyList<GitHubRepository>? Repositories);

namespace Operator.GitHub.Rest;

/// <summary>A job of a workflow run, as in API responses and in the <c>workflow_job</c> event.</summary>
internal sealed record GitHubJob
{
    public long Id { get; init; }

    public long RunId { get; init; }

    /// <summary><c>queued</c>, <c>in_progress</c>, <c>completed</c>, or <c>waiting</c>, <c>pending</c> and <c>requested</c> before it may be queued.</summary>
    public string Status { get => field ?? ""; init; }

    /// <summary>The run attempt it was executed in, from 1.</summary>
    public int RunAttempt { get; init; }

    /// <summary>Its steps.</summary>
    public IReadOnlyList<GitHubStep> Steps { get => field ?? []; init; }

    /// <summary>Whether a runner may take it now.</summary>
    public bool IsQueued => Status == "queued";

    /// <summary>
    /// Whether something else must happen before a runner may take it: an approval, or the end of another run in its concurrency group.
    /// </summary>
    public bool IsHeldBack => Status is "waiting" or "pending" or "requested";

    /// <summary>Its outcome, such as <c>success</c> or <c>cancelled</c>.</summary>
    public string? Conclusion { get; init; }

    /// <summary>Its <c>runs-on</c> labels; empty if it only names a group.</summary>
    public IReadOnlyList<string> Labels { get => field ?? []; init; }

    /// <summary>The runner that took it; null or empty while it is queued, or if it was cancelled then.</summary>
    public string? RunnerName { get; init; }

    /// <summary>GitHub's id of that runner. Names are free text; ids are unique per host.</summary>
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

    /// <summary>Reruns of a run keep its id.</summary>
    public int RunAttempt { get; init; }

    /// <summary><c>queued</c>, <c>in_progress</c>, <c>completed</c>, <c>waiting</c>, <c>pending</c> or <c>requested</c>.</summary>
    public string Status { get => field ?? ""; init; }

    /// <summary>Its outcome, such as <c>failure</c>; null until it has completed.</summary>
    public string? Conclusion { get; init; }
}

/// <summary>A step of a job.</summary>
/// <param name="Status">Such as <c>completed</c>; one that was interrupted stays <c>in_progress</c>.</param>
/// <param name="Conclusion">Its outcome.</param>
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

    /// <summary>The delivery's own id, the same for redeliveries.</summary>
    public string Guid { get => field ?? ""; init; }

    public DateTimeOffset DeliveredAt { get; init; }

    /// <summary>The receiver's HTTP status; 0 without a response.</summary>
    public int StatusCode { get; init; }

    public string? Event { get; init; }

    public string? Action { get; init; }
}

/// <summary>A webhook of a repository or organization.</summary>
internal sealed record GitHubHook
{
    public long Id { get; init; }

    public bool Active { get; init; }

    public IReadOnlyList<string> Events { get => field ?? []; init; }

    public GitHubHookConfig Config { get => field ?? new(null); init; }
}

/// <summary>A webhook's configuration.</summary>
/// <param name="Url">The receiver.</param>
internal sealed record GitHubHookConfig(string? Url);

internal sealed record GitHubJobPage(int? TotalCount, IReadOnlyList<GitHubJob>? Jobs);

internal sealed record GitHubWorkflowRunPage(int? TotalCount, IReadOnlyList<GitHubWorkflowRun>? WorkflowRuns);

internal sealed record GitHubRepositoryPage(int? TotalCount, IReadOnlyList<GitHubRepository>? Repositories);

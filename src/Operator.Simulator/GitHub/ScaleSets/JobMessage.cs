using Operator.Simulator.GitHub.Jobs;

namespace Operator.Simulator.GitHub.ScaleSets;

/// <summary>A job event in a message.</summary>
internal sealed record JobMessage
{
    public required string MessageType { get; init; }

    public required long RunnerRequestId { get; init; }

    public required string JobId { get; init; }

    public required string RepositoryName { get; init; }

    public required string OwnerName { get; init; }

    public required string JobWorkflowRef { get; init; }

    public required string JobDisplayName { get; init; }

    public required long WorkflowRunId { get; init; }

    public required string EventName { get; init; }

    public required IReadOnlyList<string> RequestLabels { get; init; }

    public required DateTimeOffset QueueTime { get; init; }

    public DateTimeOffset? ScaleSetAssignTime { get; init; }

    public DateTimeOffset? RunnerAssignTime { get; init; }

    public DateTimeOffset? FinishTime { get; init; }

    public string? AcquireJobUrl { get; init; }

    public long? RunnerId { get; init; }

    public string? RunnerName { get; init; }

    public string? Result { get; init; }
}

/// <summary>The four kinds of <see cref="JobMessage"/>.</summary>
internal static class JobMessages
{
    public const string Canceled = "canceled";

    public static JobMessage Available(JobRecord job) => Of(job, "JobAvailable") with
    {
        AcquireJobUrl = job.ScaleSet is { Session: { } session } set
            ? $"{session.Service}_apis/runtime/runnerscalesets/{set.Id}/acquirejobs?api-version={ServiceReply.ApiVersion}"
            : null,
    };

    public static JobMessage Assigned(JobRecord job) => Of(job, "JobAssigned");

    public static JobMessage Started(JobRecord job) => WithRunner(Of(job, "JobStarted"), job);

    public static JobMessage Completed(JobRecord job, string result, DateTimeOffset finishedAt) => WithRunner(Of(job, "JobCompleted"), job) with
    {
        FinishTime = finishedAt,
        Result = result,
    };

    public static string ResultOf(JobRecord job) => job.Outcome switch
    {
        JobOutcome.Succeeded => "succeeded",
        JobOutcome.Cancelled => Canceled,
        _ => "failed",
    };

    private static JobMessage WithRunner(JobMessage message, JobRecord job) => message with
    {
        RunnerAssignTime = job.Runner is null ? null : job.AssignedAt,
        RunnerId = job.Runner?.Id ?? 0,
        RunnerName = job.Runner?.Name ?? "",
    };

    private static JobMessage Of(JobRecord job, string type) => new()
    {
        MessageType = type,
        RunnerRequestId = job.RequestId,
        JobId = IdOf(job),
        RepositoryName = job.Place.Name,
        OwnerName = job.Place.Parent!.Name,
        JobWorkflowRef = $"{job.Place.WebPath}/{job.Run.WorkflowPath}@refs/heads/{RunView.Branch}",
        JobDisplayName = JobView.NameOf(job),
        WorkflowRunId = job.Run.Id,
        EventName = RunView.Event,
        RequestLabels = job.Labels,
        QueueTime = job.QueuedAt,
        ScaleSetAssignTime = job.ScaleSetAssignedAt,
    };

    // The service uses different job ids than the REST API; this one is derived from the REST id, so that tests can map them.
    private static string IdOf(JobRecord job) => new Guid((int)job.Id, 0, 0x4000, [0x80, 0, 0, 0, 0, 0, 0, 1]).ToString();
}

using System.Globalization;
using Operator.GitHub.Rest;
using Operator.GitHub.ScaleSets;

namespace Operator.Demand.ScaleSets;

/// <summary>
/// Processes a message: statistics go to the pool, jobs to their leases, and only when those are stored is the message acknowledged. A
/// message that could not be processed is delivered again, which does no harm. The statistics need not be stored: they are absolute, and
/// every session begins with them.
/// </summary>
internal sealed partial class ScaleSetMessageHandler(
    IRunnerJobRecorder reports, ScaleSetStates states, DemandMetrics metrics, TimeProvider timeProvider, ILogger<ScaleSetMessageHandler> logger)
{
    private readonly ErrorLog _unreadable = new(timeProvider, logger);

    public async Task HandleAsync(NamespacedName pool, MessageSession session, ScaleSetMessage message, CancellationToken cancellationToken)
    {
        var jobs = message.Jobs;
        _unreadable.NoteSkipped(nameof(ScaleSetJob), jobs.Skipped);
        metrics.RecordJobs(pool, jobs);

        // Before the statistics: a finished runner must not look as if it served the remaining jobs.
        await ReportAsync(jobs, ScaleSetJob.Completed, job => reports.CompletedAsync(pool, ToReport(session, job, job.FinishTime), cancellationToken));
        states.Post(pool, facts => facts.With(message.Statistics));
        session.Note(jobs.Where(job => job.MessageType == ScaleSetJob.Available).Select(job => job.RunnerRequestId), message.Statistics);
        await AcquireAsync(session, cancellationToken);
        await ReportAsync(jobs, ScaleSetJob.Started, job => reports.StartedAsync(pool, ToReport(session, job, job.RunnerAssignTime), cancellationToken));
        if (MessageNumbers.AreBehind(message.Statistics, jobs))
        {
            await session.RefreshAsync(cancellationToken);
        }

        await session.AcknowledgeAsync(message, cancellationToken);
    }

    // A refusal by the API server for a single lease is permanent: the sweeps see that its runner is busy. If everything is refused, the
    // pool's reconcile fails too, and the message is delivered again.
    private Task ReportAsync(IReadOnlyList<ScaleSetJob> jobs, string type, Func<ScaleSetJob, Task> report) =>
        Task.WhenAll(jobs.Where(job => job.MessageType == type && job.RunnerName.Length > 0 && job.RunnerId is > 0).Select(async job =>
        {
            try
            {
                await report(job);
            }
            catch (KubernetesApiException e) when (RequestRefusedException.Is(e))
            {
                LogNotRecorded(logger, e, type, job.RunnerName);
            }
        }));

    private static JobReport ToReport(MessageSession session, ScaleSetJob job, DateTimeOffset? at) => new(
        job.RunnerName,
        job.RunnerId ?? 0,
        job.JobId.Length > 0 ? job.JobId : job.RunnerRequestId.ToString(CultureInfo.InvariantCulture),
        job.OwnerName.Length > 0 ? $"{job.OwnerName}/{job.RepositoryName}" : null,
        job.WorkflowRunId > 0 ? job.WorkflowRunId : null,
        job.JobWorkflowRef.Length > 0 ? job.JobWorkflowRef : null,
        at,
        job.Result)
    {
        ScaleSetId = session.ScaleSetId,
    };

    /// <summary>Acquires offered jobs: GitHub.com assigns them by itself, Enterprise Server waits for the request.</summary>
    public async Task AcquireAsync(MessageSession session, CancellationToken cancellationToken)
    {
        try
        {
            if (await session.AcquireAsync(cancellationToken) is { } refused)
            {
                LogRefused(logger, refused);
            }
        }
        catch (GitHubApiException e) when (e.StatusCode is not null)
        {
            LogNotAcquired(logger, e); // retried with the next answer to the long poll
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Event} of the job on {Runner} cannot be recorded on its lease")]
    private static partial void LogNotRecorded(ILogger logger, Exception exception, string @event, string runner);

    [LoggerMessage(Level = LogLevel.Warning, Message = "GitHub refuses jobs that it had offered; they are not requested again")]
    private static partial void LogRefused(ILogger logger, Exception exception);

    [LoggerMessage(Level = LogLevel.Warning, Message = "GitHub did not assign jobs that it had offered; retrying")]
    private static partial void LogNotAcquired(ILogger logger, Exception exception);
}

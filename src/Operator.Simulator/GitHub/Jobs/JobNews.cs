using Operator.Simulator.GitHub.ScaleSets;

namespace Operator.Simulator.GitHub.Jobs;

/// <summary>Tells of jobs: scale sets by messages, everybody else by webhooks. Every method is called under the service's lock.</summary>
/// <param name="clock">Time.</param>
internal sealed class JobNews(TimeProvider clock)
{
    /// <summary>Tells of a job by webhook: the job and the action.</summary>
    public Action<JobRecord, string> TellOfJob { get; set; } = (_, _) => { };

    /// <summary>Tells of a workflow run by webhook: the repository's job, and the action.</summary>
    public Action<JobRecord, string> TellOfRun { get; set; } = (_, _) => { };

    public void Queued(JobRecord job)
    {
        if (job.Run.Jobs.Count == 1)
        {
            TellOfRun(job, "requested");
        }

        TellOfJob(job, "queued");
    }

    public void HeldBack(JobRecord job) => TellOfJob(job, "waiting");

    public void Approved(JobRecord job) => TellOfJob(job, "queued");

    public static void Offered(JobRecord job) => Tell(job, JobMessages.Available(job));

    public static void AssignedToScaleSet(JobRecord job) => Tell(job, JobMessages.Assigned(job));

    public void Started(JobRecord job)
    {
        if (job.Run.Jobs.Count(other => other.StartedAt is not null || other.State == JobState.Completed) == 1)
        {
            TellOfRun(job, "in_progress");
        }

        TellOfJob(job, "in_progress");
        Tell(job, JobMessages.Started(job));
    }

    /// <summary>A runner did not take it up: for the scale set that assignment is over.</summary>
    /// <param name="job">The job.</param>
    public void Returned(JobRecord job) => Tell(job, JobMessages.Completed(job, JobMessages.Canceled, clock.GetUtcNow()));

    public void Ended(JobRecord job)
    {
        TellOfJob(job, "completed");
        if (job.Run.State == JobState.Completed)
        {
            TellOfRun(job, "completed");
        }

        // What was never assigned has no assignment to complete: only the numbers change.
        Tell(job, job.ScaleSetAssignedAt is null ? null : JobMessages.Completed(job, JobMessages.ResultOf(job), clock.GetUtcNow()));
    }

    private static void Tell(JobRecord job, JobMessage? message) => job.ScaleSet?.Session?.Messages.Add(message);
}

using Operator.Simulator.GitHub.ScaleSets;

namespace Operator.Simulator.GitHub.Jobs;

/// <summary>
/// Announces job events: to scale sets as messages, otherwise as webhooks. Every method is called under the service's lock.
/// </summary>
/// <param name="clock">Time.</param>
internal sealed class JobNotifications(TimeProvider clock)
{
    /// <summary>Sends webhooks about a job: the job and the action.</summary>
    public Action<JobRecord, string> NotifyOfJob { get; set; } = (_, _) => { };

    /// <summary>Sends webhooks about a workflow run: the repository's job, and the action.</summary>
    public Action<JobRecord, string> NotifyOfRun { get; set; } = (_, _) => { };

    public void Queued(JobRecord job)
    {
        if (job.Run.Jobs.Count == 1)
        {
            NotifyOfRun(job, "requested");
        }

        NotifyOfJob(job, "queued");
    }

    public void HeldBack(JobRecord job) => NotifyOfJob(job, "waiting");

    public void Approved(JobRecord job) => NotifyOfJob(job, "queued");

    public static void Offered(JobRecord job) => Notify(job, JobMessages.Available(job));

    public static void AssignedToScaleSet(JobRecord job) => Notify(job, JobMessages.Assigned(job));

    public void Started(JobRecord job)
    {
        if (job.Run.Jobs.Count(other => other.StartedAt is not null || other.State == JobState.Completed) == 1)
        {
            NotifyOfRun(job, "in_progress");
        }

        NotifyOfJob(job, "in_progress");
        Notify(job, JobMessages.Started(job));
    }

    /// <summary>A runner did not take it: for the scale set, that assignment is over.</summary>
    /// <param name="job">The job.</param>
    public void Returned(JobRecord job) => Notify(job, JobMessages.Completed(job, JobMessages.Canceled, clock.GetUtcNow()));

    public void Ended(JobRecord job)
    {
        NotifyOfJob(job, "completed");
        if (job.Run.State == JobState.Completed)
        {
            NotifyOfRun(job, "completed");
        }

        // A job that was never assigned has no assignment to complete: only the statistics change.
        Notify(job, job.ScaleSetAssignedAt is null ? null : JobMessages.Completed(job, JobMessages.ResultOf(job), clock.GetUtcNow()));
    }

    private static void Notify(JobRecord job, JobMessage? message) => job.ScaleSet?.Session?.Messages.Add(message);
}

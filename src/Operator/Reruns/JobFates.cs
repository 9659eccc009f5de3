using Operator.Entities.RunnerPools;
using Operator.GitHub.Runs;
using Operator.Leases;

namespace Operator.Reruns;

/// <summary>How a job ended, or has not, whose machine is gone.</summary>
internal enum JobFate
{
    /// <summary>GitHub still takes it for running.</summary>
    Open,

    /// <summary>It ended by itself, well or not, before the machine did.</summary>
    Ended,

    /// <summary>It ended with the machine, or was cancelled by us because of that.</summary>
    Lost,

    /// <summary>Somebody else cancelled it.</summary>
    Cancelled,
}

/// <summary>Tells a job that was lost from one that failed or was cancelled. Pure.</summary>
internal static class JobFates
{
    /// <summary>A runner that is told to go reports within this time; GitHub's clock and ours differ by less.</summary>
    private static readonly TimeSpan LateReport = TimeSpan.FromMinutes(1);

    /// <summary>What has become of a lost job.</summary>
    /// <param name="job">The job as GitHub shows it.</param>
    /// <param name="lost">What is known of its loss.</param>
    public static JobFate Determine(JobSnapshot job, LostJobStatus lost)
    {
        if (!job.IsCompleted)
        {
            return JobFate.Open;
        }

        if (job.IsSuccess)
        {
            return JobFate.Ended;
        }

        if (job.IsCancelled && lost.CancelRequestedAt is not null)
        {
            return JobFate.Lost;
        }

        var isAfterwards = job.CompletedAt > lost.LostAt + LateReport;
        var isWithTheMachine = !isAfterwards && job.CompletedAt >= (lost.CutAt ?? lost.LostAt) - LostJobs.EarlyEnd;
        return job.IsCancelled
            ? isWithTheMachine ? JobFate.Lost : JobFate.Cancelled
            : job.HasOpenStep || isAfterwards || (isWithTheMachine && job.HasCancelledStep) ? JobFate.Lost : JobFate.Ended;
    }

    /// <summary>Whether a job is the one that was lost.</summary>
    public static bool IsOf(JobSnapshot job, LostJobStatus lost) =>
        lost.JobId == job.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)
        || (job.RunnerId is > 0 && job.RunnerId == lost.RunnerId)
        || string.Equals(job.RunnerName, lost.RunnerName, StringComparison.Ordinal);
}

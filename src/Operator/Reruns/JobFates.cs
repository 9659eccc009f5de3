using Operator.Entities.RunnerPools;
using Operator.GitHub.Runs;
using Operator.Leases;

namespace Operator.Reruns;

/// <summary>The outcome of a job whose machine is gone.</summary>
internal enum JobFate
{
    /// <summary>GitHub still considers it running.</summary>
    Open,

    /// <summary>It completed on its own, successfully or not, before the machine terminated.</summary>
    Ended,

    /// <summary>It ended with the machine, or was cancelled by the operator because of that.</summary>
    Lost,

    /// <summary>Someone else cancelled it.</summary>
    Cancelled,
}

/// <summary>Distinguishes lost jobs from failed or cancelled ones. Pure.</summary>
internal static class JobFates
{
    /// <summary>A runner that is told to go reports within this time; GitHub's clock and ours differ by less.</summary>
    private static readonly TimeSpan LateReport = TimeSpan.FromMinutes(1);

    /// <summary>The outcome of a lost job.</summary>
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

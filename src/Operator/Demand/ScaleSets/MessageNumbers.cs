using Operator.GitHub.ScaleSets;

namespace Operator.Demand.ScaleSets;

/// <summary>Compares a message's jobs with its statistics. Pure.</summary>
internal static class MessageNumbers
{
    /// <summary>Whether a message names more jobs than its statistics count, so that the statistics have to be read again.</summary>
    /// <param name="numbers">The message's statistics, if it has any.</param>
    /// <param name="jobs">The jobs in its body.</param>
    public static bool AreBehind(ScaleSetStatistics? numbers, IEnumerable<ScaleSetJob> jobs)
    {
        // A job assigned and completed within one message is no longer in any count.
        var latest = jobs.GroupBy(IdOf).Select(job => job.Last().MessageType).ToList();
        return latest.Count(type => type is ScaleSetJob.Assigned or ScaleSetJob.Started) > (numbers?.TotalAssignedJobs ?? 0)
            || latest.Count(type => type is ScaleSetJob.Available) > (numbers?.TotalAvailableJobs ?? 0);
    }

    private static (long Request, string Job) IdOf(ScaleSetJob job) => job.RunnerRequestId > 0 ? (job.RunnerRequestId, "") : (0, job.JobId);
}

using Operator.GitHub.ScaleSets;

namespace Operator.Demand.ScaleSets;

/// <summary>Compares what a message tells with its numbers. Pure.</summary>
internal static class MessageNumbers
{
    /// <summary>Whether a message names more jobs than its numbers count, so that the numbers are read again.</summary>
    /// <param name="numbers">The message's statistics, if it has any.</param>
    /// <param name="jobs">What its body tells.</param>
    public static bool AreBehind(ScaleSetStatistics? numbers, IEnumerable<ScaleSetJob> jobs)
    {
        // A job that is assigned and done within one message is in no number any more.
        var latest = jobs.GroupBy(IdOf).Select(job => job.Last().MessageType).ToList();
        return latest.Count(type => type is ScaleSetJob.Assigned or ScaleSetJob.Started) > (numbers?.TotalAssignedJobs ?? 0)
            || latest.Count(type => type is ScaleSetJob.Available) > (numbers?.TotalAvailableJobs ?? 0);
    }

    private static (long Request, string Job) IdOf(ScaleSetJob job) => job.RunnerRequestId > 0 ? (job.RunnerRequestId, "") : (0, job.JobId);
}

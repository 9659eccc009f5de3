using Operator.Entities.RunnerLeases;
using Operator.GitHub;
using Operator.GitHub.Rest;
using Operator.Leases;

namespace Operator.Demand.Webhooks;

/// <summary>Job events kept in a lease's status until the leader has processed them. Pure.</summary>
internal static class JobReports
{
    /// <summary>More reports than a lease can get in the seconds the leader takes; the oldest are dropped first.</summary>
    public const int Most = 16;

    /// <summary>Replaces a job's previous report; null if that report says the same or more.</summary>
    public static V1Alpha1RunnerLease? Add(V1Alpha1RunnerLease lease, GitHubJob job, JobSite site)
    {
        var report = From(job, site);
        var known = lease.Status?.JobReports ?? [];
        if (known.Any(other => other.JobId == report.JobId && (other.CompletedAt is not null || other.CompletedAt == report.CompletedAt)))
        {
            return null;
        }

        var changed = LeaseCopies.Create(lease);
        changed.Status ??= new();
        changed.Status.JobReports = [.. known.Where(other => other.JobId != report.JobId).TakeLast(Most - 1), report];
        return changed;
    }

    /// <summary>Removes reports; null if none of them is there.</summary>
    public static V1Alpha1RunnerLease? Remove(V1Alpha1RunnerLease lease, IReadOnlyList<LeaseJobReport> reports)
    {
        var left = lease.Status?.JobReports?.Where(report => !reports.Any(other => other.JobId == report.JobId && other.CompletedAt == report.CompletedAt)).ToList();
        if (left is null || left.Count == lease.Status!.JobReports!.Count)
        {
            return null;
        }

        var changed = LeaseCopies.Create(lease);
        changed.Status!.JobReports = left.Count > 0 ? left : null;
        return changed;
    }

    /// <summary>The job that a report is about.</summary>
    public static GitHubJob? JobOf(LeaseJobReport report) => report.JobId is { } text && JobTag.TryParse(text, out var id)
        ? new()
        {
            Id = id,
            RunId = JobTag.TryParse(report.RunId ?? "", out var run) ? run : 0,
            Status = report.CompletedAt is null ? "in_progress" : "completed",
            Conclusion = report.Result,
            RunnerName = report.RunnerName,
            RunnerId = report.RunnerId,
            WorkflowName = report.Workflow,
            CreatedAt = report.QueuedAt,
            StartedAt = report.StartedAt,
            CompletedAt = report.CompletedAt,
        }
        : null;

    /// <summary>The site of a job known from a lease: at the address of its runner or pool.</summary>
    public static JobSite? SiteOf(GitHubTarget target, string? repository) =>
        repository is not null && JobSite.IsRepository(repository) ? JobSite.At(target, repository) : null;

    private static LeaseJobReport From(GitHubJob job, JobSite site) => new()
    {
        JobId = JobTag.IdOf(job),
        RunId = job.RunId.ToString(System.Globalization.CultureInfo.InvariantCulture),
        Repository = JobReport.Cut(site.Repository, JobReport.MostOfRepository),
        Workflow = JobReport.Cut(job.WorkflowName, JobReport.MostOfWorkflow),
        RunnerName = JobReport.Cut(job.RunnerName, JobReport.MostOfName),
        RunnerId = job.RunnerId,
        QueuedAt = job.CreatedAt,
        StartedAt = job.StartedAt,
        CompletedAt = job.Status == "completed" ? job.CompletedAt ?? job.StartedAt ?? job.CreatedAt : null,
        Result = JobReport.Cut(job.Conclusion, JobReport.MostOfId),
    };
}

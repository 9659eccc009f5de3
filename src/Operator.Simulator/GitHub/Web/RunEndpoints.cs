using System.Text.Json.Nodes;
using Operator.Simulator.GitHub.Jobs;

namespace Operator.Simulator.GitHub.Web;

/// <summary>The end of workflow runs, and their repetition: a run must have ended before any of it runs again.</summary>
/// <param name="intake">Creates jobs.</param>
/// <param name="jobs">The jobs.</param>
internal sealed class RunEndpoints(JobIntake intake, JobQueue jobs)
{
    private const string Actions = "repos/{owner}/{repository}/actions";
    private const string NoFailedJobs = "This workflow run cannot be retried: it has no failed jobs";
    private const int MostReruns = 50;

    private static readonly TimeSpan MostAge = TimeSpan.FromDays(30);

    public IEnumerable<GitHubEndpoint> All() =>
    [
        Of("CancelWorkflowRun", "runs/{run:long}/cancel", request => OfRun(request, run => Cancel(request, run, jobs.Cancel))),
        Of("ForceCancelWorkflowRun", "runs/{run:long}/force-cancel", request => OfRun(request, run => Cancel(request, run, jobs.ForceCancel))),
        Of("RerunWorkflowRun", "runs/{run:long}/rerun", request => OfRun(request, run => Rerun(request, run, run.JobsOf(run.Attempt)))),
        Of("RerunFailedJobs", "runs/{run:long}/rerun-failed-jobs", request => OfRun(request, run => RerunFailed(request, run))),
        Of("RerunJob", "jobs/{job:long}/rerun", RerunJob),
    ];

    private static GitHubEndpoint Of(string name, string pattern, Func<GitHubRequest, GitHubReply> handle) =>
        new(name, "POST", $"{Actions}/{pattern}", Audience.Reader, request => request.Caller is { MayWriteActions: false }
            ? GitHubReply.Error(403, "Resource not accessible by integration")
            : handle(request));

    private static GitHubReply OfRun(GitHubRequest request, Func<RunRecord, GitHubReply> handle) => RepositoryEndpoints.WithRun(request, handle);

    private static GitHubReply Cancel(GitHubRequest request, RunRecord run, Action<JobRecord, List<Action>> cancel)
    {
        if (run.State == JobState.Completed)
        {
            return GitHubReply.Error(409, "Cannot cancel a workflow run that is completed");
        }

        run.Jobs.ForEach(job => cancel(job, request.Callbacks));
        return GitHubReply.Json(202, new JsonObject());
    }

    // The stricter interpretation: cancelled jobs do not count as failed.
    private GitHubReply RerunFailed(GitHubRequest request, RunRecord run)
    {
        var failed = run.JobsOf(run.Attempt).Where(job => JobView.ConclusionOf(job) == "failure").ToList();
        return failed.Count == 0 && run.State == JobState.Completed ? GitHubReply.Error(403, NoFailedJobs) : Rerun(request, run, failed);
    }

    private GitHubReply RerunJob(GitHubRequest request) =>
        jobs.Find(long.Parse(request.Route("job"))) is { } job && job.Place == request.Place && job.Run.JobsOf(job.Run.Attempt).Contains(job)
        && request.Place.Runs.ContainsKey(job.Run.Id)
            ? Rerun(request, job.Run, [job])
            : GitHubReply.NotFound;

    private GitHubReply Rerun(GitHubRequest request, RunRecord run, IReadOnlyList<JobRecord> again)
    {
        var refusal = run.State != JobState.Completed ? "This workflow is already running"
            : request.Now - run.CreatedAt > MostAge ? "Unable to re-run this workflow run because it was created over a month ago"
            : run.Attempt > MostReruns ? "This workflow run has been re-run too many times"
            : null;
        if (refusal is not null)
        {
            return GitHubReply.Error(403, refusal);
        }

        intake.Rerun(run, again);
        return GitHubReply.Json(201, new JsonObject());
    }
}

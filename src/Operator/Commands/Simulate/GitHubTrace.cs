using Operator.GitHub;
using Operator.GitHub.Rest;
using Operator.Hosting;

namespace Operator.Commands.Simulate;

/// <summary>Fetches a trace: the jobs of the workflow runs of the last days.</summary>
/// <param name="gitHub">GitHub; its client keeps to the rate limits.</param>
/// <param name="isServed">Whether one of the pools has a job's labels; others are not of interest.</param>
internal sealed class GitHubTrace(IGitHubWorkflows gitHub, Func<IReadOnlyList<string>, bool> isServed)
{
    // GitHub lists no more runs for a period.
    private const int MostRunsListed = 1000;

    private static readonly TimeSpan Shortest = TimeSpan.FromMinutes(1);

    /// <summary>Each run costs a call.</summary>
    public const int UsualMostRuns = 2000;

    /// <summary>The jobs, in any order, and how many runs were left out because there are too many.</summary>
    /// <param name="target">An organization or a repository.</param>
    /// <param name="from">Start of the period.</param>
    /// <param name="to">Its end.</param>
    /// <param name="mostRuns">How many runs to read, the newest of each repository first.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="CommandException">GitHub lists no repositories there.</exception>
    public async Task<(IReadOnlyList<TracedJob> Jobs, int LeftOut)> FetchAsync(
        GitHubTarget target, DateTimeOffset from, DateTimeOffset to, int mostRuns, CancellationToken cancellationToken)
    {
        var repositories = await gitHub.ListRepositoriesAsync(target, cancellationToken)
            ?? throw new CommandException($"GitHub does not list the repositories of an enterprise ({target}): give an organization or a repository with --github-url");
        var (jobs, read, leftOut) = (new List<TracedJob>(), 0, 0);
        foreach (var repository in repositories.OrderBy(repository => repository.FullName, StringComparer.Ordinal))
        {
            foreach (var run in await ListAsync(repository.FullName, from, to, cancellationToken))
            {
                if (read == mostRuns || jobs.Count >= JobTrace.MostJobs)
                {
                    leftOut++;
                    continue;
                }

                read++;
                jobs.AddRange((await gitHub.ListJobsAsync(repository.FullName, run.Id, cancellationToken)).Select(JobOf).OfType<TracedJob>());
            }
        }

        return (jobs, leftOut);
    }

    private async Task<IReadOnlyList<GitHubWorkflowRun>> ListAsync(string repository, DateTimeOffset from, DateTimeOffset to, CancellationToken cancellationToken)
    {
        var runs = await gitHub.ListCompletedRunsAsync(repository, from, to, cancellationToken);
        if (runs.Count < MostRunsListed || to - from <= Shortest)
        {
            return runs;
        }

        var middle = from + ((to - from) / 2);
        var late = await ListAsync(repository, middle, to, cancellationToken);
        var early = await ListAsync(repository, from, middle, cancellationToken);
        return [.. late.Concat(early).DistinctBy(run => run.Id)];
    }

    // A job without a runner was skipped, or cancelled while it waited.
    private TracedJob? JobOf(GitHubJob job) => job is { CreatedAt: { } queued, StartedAt: { } started, CompletedAt: { } completed, RunnerId: > 0 }
        && completed >= started && started >= queued && isServed(job.Labels)
        ? new(queued, completed - started, job.Labels) : null;
}

using System.Net;

namespace Operator.GitHub.Rest;

/// <content>Jobs and workflow runs.</content>
internal sealed partial class GitHubClient
{
    private readonly GitHubPages<GitHubRepository> _repositories;
    private readonly GitHubPages<GitHubWorkflowRun> _runs;
    private readonly GitHubPages<GitHubJob> _jobs;

    public async Task<IReadOnlyList<GitHubRepository>?> ListRepositoriesAsync(GitHubTarget target, CancellationToken cancellationToken)
    {
        switch (target.Kind)
        {
            case GitHubTargetKind.Enterprise:
                return null;
            case GitHubTargetKind.Repository:
                return [new GitHubRepository { FullName = $"{target.Owner}/{target.Repository}", HtmlUrl = target.WebUrl.AbsoluteUri }];
        }

        // An installation may be limited to some of the organization's repositories; jobs of others do not concern it.
        var path = _tokens.IsInstallation ? "installation/repositories" : $"{target.Path}/repos";
        var repositories = await _repositories.ReadAllAsync("ListRepositories", path, GitHubPriority.Low, cancellationToken);
        return [.. repositories.Where(repository => repository is { Archived: false, Disabled: false }
            && repository.FullName.StartsWith(target.Owner + '/', StringComparison.OrdinalIgnoreCase))];
    }

    public Task<IReadOnlyList<GitHubWorkflowRun>> ListRunsAsync(string repository, string status, CancellationToken cancellationToken) =>
        _runs.ReadAllAsync("ListRuns", $"repos/{repository}/actions/runs?status={status}", GitHubPriority.Low, cancellationToken);

    public Task<IReadOnlyList<GitHubWorkflowRun>> ListCompletedRunsAsync(string repository, DateTimeOffset from, DateTimeOffset to, CancellationToken cancellationToken) =>
        _runs.ReadAllAsync(
            "ListRuns",
            $"repos/{repository}/actions/runs?status=completed&created={TimeText.Format(from)}..{TimeText.Format(to)}",
            GitHubPriority.Low,
            cancellationToken);

    public Task<IReadOnlyList<GitHubJob>> ListJobsAsync(string repository, long runId, CancellationToken cancellationToken) =>
        _jobs.ReadAllAsync("ListJobs", $"repos/{repository}/actions/runs/{runId}/jobs?filter=latest", GitHubPriority.Low, cancellationToken);

    public async Task<GitHubWorkflowRun?> GetRunAsync(string repository, long runId, CancellationToken cancellationToken)
    {
        var call = new GitHubCall("GetRun", HttpMethod.Get, $"repos/{repository}/actions/runs/{runId}", GitHubPriority.Low);
        var run = (await SendForSuccessOrAsync(call, HttpStatusCode.NotFound, cancellationToken))?.Read(GitHubJson.Default.GitHubWorkflowRun);
        return run is null || run.Id == runId
            ? run
            : throw new GitHubApiException(GitHubErrors.UnexpectedAnswer, "GitHub returned a different run than the requested one");
    }

    public Task<IReadOnlyList<GitHubJob>> ListJobsOfAttemptAsync(string repository, long runId, int attempt, CancellationToken cancellationToken) =>
        _jobs.ReadAllAsync("ListJobs", $"repos/{repository}/actions/runs/{runId}/attempts/{attempt}/jobs", GitHubPriority.Low, cancellationToken);

    public async Task RequestAsync(string repository, RunRequest request, long id, CancellationToken cancellationToken)
    {
        var (operation, path) = request switch
        {
            RunRequest.Cancel => ("CancelRun", $"runs/{id}/cancel"),
            RunRequest.ForceCancel => ("ForceCancelRun", $"runs/{id}/force-cancel"),
            RunRequest.RerunJob => ("RerunJob", $"jobs/{id}/rerun"),
            RunRequest.RerunFailedJobs => ("RerunFailedJobs", $"runs/{id}/rerun-failed-jobs"),
            _ => ("RerunRun", $"runs/{id}/rerun"),
        };
        var call = new GitHubCall(operation, HttpMethod.Post, $"repos/{repository}/actions/{path}", GitHubPriority.Low);
        var (answer, token) = await SendAsync(call, cancellationToken);
        if (!answer.IsSuccess)
        {
            throw GitHubFailure.Plain(
                GitHubFailure.ReasonOf(answer.Status, answer.ReadError()?.Message),
                $"{operation} was answered {(int)answer.Status}: {GitHubFailure.MessageOf(answer, token)}",
                answer,
                GitHubFailure.FullTextOf(answer, token));
        }
    }

    public async Task<GitHubJob?> GetJobAsync(string repository, long jobId, CancellationToken cancellationToken)
    {
        var call = new GitHubCall("GetJob", HttpMethod.Get, $"repos/{repository}/actions/jobs/{jobId}", GitHubPriority.Low);
        return (await SendForSuccessOrAsync(call, HttpStatusCode.NotFound, cancellationToken))?.Read(GitHubJson.Default.GitHubJob);
    }

    // For an organization the response is a bare array, for an installation an object with a count.
    private GitHubPage<GitHubRepository> ReadRepositories(GitHubAnswer answer)
    {
        if (answer.Body.AsSpan().TrimStart(" \r\n\t"u8).StartsWith("["u8))
        {
            return PageOf(answer, totalCount: null, answer.Read(GitHubJson.Default.IReadOnlyListGitHubRepository));
        }

        var page = answer.Read(GitHubJson.Default.GitHubRepositoryPage);
        return PageOf(answer, page.TotalCount, page.Repositories);
    }

    private GitHubPage<GitHubWorkflowRun> ReadRuns(GitHubAnswer answer)
    {
        var page = answer.Read(GitHubJson.Default.GitHubWorkflowRunPage);
        return PageOf(answer, page.TotalCount, page.WorkflowRuns);
    }

    private GitHubPage<GitHubJob> ReadJobs(GitHubAnswer answer)
    {
        var page = answer.Read(GitHubJson.Default.GitHubJobPage);
        return PageOf(answer, page.TotalCount, page.Jobs);
    }
}

using System.Collections.Concurrent;
using Operator.GitHub;
using Operator.GitHub.Rest;

namespace Operator.Tests.Demand.Webhooks;

/// <summary>Scripted answers of GitHub about jobs and hooks, and the recorded requests.</summary>
internal sealed class FakeGitHub : IGitHubWorkflows, IGitHubHooks
{
    public ConcurrentQueue<string> Asked { get; } = [];

    /// <summary>By repository and state.</summary>
    public Func<string, string, IReadOnlyList<GitHubWorkflowRun>> Runs { get; set; } = (_, _) => [];

    public Func<long, IReadOnlyList<GitHubJob>> Jobs { get; set; } = _ => [];

    public GitHubJob? Job { get; set; }

    /// <summary>By number; <see cref="Job"/> unless set.</summary>
    public Func<long, GitHubJob?>? JobOf { get; set; }

    /// <summary>Deliveries that are not repeated, and why.</summary>
    public Func<long, GitHubApiException?> Refuse { get; set; } = _ => null;

    /// <summary>Hooks whose deliveries are not listed, and why.</summary>
    public Func<string, GitHubApiException?> RefuseHook { get; set; } = _ => null;

    public Func<IReadOnlyList<GitHubHookPath>> Hooks { get; set; } = () => [new("app/hook", IsOfApp: true)];

    public IReadOnlyList<GitHubHookDelivery> Deliveries { get; set; } = [];

    public Task<IReadOnlyList<GitHubRepository>?> ListRepositoriesAsync(GitHubTarget target, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public Task<IReadOnlyList<GitHubWorkflowRun>> ListRunsAsync(string repository, string status, CancellationToken cancellationToken) =>
        Answer($"runs {repository} {status}", () => Runs(repository, status));

    public Task<IReadOnlyList<GitHubWorkflowRun>> ListCompletedRunsAsync(string repository, DateTimeOffset from, DateTimeOffset to, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public Task<IReadOnlyList<GitHubJob>> ListJobsAsync(string repository, long runId, CancellationToken cancellationToken) =>
        Answer($"jobs {runId}", () => Jobs(runId));

    public Task<GitHubJob?> GetJobAsync(string repository, long jobId, CancellationToken cancellationToken) => Answer($"job {jobId}", () => JobOf is null ? Job : JobOf(jobId));

    public Task<GitHubWorkflowRun?> GetRunAsync(string repository, long runId, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<IReadOnlyList<GitHubJob>> ListJobsOfAttemptAsync(string repository, long runId, int attempt, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public Task RequestAsync(string repository, RunRequest request, long id, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<IReadOnlyList<GitHubHookPath>> FindHooksAsync(GitHubTarget target, string receiverPath, CancellationToken cancellationToken) =>
        Answer("hooks", Hooks);

    public Task<IReadOnlyList<GitHubHookDelivery>> ListDeliveriesAsync(
        GitHubHookPath hook, DateTimeOffset since, CancellationToken cancellationToken) =>
        Answer("deliveries", () => RefuseHook(hook.Path) is { } refusal ? throw refusal : Deliveries);

    public Task RedeliverAsync(GitHubHookPath hook, long deliveryId, CancellationToken cancellationToken) =>
        Answer($"redeliver {deliveryId}", () => Refuse(deliveryId) is { } refusal ? throw refusal : deliveryId);

    private Task<T> Answer<T>(string question, Func<T> answer)
    {
        Asked.Enqueue(question);
        try
        {
            return Task.FromResult(answer());
        }
        catch (GitHubApiException e)
        {
            return Task.FromException<T>(e);
        }
    }
}

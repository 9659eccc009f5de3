using System.Net;
using Operator.Forges;
using Operator.GitHub.Registrations;
using Operator.GitHub.Rest;

namespace Operator.GitHub.Runs;

/// <summary>Reads, cancels and reruns workflow runs.</summary>
internal sealed class WorkflowRuns(IGitHubConnections connections, ForgeBulkhead slow)
{
    // Only GitHub's message shows whether a 403 is temporary.
    private const string StillRunning = "already running";
    private const string NotIntegrated = "not accessible by";
    private const string LacksAdministration = "must have admin rights";

    /// <summary>The current state of a run.</summary>
    /// <returns>The run; null if the credential can see none.</returns>
    /// <exception cref="ProviderException">GitHub refuses or is unreachable.</exception>
    public Task<RunSnapshot?> FindAsync(GitHubScope scope, string repository, long runId, CancellationToken cancellationToken) =>
        CallAsync<RunSnapshot?>(scope, async (client, token) =>
        {
            if (await client.GetRunAsync(repository, runId, token) is not { } run)
            {
                return null;
            }

            var attempt = Math.Max(1, run.RunAttempt);
            var jobs = await client.ListJobsOfAttemptAsync(repository, runId, attempt, token);
            return new(
                attempt,
                run.Status == "completed",
                run.Status == "waiting" || run.Conclusion == "action_required",
                [.. jobs.Select(job => Of(job, attempt))]);
        }, cancellationToken);

    /// <summary>How a run stands, without its jobs.</summary>
    /// <returns>The run; null when there is none that the credential may see.</returns>
    /// <exception cref="ProviderException">GitHub refuses, or could not be reached.</exception>
    public Task<RunState?> FindStateAsync(GitHubScope scope, string repository, long runId, CancellationToken cancellationToken) =>
        CallAsync<RunState?>(
            scope,
            async (client, token) => await client.GetRunAsync(repository, runId, token) is { } run
                ? new(Math.Max(1, run.RunAttempt), run.Status == "completed", run.Conclusion)
                : null,
            cancellationToken);

    /// <summary>Asks for the end of a run, or for its repetition.</summary>
    /// <param name="scope">Where, and with which credential.</param>
    /// <param name="repository">Owner and name.</param>
    /// <param name="request">The request.</param>
    /// <param name="id">The run, or the job for <see cref="RunRequest.RerunJob"/>.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="ProviderException">GitHub is unreachable or overloaded, or requests a pause.</exception>
    public Task<RunReply> RequestAsync(GitHubScope scope, string repository, RunRequest request, long id, CancellationToken cancellationToken) =>
        CallAsync(scope, async (client, token) =>
        {
            try
            {
                await client.RequestAsync(repository, request, id, token);
                return new RunReply(RunAnswer.Accepted);
            }
            catch (GitHubApiException e) when (MeaningOf(e) is { } meaning)
            {
                return new RunReply(meaning, e.Message);
            }
        }, cancellationToken);

    private static RunAnswer? MeaningOf(GitHubApiException e)
    {
        bool Says(string words) => e.AnswerText?.Contains(words, StringComparison.OrdinalIgnoreCase) == true;
        return (HttpStatusCode?)e.StatusCode switch
        {
            _ when e is GitHubRateLimitedException => null,
            HttpStatusCode.Conflict => RunAnswer.NotNow,
            HttpStatusCode.Forbidden when Says(StillRunning) => RunAnswer.NotNow,
            HttpStatusCode.Forbidden when e.Reason == GitHubErrors.Forbidden && (Says(NotIntegrated) || Says(LacksAdministration)) => RunAnswer.Forbidden,
            HttpStatusCode.Forbidden when e.Reason == GitHubErrors.Forbidden => RunAnswer.Refused,
            HttpStatusCode.NotFound or HttpStatusCode.UnprocessableEntity or HttpStatusCode.BadRequest or HttpStatusCode.Gone => RunAnswer.Refused,
            _ => null,
        };
    }

    private static JobSnapshot Of(GitHubJob job, int attempt) => new(
        job.Id,
        job.RunAttempt > 0 ? job.RunAttempt : attempt,
        job.RunnerName,
        job.RunnerId,
        job.Status == "completed" ? job.Conclusion ?? "failure" : null,
        job.CompletedAt)
    {
        HasOpenStep = job.Steps.Any(step => step.Status is not null and not "completed"),
        HasCancelledStep = job.Steps.Any(step => step.Conclusion == "cancelled"),
    };

    private Task<T> CallAsync<T>(GitHubScope scope, Func<IGitHubClient, CancellationToken, Task<T>> callAsync, CancellationToken cancellationToken) =>
        slow.CallAsync(scope.Target, async token =>
        {
            try
            {
                return await callAsync(connections.Get(scope.Target, scope.Credentials), token);
            }
            catch (GitHubApiException e)
            {
                throw RegistryFailures.From(scope.Target, e);
            }
        }, cancellationToken);
}

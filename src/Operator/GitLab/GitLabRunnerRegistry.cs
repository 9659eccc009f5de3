using System.Globalization;
using Operator.Forges;
using Operator.GitHub.Rest;
using Operator.GitLab.Rest;

namespace Operator.GitLab;

/// <summary>
/// Creates a runner for each machine, and deletes it again. Creating is not idempotent and names are not unique, so a runner is first looked for by its name, which its description begins with. Deleting has
/// no answer for a busy runner: it is paused, then its jobs are looked at, and only an idle one is deleted.
/// </summary>
/// <param name="connections">Clients, shared per GitLab and token.</param>
/// <param name="slow">Bounds the calls waiting for a slow host.</param>
/// <param name="clock">The clock.</param>
internal sealed class GitLabRunnerRegistry(IGitLabConnections connections, ForgeBulkhead slow, TimeProvider clock) : IRunnerRegistry
{
    private const int MostOfDescription = 1024;
    private const int MostTags = 50;
    private static readonly TimeSpan ShortestTimeout = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan ForgetListsAfter = TimeSpan.FromHours(1);
    private readonly ExpiringMap<(GitLabTarget, GitLabCredentials), SharedRunnerList> _lists = new(ForgetListsAfter, clock);

    public Task<NewRunner> RegisterAsync(RunnerScope scope, RunnerRequest request, CancellationToken cancellationToken) =>
        CallAsync(scope, async (client, own, token) =>
        {
            foreach (var left in (await client.ListRunnersAsync(own.Target, request.Name, GitHubPriority.High, token)).Select(FromGitLab).OfType<RegisteredRunner>())
            {
                // Left over from a call whose answer was lost, or from before a crash.
                if (left.Name == request.Name && await RemoveAsync(client, own.Target, left.Id, token) == RemovalOutcome.Busy)
                {
                    return new NewRunner(left.Id, left.Name, StartSecret: null);
                }
            }

            var created = await client.CreateRunnerAsync(own.Target, RunnerOf(own, request), token);
            return new NewRunner(created.Id, request.Name, created.Token);
        }, cancellationToken);

    public Task<RegistrationToken> CreateTokenAsync(RunnerScope scope, CancellationToken cancellationToken) =>
        throw new RegistryException(GitLabErrors.InvalidRequest, "GitLab's registration tokens are gone: the operator creates each runner") { IsPermanent = true };

    // "Already gone" would prove that a job is over, which it does not here: someone may have deleted the runner of a running job.
    public Task<RemovalOutcome> RemoveAsync(RunnerScope scope, long id, CancellationToken cancellationToken) =>
        CallAsync(scope, (client, own, token) => RemoveAsync(client, own.Target, id, token), cancellationToken);

    public Task<RegisteredRunner?> FindAsync(RunnerScope scope, long id, CancellationToken cancellationToken) =>
        CallAsync(scope, async (client, own, token) =>
        {
            if (!await client.HasRunnerAsync(own.Target, id, token))
            {
                return null;
            }

            var jobs = await client.ListJobsOfRunnerAsync(own.Target, id, token);
            var isBusy = jobs.Any(job => job.IsUnfinished);
            return new RegisteredRunner(id, id.ToString(CultureInfo.InvariantCulture), Online: jobs.Count > 0, isBusy, []) { HasServed = jobs.Count > 0 && !isBusy };
        }, cancellationToken);

    public Task<RunnerList> ListAsync(RunnerScope scope, TimeSpan maxAge, CancellationToken cancellationToken)
    {
        var list = ListOf(scope);
        return list.LastWithin(maxAge, clock.GetUtcNow()) is { } last
            ? Task.FromResult(last)
            : CallAsync(scope, (_, _, token) => list.Call.RunAsync(token), cancellationToken);
    }

    public async Task<RunnerList> ListInBackgroundAsync(RunnerScope scope, TimeSpan maxAge, CancellationToken cancellationToken)
    {
        var list = ListOf(scope);
        return list.LastWithin(maxAge, clock.GetUtcNow()) ?? await TranslateAsync(scope, () => list.Call.RunAsync(cancellationToken));
    }

    private SharedRunnerList ListOf(RunnerScope scope)
    {
        var own = (GitLabScope)scope;
        return _lists.GetOrRenew((own.Target, own.Credentials), () => new SharedRunnerList(() => ReadAsync(own)));
    }

    private async Task<RunnerList> ReadAsync(GitLabScope scope)
    {
        var takenAt = clock.GetUtcNow();
        var runners = await connections.Get(scope.Target, scope.Credentials).ListRunnersAsync(scope.Target, search: null, GitHubPriority.Low, CancellationToken.None);
        return new RunnerList(runners.Select(FromGitLab).OfType<RegisteredRunner>().DistinctBy(runner => runner.Id), takenAt);
    }

    // A request that was under way when the runner was paused may still win a job: its machine finishes that, since the job has a token of its own.
    private static async Task<RemovalOutcome> RemoveAsync(IGitLabClient client, GitLabTarget target, long id, CancellationToken cancellationToken)
    {
        if (!await client.PauseRunnerAsync(target, id, cancellationToken))
        {
            return RemovalOutcome.Removed;
        }

        if ((await client.ListJobsOfRunnerAsync(target, id, cancellationToken)).Any(job => job.IsUnfinished))
        {
            return RemovalOutcome.Busy;
        }

        await client.DeleteRunnerAsync(target, id, cancellationToken);
        return RemovalOutcome.Removed;
    }

    private static GitLabNewRunner RunnerOf(GitLabScope scope, RunnerRequest request) => new()
    {
        RunnerType = scope.Target.Kind switch
        {
            GitLabTargetKind.Project => "project_type",
            GitLabTargetKind.Group => "group_type",
            _ => "instance_type",
        },
        Description = ErrorText.Shorten(request.Machine is null ? request.Name : $"{request.Name} {request.Machine}", MostOfDescription),
        TagList = [.. request.Labels.Take(MostTags)],
        RunUntagged = scope.RunUntagged,
        Locked = scope.Locked,
        AccessLevel = scope.Protected ? "ref_protected" : "not_protected",
        MaximumTimeout = (long)(request.MaxRuntime is { } limit && limit > ShortestTimeout ? limit : ShortestTimeout).TotalSeconds,
    };

    // A machine that was lost stays ONLINE for two hours; that it never contacted GitLab is known at once.
    private static RegisteredRunner? FromGitLab(GitLabRunner runner)
    {
        var isBusy = runner.JobExecutionStatus == "ACTIVE";
        return long.TryParse(runner.Id?.Split('/')[^1], NumberStyles.None, CultureInfo.InvariantCulture, out var id) && id > 0
            ? new(id, (runner.Description ?? "").Split(' ')[0], runner.Status == "ONLINE", isBusy, runner.TagList ?? []) { HasServed = runner.JobCount > 0 && !isBusy }
            : null;
    }

    private Task<T> CallAsync<T>(RunnerScope scope, Func<IGitLabClient, GitLabScope, CancellationToken, Task<T>> call, CancellationToken cancellationToken) =>
        slow.CallAsync(scope.Target, token => TranslateAsync(scope, () => call(connections.Get(((GitLabScope)scope).Target, ((GitLabScope)scope).Credentials), (GitLabScope)scope, token)), cancellationToken);

    private static async Task<T> TranslateAsync<T>(RunnerScope scope, Func<Task<T>> call)
    {
        try
        {
            return await call();
        }
        catch (GitLabApiException e)
        {
            throw Translate(scope.Target, e);
        }
    }

    /// <summary>Translates a failure for conditions: a reason, and what to do.</summary>
    public static RegistryException Translate(ForgeTarget target, GitLabApiException e) => new(e.Reason, $"{target}: {e.Message}; {e.Remedy}", e)
    {
        IsPermanent = GitLabErrors.NeedsAChange(e.Reason),
        IsUnreachable = e.Reason == GitLabErrors.Unreachable,
        IsNotFound = e.Reason == GitLabErrors.NotFound,
        RetryAfter = e.RetryAfter,
    };
}

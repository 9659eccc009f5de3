using Operator.Forges;
using Operator.GitHub.Rest;

namespace Operator.GitHub.Registrations;

/// <inheritdoc cref="IRunnerRegistry"/>
/// <param name="connections">Clients, shared per API and credential.</param>
/// <param name="slow">Bounds the calls waiting for a slow host.</param>
/// <param name="clock">The clock.</param>
internal sealed class GitHubRunnerRegistry(IGitHubConnections connections, ForgeBulkhead slow, TimeProvider clock) : IRunnerRegistry
{
    /// <summary>Reason: the pool's runner group does not exist.</summary>
    public const string RunnerGroupNotFound = "RunnerGroupNotFound";

    private static readonly TimeSpan ForgetListsAfter = TimeSpan.FromHours(1);
    private static readonly TimeSpan ForgetRemovalsAfter = TimeSpan.FromMinutes(10);
    private readonly RunnerGroups _groups = new(clock);

    // A retry gets the answer that arrived too late: only "removed", as opposed to "already gone", means that a job may still run there.
    private readonly ExpiringMap<(RunnerScope Scope, long Id), Task<RemovalOutcome>> _removals = new(ForgetRemovalsAfter, clock);
    private readonly ExpiringMap<(GitHubTarget, GitHubCredentials), SharedRunnerList> _lists = new(ForgetListsAfter, clock);

    public Task<NewRunner> RegisterAsync(RunnerScope scope, RunnerRequest request, CancellationToken cancellationToken) =>
        RegisterAsync((GitHubScope)scope, request, cancellationToken);

    private Task<NewRunner> RegisterAsync(GitHubScope scope, RunnerRequest runner, CancellationToken cancellationToken) =>
        CallAsync(scope, async (client, token) =>
        {
            var group = await _groups.FindAsync(client, scope, token);
            var request = new GitHubJitConfigRequest(runner.Name, group, runner.Labels, runner.WorkFolder);
            try
            {
                return await GenerateAsync(client, scope, request, token);
            }
            catch (GitHubNameTakenException)
            {
                return await FindBusyOrRemoveAsync(client, scope, runner.Name, token)
                    ?? await GenerateAsync(client, scope, request, token);
            }
            catch (GitHubApiException exception) when (exception.Reason is GitHubErrors.NotFound or GitHubErrors.InvalidRequest)
            {
                _groups.Forget(scope);
                throw;
            }
        }, cancellationToken);

    public Task<RegistrationToken> CreateTokenAsync(RunnerScope scope, CancellationToken cancellationToken) => CreateTokenAsync((GitHubScope)scope, cancellationToken);

    // A group that is missing here is missing on the machine, where nobody would read why.
    private Task<RegistrationToken> CreateTokenAsync(GitHubScope scope, CancellationToken cancellationToken) =>
        CallAsync(scope, async (client, token) =>
        {
            await _groups.FindAsync(client, scope, token);
            return await client.CreateRegistrationTokenAsync(scope.Target, token);
        }, cancellationToken);

    public Task<RemovalOutcome> RemoveAsync(RunnerScope scope, long id, CancellationToken cancellationToken) =>
        slow.CallAsync(scope.Target, async token =>
        {
            var removal = _removals.GetOrRenew((scope, id), () => RemoveAsync((GitHubScope)scope, id));
            try
            {
                return await removal.WaitAsync(token);
            }
            finally
            {
                if (removal.IsCompleted)
                {
                    _removals.Remove((scope, id));
                }
            }
        }, cancellationToken);

    public Task<RegisteredRunner?> FindAsync(RunnerScope scope, long id, CancellationToken cancellationToken) =>
        CallAsync(scope, async (client, token) =>
            await client.GetRunnerAsync(((GitHubScope)scope).Target, id, token) is { } runner ? FromGitHub(runner) : null, cancellationToken);

    public Task<RunnerList> ListAsync(RunnerScope scope, TimeSpan maxAge, CancellationToken cancellationToken)
    {
        var list = ListOf(scope);
        return list.LastWithin(maxAge, clock.GetUtcNow()) is { } last
            ? Task.FromResult(last)
            : CallAsync(scope, (_, token) => list.Call.RunAsync(token), cancellationToken);
    }

    public Task<RunnerList> ListInBackgroundAsync(RunnerScope scope, TimeSpan maxAge, CancellationToken cancellationToken)
    {
        var list = ListOf(scope);
        return list.LastWithin(maxAge, clock.GetUtcNow()) is { } last
            ? Task.FromResult(last)
            : TranslateAsync(scope, _ => list.Call.RunAsync(cancellationToken));
    }

    private SharedRunnerList ListOf(RunnerScope scope)
    {
        var gitHub = (GitHubScope)scope;
        return _lists.GetOrRenew((gitHub.Target, gitHub.Credentials), () => new SharedRunnerList(() => ReadAsync(gitHub)));
    }

    private Task<RemovalOutcome> RemoveAsync(GitHubScope scope, long id) =>
        TranslateAsync(scope, async client => await client.DeleteRunnerAsync(scope.Target, id, CancellationToken.None) switch
        {
            RunnerDeletion.Deleted => RemovalOutcome.Removed,
            RunnerDeletion.NotFound => RemovalOutcome.AlreadyGone,
            _ => RemovalOutcome.Busy,
        });

    private async Task<RunnerList> ReadAsync(GitHubScope scope)
    {
        var takenAt = clock.GetUtcNow();
        var runners = await connections.Get(scope.Target, scope.Credentials).ListRunnersAsync(scope.Target, CancellationToken.None);
        return new RunnerList(runners.Select(FromGitHub), takenAt);
    }

    private static async Task<NewRunner> GenerateAsync(
        IGitHubClient client, GitHubScope scope, GitHubJitConfigRequest request, CancellationToken cancellationToken)
    {
        var config = await client.GenerateJitConfigAsync(scope.Target, request, cancellationToken);
        return new NewRunner(config.Runner.Id, config.Runner.Name, config.EncodedJitConfig);
    }

    // The name is made of our lease. A busy holder of it is our own machine at work; an idle one goes, and its machine waits for the next config.
    private static async Task<NewRunner?> FindBusyOrRemoveAsync(
        IGitHubClient client, GitHubScope scope, string name, CancellationToken cancellationToken)
    {
        var holder = await client.FindRunnerByNameAsync(scope.Target, name, cancellationToken);
        var stays = holder is { Busy: true }
            || (holder is not null && await client.DeleteRunnerAsync(scope.Target, holder.Id, cancellationToken) == RunnerDeletion.Busy);
        return stays ? new NewRunner(holder!.Id, holder.Name, StartSecret: null) : null;
    }

    private Task<T> CallAsync<T>(RunnerScope scope, Func<IGitHubClient, CancellationToken, Task<T>> call, CancellationToken cancellationToken) =>
        slow.CallAsync(scope.Target, token => TranslateAsync(scope, client => call(client, token)), cancellationToken);

    private async Task<T> TranslateAsync<T>(RunnerScope scope, Func<IGitHubClient, Task<T>> call)
    {
        try
        {
            var gitHub = (GitHubScope)scope;
            return await call(connections.Get(gitHub.Target, gitHub.Credentials));
        }
        catch (GitHubApiException exception)
        {
            throw RegistryFailures.From(scope.Target, exception);
        }
    }

    private static RegisteredRunner FromGitHub(GitHubRunner runner) =>
        new(runner.Id, runner.Name, runner.Status == "online", runner.Busy, [.. runner.Labels.Select(label => label.Name).OfType<string>()]) { Version = runner.Version };
}

using System.Collections.Concurrent;
using Operator.GitHub.Rest;

namespace Operator.GitHub.Registrations;

/// <inheritdoc cref="IRunnerRegistry"/>
/// <param name="connections">Clients, shared per API and credential.</param>
/// <param name="clock">Time.</param>
internal sealed class GitHubRunnerRegistry(IGitHubConnections connections, TimeProvider clock) : IRunnerRegistry
{
    /// <summary>Reason: the pool names a runner group that does not exist.</summary>
    public const string RunnerGroupNotFound = "RunnerGroupNotFound";

    private static readonly TimeSpan ForgetListsAfter = TimeSpan.FromHours(1);
    private readonly RunnerGroups _groups = new(clock);
    private readonly GitHubBulkhead _slow = new(clock);
    private readonly ConcurrentDictionary<(GitHubTarget, GitHubCredentials), SharedList> _lists = new();

    public Task<MintedRunner> MintAsync(
        RunnerScope scope, string name, IReadOnlyList<string> labels, string workFolder, CancellationToken cancellationToken) =>
        CallAsync(scope, async client =>
        {
            var group = await _groups.FindAsync(client, scope, cancellationToken);
            var request = new GitHubJitConfigRequest(name, group, labels, workFolder);
            try
            {
                return await GenerateAsync(client, scope, request, cancellationToken);
            }
            catch (GitHubNameTakenException)
            {
                return await FindBusyOrRemoveAsync(client, scope, name, cancellationToken)
                    ?? await GenerateAsync(client, scope, request, cancellationToken);
            }
            catch (GitHubApiException exception) when (exception.Reason is GitHubErrors.NotFound or GitHubErrors.InvalidRequest)
            {
                _groups.Forget(scope);
                throw;
            }
        });

    public Task<RemovalOutcome> RemoveAsync(RunnerScope scope, long id, CancellationToken cancellationToken) =>
        CallAsync(scope, async client => await client.DeleteRunnerAsync(scope.Target, id, cancellationToken) switch
        {
            RunnerDeletion.Deleted => RemovalOutcome.Removed,
            RunnerDeletion.NotFound => RemovalOutcome.AlreadyGone,
            _ => RemovalOutcome.Busy,
        });

    public Task<RegisteredRunner?> FindAsync(RunnerScope scope, long id, CancellationToken cancellationToken) =>
        CallAsync(scope, async client =>
            await client.GetRunnerAsync(scope.Target, id, cancellationToken) is { } runner ? FromGitHub(runner) : null);

    public Task<RunnerList> ListAsync(RunnerScope scope, TimeSpan maxAge, CancellationToken cancellationToken)
    {
        var key = (scope.Target, scope.Credentials);
        if (!_lists.TryGetValue(key, out var list))
        {
            ForgetUnused();
            list = _lists.GetOrAdd(key, _ => new SharedList(() => ReadAsync(scope)));
        }

        if (list.Last is { } last && clock.GetUtcNow() - last.TakenAt <= maxAge && maxAge > TimeSpan.Zero)
        {
            return Task.FromResult(last);
        }

        // Whoever takes any list asks for a lease, of which there are many; a sweep and a pool's trial are one.
        return maxAge == TimeSpan.MaxValue
            ? CallAsync(scope, _ => list.Call.RunAsync(cancellationToken))
            : TranslateAsync(scope, _ => list.Call.RunAsync(cancellationToken));
    }

    private async Task<RunnerList> ReadAsync(RunnerScope scope)
    {
        var takenAt = clock.GetUtcNow();
        var runners = await connections.Get(scope.Target, scope.Credentials).ListRunnersAsync(scope.Target, CancellationToken.None);
        return new RunnerList(runners.Select(FromGitHub), takenAt);
    }

    private static async Task<MintedRunner> GenerateAsync(
        IGitHubClient client, RunnerScope scope, GitHubJitConfigRequest request, CancellationToken cancellationToken)
    {
        var config = await client.GenerateJitConfigAsync(scope.Target, request, cancellationToken);
        return new MintedRunner(config.Runner.Id, config.Runner.Name, config.EncodedJitConfig);
    }

    // The name is made of our lease. A busy holder of it is our own machine at work; an idle one goes, and its machine waits for the next config.
    private static async Task<MintedRunner?> FindBusyOrRemoveAsync(
        IGitHubClient client, RunnerScope scope, string name, CancellationToken cancellationToken)
    {
        var holder = await client.FindRunnerByNameAsync(scope.Target, name, cancellationToken);
        var stays = holder is { Busy: true }
            || (holder is not null && await client.DeleteRunnerAsync(scope.Target, holder.Id, cancellationToken) == RunnerDeletion.Busy);
        return stays ? new MintedRunner(holder!.Id, holder.Name, EncodedJitConfig: null) : null;
    }

    private Task<T> CallAsync<T>(RunnerScope scope, Func<IGitHubClient, Task<T>> call) =>
        _slow.CallAsync(scope.Target, () => TranslateAsync(scope, call));

    private async Task<T> TranslateAsync<T>(RunnerScope scope, Func<IGitHubClient, Task<T>> call)
    {
        try
        {
            return await call(connections.Get(scope.Target, scope.Credentials));
        }
        catch (GitHubApiException exception)
        {
            throw RegistryFailures.From(scope.Target, exception);
        }
    }

    private void ForgetUnused()
    {
        var oldest = clock.GetUtcNow() - ForgetListsAfter;
        foreach (var (key, list) in _lists)
        {
            if (list.Last is { } last && last.TakenAt < oldest)
            {
                _lists.TryRemove(key, out _);
            }
        }
    }

    private static RegisteredRunner FromGitHub(GitHubRunner runner) =>
        new(runner.Id, runner.Name, runner.Status == "online", runner.Busy, [.. runner.Labels.Select(label => label.Name).OfType<string>()]) { Version = runner.Version };

    private sealed class SharedList
    {
        private volatile RunnerList? _last;

        public SharedList(Func<Task<RunnerList>> read) =>
            Call = new SharedCall<RunnerList>(async () => _last = await read());

        public RunnerList? Last => _last;

        public SharedCall<RunnerList> Call { get; }
    }
}

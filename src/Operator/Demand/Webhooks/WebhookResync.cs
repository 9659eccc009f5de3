using System.Collections.Concurrent;
using Operator.GitHub.Rest;
using Operator.Leases;

namespace Operator.Demand.Webhooks;

/// <summary>
/// Recovers lost webhooks. About once a minute, each target is asked for its queued and running jobs, whatever webhooks have reported; jobs
/// without a lease get one. Targets are checked independently, so that a slow or failing one delays no other. Leader only.
/// </summary>
internal sealed partial class WebhookResync(
    ServingPools pools, WebhookSecrets secrets, ResyncRound round, WebhookDemandStatus statuses, RuntimeEnvironment environment, ILogger<WebhookResync> logger) : ILeaderService
{
    /// <summary>A new pool's target is checked this soon.</summary>
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(5);

    /// <summary>
    /// A check reads one repository after another, and no call waits for GitHub's rate limits: the slowest takes minutes.
    /// </summary>
    private static readonly TimeSpan Hanging = TimeSpan.FromHours(1);

    public LoopProgress Progress { get; } = new(environment.Time, Hanging);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var checks = new TargetChecks(environment, Progress);
        while (!cancellationToken.IsCancellationRequested)
        {
            Progress.ComeRound();
            var targets = ResyncTarget.Group(pools.List()).ToList();
            foreach (var gone in checks.KeepOnly(targets.Select(target => target.Key)))
            {
                statuses.Forget(gone);
                round.Forget(gone);
            }

            targets.ForEach(target => checks.Start(CheckOf(target), cancellationToken));
            await Task.Delay(Tick, environment.Time, cancellationToken);
        }
    }

    private TargetCheck CheckOf(ResyncTarget target) => new(target.Key, target.Target.WebUrl, round.Interval)
    {
        RunAsync = async token =>
        {
            await secrets.RefreshAsync(token);
            await round.RunAsync(target, environment.Time.GetUtcNow(), token);
        },
        Checked = problem => statuses.Checked(target, problem),
        Log = e => LogFailed(logger, e, target.Target.WebUrl),
    };

    [LoggerMessage(Level = LogLevel.Warning, Message = "Checking the queued jobs of {Target} failed; retrying")]
    private static partial void LogFailed(ILogger logger, Exception exception, Uri target);
}

/// <summary>One check of one target.</summary>
internal sealed class ResyncRound(
    IGitHubConnections connections,
    PoolScopes scopes,
    JobReconciliation reconciliation,
    DeliveryRecovery deliveries,
    WebhookMetrics metrics,
    DemandOptions options)
{
    private readonly ConcurrentDictionary<string, (IReadOnlySet<string> Active, string? Cursor)> _last = new(StringComparer.Ordinal);

    /// <summary>A target is gone.</summary>
    public void Forget(string target) => _last.TryRemove(target, out _);

    /// <summary>Time between checks.</summary>
    public TimeSpan Interval => options.WebhookResync;

    /// <summary>Checks a target.</summary>
    /// <param name="target">The target.</param>
    /// <param name="begun">The current time.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="ProviderException">GitHub refuses or is unreachable, or there are no credentials.</exception>
    public async Task RunAsync(ResyncTarget target, DateTimeOffset begun, CancellationToken cancellationToken)
    {
        var scope = await scopes.ReadGitHubAsync(target.Pools[0].Pool, cancellationToken);
        var gitHub = connections.Get(scope.Target, scope.Credentials);
        var check = await EachItem.FailureOfAsync(() => CheckAsync(target, gitHub, begun, cancellationToken), cancellationToken);
        var recovery = await EachItem.FailureOfAsync(
            () => deliveries.RecoverAsync(gitHub, target.Target, scope.Credentials, cancellationToken), cancellationToken);
        var failure = check ?? recovery;
        metrics.ResyncFailed(failure);
        EachItem.ThrowIfAny(failure is GitHubApiException refused ? new ProviderException(refused.Reason, refused.Message, refused) : failure);
    }

    private async Task CheckAsync(ResyncTarget target, IGitHubClient gitHub, DateTimeOffset begun, CancellationToken cancellationToken)
    {
        var (seen, cursor) = _last.GetValueOrDefault(target.Key, (new HashSet<string>(), null));
        var active = seen.Concat(reconciliation.RepositoriesOf(target)).ToHashSet(StringComparer.OrdinalIgnoreCase);
        var repositories = await gitHub.ListRepositoriesAsync(target.Target, cancellationToken);
        var chosen = JobSurvey.Choose(repositories?.Select(repository => repository.FullName) ?? [], active, cursor);
        var survey = await JobSurvey.TakeAsync(gitHub, chosen, cancellationToken);
        _last[target.Key] = (
            survey.Jobs.Select(found => found.Repository).ToHashSet(StringComparer.OrdinalIgnoreCase),
            chosen.LastOrDefault(name => !active.Contains(name)));
        await reconciliation.ReconcileAsync(target, survey, gitHub, begun, cancellationToken);
        EachItem.ThrowIfAny(survey.Failure);
    }
}

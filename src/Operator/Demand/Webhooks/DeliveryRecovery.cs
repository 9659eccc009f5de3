using Operator.GitHub;
using Operator.GitHub.Rest;

namespace Operator.Demand.Webhooks;

/// <summary>
/// Asks GitHub for the deliveries that did not reach the endpoint, and to repeat them: GitHub does not by itself. Where the credential
/// may not ask, nothing is repeated, and the check of queued jobs alone makes good what is lost.
/// </summary>
internal sealed partial class DeliveryRecovery(WebhookMetrics metrics, TimeProvider timeProvider, ILogger<DeliveryRecovery> logger)
{
    /// <summary>Older ones tell of what has long been found out otherwise.</summary>
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(30);

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(45);
    private static readonly TimeSpan PauseWhenRefused = TimeSpan.FromMinutes(30);
    private const int MostAttempts = 3;
    private const int MostAtOnce = 100;
    private const int RememberedDeliveries = 10_000;

    private readonly ExpiringMap<string, DateTimeOffset> _due = new(PauseWhenRefused, timeProvider, StringComparer.Ordinal);
    private readonly RecentIds<(string Target, long Id)> _repeated = new(RememberedDeliveries);

    /// <summary>Repeats what failed at one target.</summary>
    /// <param name="gitHub">Where to ask.</param>
    /// <param name="target">The target.</param>
    /// <param name="credentials">Names the App: its webhook is one for all of its installations.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task RecoverAsync(
        IGitHubHooks gitHub, GitHubTarget target, GitHubCredentials credentials, CancellationToken cancellationToken)
    {
        var key = credentials is GitHubCredentials.App app ? $"{target.ApiBase} app {app.AppId}" : $"{target} {credentials.Fingerprint}";
        var now = timeProvider.GetUtcNow();
        if (_due.TryGet(key, out var due) && now < due)
        {
            return;
        }

        _due.Set(key, now + Pause);
        try
        {
            foreach (var hook in await gitHub.FindHooksAsync(target, WebhookEndpoint.Path, cancellationToken))
            {
                await RecoverAsync(gitHub, key, hook, now - Window, cancellationToken);
            }
        }
        catch (GitHubApiException e) when (e.Reason is GitHubErrors.Forbidden or GitHubErrors.NotFound or GitHubErrors.Unauthorized)
        {
            LogNotPermitted(logger, target.WebUrl, e.Message);
            _due.Set(key, now + PauseWhenRefused);
        }
    }

    /// <summary>What to repeat: deliveries of jobs of which no attempt has succeeded, the newest attempt of each, oldest first.</summary>
    public static IReadOnlyList<GitHubHookDelivery> Failed(IEnumerable<GitHubHookDelivery> deliveries) =>
    [
        .. deliveries
            .Where(delivery => delivery.Event == "workflow_job" && delivery.Action is "queued" or "in_progress" or "completed")
            .GroupBy(delivery => delivery.Guid, StringComparer.Ordinal)
            .Where(attempts => attempts.All(attempt => attempt.StatusCode is < 200 or > 299) && attempts.Count() < MostAttempts)
            .Select(attempts => attempts.MaxBy(attempt => attempt.DeliveredAt)!)
            .OrderBy(attempt => attempt.DeliveredAt)
            .Take(MostAtOnce),
    ];

    private async Task RecoverAsync(IGitHubHooks gitHub, string target, GitHubHookPath hook, DateTimeOffset since, CancellationToken cancellationToken)
    {
        foreach (var delivery in Failed(await gitHub.ListDeliveriesAsync(hook, since, cancellationToken)))
        {
            // An attempt may take a while to appear in the list: each is repeated once.
            if (!_repeated.Contains((target, delivery.Id)))
            {
                await gitHub.RedeliverAsync(hook, delivery.Id, cancellationToken);
                _repeated.Add((target, delivery.Id));
                metrics.Redelivered();
                LogRepeated(logger, delivery.Action, delivery.Guid, delivery.StatusCode);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "No permission to list failed deliveries of {Target}, so none is redelivered: {Why}")]
    private static partial void LogNotPermitted(ILogger logger, Uri target, string why);

    [LoggerMessage(Level = LogLevel.Information, Message = "Requested redelivery of {Action} {Guid}, which had failed ({Status})")]
    private static partial void LogRepeated(ILogger logger, string? action, string guid, int status);
}

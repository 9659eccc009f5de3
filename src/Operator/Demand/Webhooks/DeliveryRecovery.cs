using Operator.GitHub;
using Operator.GitHub.Rest;

namespace Operator.Demand.Webhooks;

/// <summary>
/// Requests redelivery of webhooks that did not reach the endpoint; GitHub does not retry on its own. Without permission to do so, only the
/// periodic check of queued jobs recovers what was lost.
/// </summary>
internal sealed partial class DeliveryRecovery(WebhookMetrics metrics, TimeProvider timeProvider, ILogger<DeliveryRecovery> logger)
{
    /// <summary>Older deliveries concern jobs that have been reconciled otherwise by now.</summary>
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(30);

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(45);
    private static readonly TimeSpan PauseWhenRefused = TimeSpan.FromMinutes(30);
    private const int MostAttempts = 3;
    private const int MostAtOnce = 100;
    private const int RememberedDeliveries = 10_000;

    private readonly ExpiringMap<string, DateTimeOffset> _due = new(PauseWhenRefused, timeProvider, StringComparer.Ordinal);
    private readonly RecentIds<(string Target, long Id)> _repeated = new(RememberedDeliveries);

    /// <summary>Redelivers failed deliveries of one target.</summary>
    /// <param name="gitHub">The client.</param>
    /// <param name="target">The target.</param>
    /// <param name="credentials">Identify the App: its webhook is shared by all of its installations.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task RecoverAsync(
        IGitHubHooks gitHub, GitHubTarget target, GitHubCredentials credentials, CancellationToken cancellationToken)
    {
        var key = credentials is GitHubCredentials.App app ? $"{target.ApiBase} app {app.AppId}" : $"{target} {credentials.Fingerprint}";
        if (!IsDue(key))
        {
            return;
        }

        _due.Set(key, timeProvider.GetUtcNow() + Pause);
        IReadOnlyList<GitHubHookPath> hooks = [];
        await UnlessForbiddenAsync(key, target, async () => hooks = await gitHub.FindHooksAsync(target, GitHubWebhooks.Path, cancellationToken));
        EachItem.ThrowIfAny(await EachItem.HandleAsync(
            hooks.Select(hook => (Hook: hook, Key: $"{key} {hook.Path}")).Where(hook => IsDue(hook.Key)),
            (hook, token) => UnlessForbiddenAsync(hook.Key, target, () => RecoverAsync(gitHub, key, hook.Hook, token)),
            cancellationToken));
    }

    /// <summary>
    /// Deliveries to repeat: those of job events without any successful attempt, the newest attempt of each, oldest first.
    /// </summary>
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

    private bool IsDue(string key) => !_due.TryGet(key, out var due) || timeProvider.GetUtcNow() >= due;

    // Forbidden calls are not repeated for a while, whether for all hooks or for one; the others continue.
    private async Task UnlessForbiddenAsync(string key, GitHubTarget target, Func<Task> ask)
    {
        try
        {
            await ask();
        }
        catch (GitHubApiException e) when (e.Reason is GitHubErrors.Forbidden or GitHubErrors.NotFound or GitHubErrors.Unauthorized)
        {
            LogNotPermitted(logger, target.WebUrl, e.Message);
            _due.Set(key, timeProvider.GetUtcNow() + PauseWhenRefused);
        }
    }

    private async Task RecoverAsync(IGitHubHooks gitHub, string target, GitHubHookPath hook, CancellationToken cancellationToken)
    {
        var deliveries = await gitHub.ListDeliveriesAsync(hook, timeProvider.GetUtcNow() - Window, cancellationToken);

        // A redelivery may take a while to appear in the list: request each once.
        EachItem.ThrowIfAny(await EachItem.HandleAsync(
            Failed(deliveries).Where(delivery => !_repeated.Contains((target, delivery.Id))),
            (delivery, token) => RepeatAsync(gitHub, target, hook, delivery, token),
            cancellationToken));
    }

    private async Task RepeatAsync(IGitHubHooks gitHub, string target, GitHubHookPath hook, GitHubHookDelivery delivery, CancellationToken cancellationToken)
    {
        try
        {
            await gitHub.RedeliverAsync(hook, delivery.Id, cancellationToken);
            metrics.Redelivered();
            LogRepeated(logger, delivery.Action, delivery.Guid, delivery.StatusCode);
        }
        catch (GitHubApiException e) when (e.Reason is GitHubErrors.InvalidRequest or GitHubErrors.NotFound)
        {
            LogNotRepeated(logger, delivery.Action, delivery.Guid, e.Message); // permanently refused: the check of queued jobs finds the job
        }

        _repeated.Add((target, delivery.Id));
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "No permission to list failed deliveries of {Target}, so none is redelivered: {Why}")]
    private static partial void LogNotPermitted(ILogger logger, Uri target, string why);

    [LoggerMessage(Level = LogLevel.Information, Message = "Requested redelivery of {Action} {Guid}, which had failed ({Status})")]
    private static partial void LogRepeated(ILogger logger, string? action, string guid, int status);

    [LoggerMessage(Level = LogLevel.Warning, Message = "GitHub refuses to redeliver {Action} {Guid}: {Why}")]
    private static partial void LogNotRepeated(ILogger logger, string? action, string guid, string why);
}

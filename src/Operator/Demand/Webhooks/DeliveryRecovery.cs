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
        if (!IsDue(key))
        {
            return;
        }

        _due.Set(key, timeProvider.GetUtcNow() + Pause);
        IReadOnlyList<GitHubHookPath> hooks = [];
        await UnlessForbiddenAsync(key, target, async () => hooks = await gitHub.FindHooksAsync(target, WebhookEndpoint.Path, cancellationToken));
        EachItem.ThrowIfAny(await EachItem.HandleAsync(
            hooks.Select(hook => (Hook: hook, Key: $"{key} {hook.Path}")).Where(hook => IsDue(hook.Key)),
            (hook, token) => UnlessForbiddenAsync(hook.Key, target, () => RecoverAsync(gitHub, key, hook.Hook, token)),
            cancellationToken));
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

    private bool IsDue(string key) => !_due.TryGet(key, out var due) || timeProvider.GetUtcNow() >= due;

    // What may not be asked is not asked again soon. Whether that is all hooks or one, the others go on.
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

        // An attempt may take a while to appear in the list: each is repeated once.
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
            LogNotRepeated(logger, delivery.Action, delivery.Guid, e.Message); // for good: the check of queued jobs finds the job
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

using System.Text.Json;
using Operator.GitHub.Rest;

namespace Operator.Demand.Webhooks;

/// <summary>A delivery whose signature is right.</summary>
/// <param name="Event">The event's name.</param>
/// <param name="Id">GitHub's id of the delivery, the same when it is repeated; empty when there is none.</param>
/// <param name="Body">JSON.</param>
internal sealed record WebhookDelivery(string Event, string Id, byte[] Body);

/// <summary>Leads a verified delivery to where it belongs. Most events are none of the operator's business.</summary>
internal sealed partial class WebhookDispatcher(WorkflowJobRouter router, ILogger<WebhookDispatcher> logger)
{
    private const int RememberedDeliveries = 10_000;

    // By whom it was signed, too: the id is not signed, and that of an event, which several webhooks may tell of.
    private readonly RecentIds<(string Signer, string Id)> _delivered = new(RememberedDeliveries);

    public async Task<WebhookResult> DispatchAsync(WebhookDelivery delivery, WebhookTrust trust, CancellationToken cancellationToken)
    {
        var key = (trust.Name, delivery.Id);
        if (delivery.Id.Length > 0 && _delivered.Contains(key))
        {
            return WebhookResult.Done("Duplicate", "this delivery was already processed");
        }

        var result = delivery.Event switch
        {
            "ping" => WebhookResult.Done("Pong", "the secret is correct"),
            "workflow_job" => await DispatchJobAsync(delivery, trust, cancellationToken),
            "workflow_run" => WebhookResult.Ignored("only the event Workflow jobs is needed, not Workflow runs"),
            _ => WebhookResult.Ignored("only the event Workflow jobs is needed"),
        };
        if (result.HasStored && delivery.Id.Length is > 0 and < 100)
        {
            _delivered.Add(key);
        }

        return result;
    }

    private async Task<WebhookResult> DispatchJobAsync(WebhookDelivery delivery, WebhookTrust trust, CancellationToken cancellationToken)
    {
        if (Read(delivery.Body) is not { WorkflowJob: { Id: > 0 } job } said || JobSite.Of(said.Repository, said.Enterprise?.Slug) is not { } site)
        {
            return WebhookResult.Malformed("the body is not that of workflow_job");
        }

        var handler = router.Current;
        JobEventResult? outcome = said.Action switch
        {
            "queued" => await handler.QueuedAsync(job, site, trust, cancellationToken),
            "in_progress" => await handler.StartedAsync(job, site, trust, cancellationToken),
            "completed" => await handler.CompletedAsync(job, site, trust, cancellationToken),
            _ => null,
        };
        if (outcome is null)
        {
            return WebhookResult.Ignored("this action needs no response");
        }

        LogJob(logger, said.Action!, job.Id, site.Repository, outcome.Value);
        return WebhookResult.Done(outcome.Value.ToString(), DetailOf(outcome.Value, job)) with
        {
            HasStored = outcome is JobEventResult.LeaseCreated or JobEventResult.Recorded,
        };
    }

    private static string? DetailOf(JobEventResult outcome, GitHubJob job) => outcome == JobEventResult.NoPool
        ? $"no pool with demand Webhook serves this repository and has all of the labels {string.Join(", ", job.Labels)}"
        : null;

    private static WorkflowJobEvent? Read(byte[] body)
    {
        try
        {
            return JsonSerializer.Deserialize(body, WebhookEventJson.Default.WorkflowJobEvent);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Job {Action}: {Job} of {Repository}: {Outcome}")]
    private static partial void LogJob(ILogger logger, string action, long job, string repository, JobEventResult outcome);
}

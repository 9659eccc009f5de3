using Operator.GitHub.Rest;

namespace Operator.Demand.Webhooks;

/// <summary>A delivery with a valid signature.</summary>
/// <param name="Event">The event's name.</param>
/// <param name="Id">GitHub's id of the delivery, the same for redeliveries; empty if missing.</param>
/// <param name="Body">JSON.</param>
internal sealed record WebhookDelivery(string Event, string Id, byte[] Body);

/// <summary>Leads a verified delivery to where it belongs. Most events are none of the operator's business.</summary>
internal sealed partial class WebhookDispatcher(WorkflowJobRouter router, CompletedRuns runs, ILogger<WebhookDispatcher> logger)
{
    private const int RememberedDeliveries = 10_000;

    // Keyed by signer too: the id is not covered by the signature, and several webhooks may deliver the same event.
    private readonly RecentIds<(string Signer, string Id)> _delivered = new(RememberedDeliveries);

    /// <summary>The answer to an event that is not needed, whatever it contains; null for others.</summary>
    public static WebhookResult? Ignore(string name) => name switch
    {
        "ping" or "workflow_job" or "workflow_run" => null,
        _ => WebhookResult.Ignored("only the events Workflow jobs and Workflow runs are needed"),
    };

    public async Task<WebhookResult> DispatchAsync(WebhookDelivery delivery, WebhookTrust trust, CancellationToken cancellationToken)
    {
        var key = (trust.Name, delivery.Id);
        if (delivery.Id.Length > 0 && _delivered.Contains(key))
        {
            return WebhookResult.Done("Duplicate", "this delivery was already processed");
        }

        var result = delivery.Event == "ping"
            ? WebhookResult.Done("Pong", "the secret is correct")
            : delivery.Event == "workflow_run" ? await runs.NoteAsync(delivery.Body, trust, cancellationToken)
            : await DispatchJobAsync(delivery, trust, cancellationToken);
        if (result.HasStored && delivery.Id.Length is > 0 and < 100)
        {
            _delivered.Add(key);
        }

        return result;
    }

    private async Task<WebhookResult> DispatchJobAsync(WebhookDelivery delivery, WebhookTrust trust, CancellationToken cancellationToken)
    {
        if (WebhookBody.Read(delivery.Body, WebhookEventJson.Default.WorkflowJobEvent) is not { WorkflowJob: { Id: > 0 } job } said || JobSite.From(said.Repository, said.Enterprise?.Slug) is not { } site)
        {
            return WebhookResult.Malformed("the body is not that of workflow_job");
        }

        var handler = router.Current;
        JobEventResult? outcome = said.Action switch
        {
            "queued" when job.IsQueued => await handler.QueuedAsync(job, site, trust, cancellationToken),
            "queued" or "waiting" when job.IsHeldBack => await handler.HeldBackAsync(job, site, trust, cancellationToken),
            "in_progress" => await handler.StartedAsync(job, site, trust, cancellationToken),
            "completed" => await handler.CompletedAsync(job, site, trust, cancellationToken),
            _ => null,
        };
        if (outcome is null)
        {
            return WebhookResult.Ignored("this action, or the status of the job, needs no response");
        }

        LogJob(logger, said.Action!, job.Id, site.Repository, outcome.Value);
        if (job.IsHeldBack)
        {
            return WebhookResult.Ignored("the job waits for an approval or for another run: it gets a runner when it is queued") with { HasStored = outcome is JobEventResult.Recorded };
        }

        return WebhookResult.Done(outcome.Value.ToString(), DetailOf(outcome.Value, job)) with
        {
            HasStored = outcome is JobEventResult.LeaseCreated or JobEventResult.Recorded,
        };
    }

    private static string? DetailOf(JobEventResult outcome, GitHubJob job) => outcome == JobEventResult.NoPool
        ? $"no pool with demand Webhook serves this repository and has all of the labels {string.Join(", ", job.Labels)}, or may make a machine with them (spec.jobOverrides)"
        : null;

    [LoggerMessage(Level = LogLevel.Information, Message = "Job {Action}: {Job} of {Repository}: {Outcome}")]
    private static partial void LogJob(ILogger logger, string action, long job, string repository, JobEventResult outcome);
}

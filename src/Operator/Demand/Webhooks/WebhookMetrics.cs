using Operator.Demand.PendingJobs;
using Operator.GitHub.Rest;
using Operator.Runtime.Metrics;
using Prometheus;

namespace Operator.Demand.Webhooks;

/// <summary>Metrics of the webhook endpoint.</summary>
internal sealed class WebhookMetrics(Instruments instruments)
{
    private readonly Counter _deliveries = instruments.CreateCounter("webhook_deliveries_total", "Deliveries by event and outcome.", "event", "outcome");
    private readonly Histogram _duration = instruments.CreateHistogram("webhook_duration_seconds", "Time to answer a delivery.", "event");
    private readonly Counter _recovered = instruments.CreateCounter("webhook_recovered_jobs_total", "Queued jobs whose webhook was lost.");
    private readonly Counter _redeliveries = instruments.CreateCounter("webhook_redeliveries_total", "Redeliveries requested from GitHub.");

    private readonly Counter _resyncFailures = instruments.CreateCounter(
        "webhook_resync_failures_total", "Rounds of the check of queued jobs that failed, by reason.", "reason");

    /// <summary>
    /// A delivery was answered. Free text from the sender is not used as a label: the number of series must stay bounded.
    /// </summary>
    public void Answered(string? eventName, string outcome, TimeSpan duration)
    {
        var known = eventName is "workflow_job" or "workflow_run" or "ping" ? eventName : eventName == GitLabWebhooks.JobEvent ? "job" : "other";
        _deliveries.WithLabels(known, outcome).Inc();
        _duration.WithLabels(known).Observe(duration.TotalSeconds);
    }

    public void Recovered() => _recovered.Inc();

    public void Redelivered() => _redeliveries.Inc();

    /// <summary>A round has ended.</summary>
    /// <param name="failure">Why it failed; null if it did not.</param>
    public void ResyncFailed(Exception? failure)
    {
        if (failure is not null)
        {
            _resyncFailures.WithLabels((failure as GitHubApiException)?.Reason ?? "Failed").Inc();
        }
    }
}

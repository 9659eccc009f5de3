using System.Diagnostics.Metrics;
using Operator.Runtime.Metrics;

namespace Operator.Demand.Webhooks;

/// <summary>The door's instruments. Free of cost while nobody listens.</summary>
internal sealed class WebhookMetrics
{
    private readonly Counter<long> _deliveries;
    private readonly Histogram<double> _duration;
    private readonly Counter<long> _recovered;
    private readonly Counter<long> _redeliveries;
    private readonly Counter<long> _resyncFailures;

    public WebhookMetrics(Meter meter)
    {
        _deliveries = meter.CreateCounter<long>("webhook.deliveries", unit: null, "Deliveries by event and outcome.", Labelled.By("event", "outcome"));
        _duration = meter.CreateHistogram<double>("webhook.duration", "s", "How long answers take.", Labelled.By("event"));
        _recovered = meter.CreateCounter<long>("webhook.recovered_jobs", description: "Queued jobs whose webhook was lost.");
        _redeliveries = meter.CreateCounter<long>("webhook.redeliveries", description: "Deliveries that GitHub was asked to repeat.");
        _resyncFailures = meter.CreateCounter<long>("webhook.resync.failures", unit: null, "Rounds of the check of queued jobs that failed, by reason.", Labelled.By("reason"));
        _recovered.Add(0);
        _redeliveries.Add(0);
    }

    /// <summary>An answer was given. What the sender names freely is no tag: the number of series must stay bounded.</summary>
    public void Answered(string? eventName, string outcome, TimeSpan duration)
    {
        var known = eventName is "workflow_job" or "workflow_run" or "ping" ? eventName : "other";
        _deliveries.Add(1, Tag("event", known), Tag("outcome", outcome));
        _duration.Record(duration.TotalSeconds, Tag("event", known));
    }

    public void Recovered() => _recovered.Add(1);

    public void Redelivered() => _redeliveries.Add(1);

    public void ResyncFailed(string reason) => _resyncFailures.Add(1, Tag("reason", reason));

    private static KeyValuePair<string, object?> Tag(string name, string value) => new(name, value);
}

using System.Diagnostics.Metrics;
using Operator.Entities.RunnerLeases;
using Operator.Runtime.Metrics;

namespace Operator.Metrics;

/// <summary>Counts what is told as events by its reason: launches, failures by cause, spot interruptions, drains and how they ended.</summary>
internal sealed class CountedEvents(IEventRecorder inner, LeaseOutcomes outcomes, Meter meter) : IEventRecorder
{
    private readonly Counter<long> _events = meter.CreateCounter<long>(
        "events", unit: null, "What happened, by kind of object, type (Normal, Warning) and reason, as kubectl describe shows it.", Labelled.By("kind", "type", "reason"));

    public void Publish(IKubernetesObject about, EventType type, string reason, string message)
    {
        _events.Add(1, new("kind", about.Kind), new("type", type.ToString()), new KeyValuePair<string, object?>("reason", reason));
        if (about is V1Alpha1RunnerLease lease)
        {
            outcomes.Told(lease, reason);
        }

        inner.Publish(about, type, reason, message);
    }
}

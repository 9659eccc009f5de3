using System.Diagnostics.Metrics;

namespace Operator.Metrics;

/// <summary>Counts what is told as events by its reason: launches, failures by cause, spot interruptions, drains and how they ended.</summary>
internal sealed class CountedEvents(IEventRecorder inner, Meter meter) : IEventRecorder
{
    private readonly Counter<long> _events = meter.CreateCounter<long>(
        "events", description: "What happened, by kind of object, type (Normal, Warning) and reason, as kubectl describe shows it.");

    public void Publish(IKubernetesObject about, EventType type, string reason, string message)
    {
        _events.Add(1, new("kind", about.Kind), new("type", type.ToString()), new KeyValuePair<string, object?>("reason", reason));
        inner.Publish(about, type, reason, message);
    }
}

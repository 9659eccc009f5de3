using Operator.Entities.RunnerLeases;
using Operator.Leases;
using Operator.Runtime.LeaderElection;
using Operator.Runtime.Metrics;
using Prometheus;

namespace Operator.Observability;

/// <summary>
/// Counts events by reason: launches, failures by cause, spot interruptions, drains and their outcomes. A leader that was paused beyond its
/// lease publishes nothing.
/// </summary>
internal sealed class CountedEvents(IEventRecorder inner, LeaseOutcomes outcomes, Leadership leadership, Instruments instruments) : IEventRecorder
{
    private readonly Counter _events = instruments.CreateCounter(
        "events_total", "Events, by kind of object, type (Normal, Warning) and reason, as kubectl describe shows them.", "kind", "type", "reason");

    public void Publish(IKubernetesObject about, EventType type, string reason, string message)
    {
        if (leadership.HasLapsed)
        {
            return;
        }

        _events.WithLabels(about.Kind ?? "", type.ToString(), reason).Inc();
        if (about is V1Alpha1RunnerLease lease)
        {
            outcomes.RecordReason(lease, reason);
        }

        inner.Publish(about, type, reason, message);
    }
}

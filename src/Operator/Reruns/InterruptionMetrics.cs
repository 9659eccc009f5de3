using Operator.Runtime.Metrics;
using Prometheus;

namespace Operator.Reruns;

/// <summary>Metrics of the interruption queue.</summary>
internal sealed class InterruptionMetrics(Instruments instruments)
{
    private readonly Counter _messages = instruments.CreateCounter(
        "interruption_messages_total",
        "Messages of the interruption queue, by kind: Notice (for a machine of this cluster), Foreign (for another's), Other (another event), Unreadable; or Failed: the queue could not be read.",
        "result");

    /// <summary>A message was handled, or none could be read.</summary>
    public void Handled(string result) => _messages.WithLabels(result).Inc();
}

using Operator.Runtime.Metrics;
using Prometheus;

namespace Operator.Aws.Offerings;

/// <summary>Counts which instance types EC2 refuses to launch.</summary>
internal sealed class OfferingFailures(Instruments instruments)
{
    private readonly Counter _failures = instruments.CreateCounter(
        "offering_failures_total",
        "Refusals of EC2 that name an instance type, by type, usage class and reason; one fleet may bring several.",
        "instance_type",
        "usage_class",
        "reason");

    /// <summary>EC2 has refused a type. The number of types is bounded by those that classes match.</summary>
    public void Add(string instanceType, string usageClass, string reason) => _failures.WithLabels(instanceType, usageClass, reason).Inc();
}

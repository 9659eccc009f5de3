using Operator.Runtime.Metrics;
using Prometheus;

namespace Operator.Aws.Groups;

/// <summary>Counts launches that Auto Scaling groups give up.</summary>
internal sealed class GroupLaunchFailures(Instruments instruments)
{
    private readonly Counter _failures = instruments.CreateCounter(
        "auto_scaling_group_launch_failures_total", "Failed launches of the pool's Auto Scaling group, from its activities while leases wait for a machine.", PoolSeries.Labels);

    /// <summary>A group has failed to launch.</summary>
    public void Add(NamespacedName pool) => _failures.Of(pool).Inc();
}

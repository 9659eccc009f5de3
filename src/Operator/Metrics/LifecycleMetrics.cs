using System.Diagnostics.Metrics;
using System.Globalization;
using Operator.Controllers.RunnerLeases;
using Operator.Entities.RunnerLeases;

namespace Operator.Metrics;

/// <summary>What happens to leases, step by step, read off the changes that the informer brings.</summary>
internal sealed class LifecycleMetrics(Meter meter, TimeProvider timeProvider)
{
    private readonly Histogram<double> _steps = meter.CreateHistogram(
        "lease.step.duration",
        "s",
        "How long a lease's steps take: launch (intent stored to instance launched), boot (to the runner connected), first_job (to its first job).",
        tags: null,
        new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.01, 0.05, 0.1, 0.5, 1, 5, 10, 20, 30, 45, 60, 90, 120, 300, 600, 1800, 3600] });

    private readonly Counter<long> _jobs = meter.CreateCounter<long>("jobs.started", description: "Jobs that began on a runner.");

    private readonly Counter<double> _cost = meter.CreateCounter<double>(
        "cost", "dollars", "What machines have cost by their hourly price, added when a machine is gone.");

    /// <summary>Takes in one change.</summary>
    /// <param name="before">The lease before, or null when it is new to this process.</param>
    /// <param name="after">The lease now, or null when it is gone.</param>
    public void Observe(V1Alpha1RunnerLease? before, V1Alpha1RunnerLease? after)
    {
        if (before?.Status is { Instance: { } instance } && after?.Status?.Instance?.Id != instance.Id && before.Status.AdoptedFrom?.Uid != before.Metadata.Uid)
        {
            AddCost(before, instance);
        }

        // What was there when this process started was counted by its predecessor.
        if (before is null || after?.Status is not { AdoptedFrom: null } status)
        {
            return;
        }

        var earlier = before.Status;
        Step(after, "launch", status.Launch?.At, status.Instance?.LaunchedAt, earlier?.Instance?.LaunchedAt);
        Step(after, "boot", status.Instance?.LaunchedAt, status.Runner?.ConnectedAt, earlier?.Runner?.ConnectedAt);
        if (status.Job is { } job && earlier?.Job?.Id != job.Id)
        {
            _jobs.Add(1, Tags(after));
            if ((status.ServedJobs ?? 0) == 0)
            {
                Step(after, "first_job", status.Runner?.ConnectedAt, job.StartedAt, already: null);
            }
        }
    }

    private void Step(V1Alpha1RunnerLease lease, string step, DateTimeOffset? from, DateTimeOffset? to, DateTimeOffset? already)
    {
        if (already is null && from is { } begun && to is { } ended)
        {
            _steps.Record(Math.Max(0, (ended - begun).TotalSeconds), [.. Tags(lease), new("step", step)]);
        }
    }

    private void AddCost(V1Alpha1RunnerLease lease, LeasedInstance instance)
    {
        if (instance.LaunchedAt is { } launched
            && double.TryParse(instance.HourlyPrice, NumberStyles.Float, CultureInfo.InvariantCulture, out var price))
        {
            var hours = Math.Max(0, (timeProvider.GetUtcNow() - launched).TotalHours);
            _cost.Add(price * hours, [.. Tags(lease), new("usage_class", instance.UsageClass)]);
        }
    }

    private static KeyValuePair<string, object?>[] Tags(V1Alpha1RunnerLease lease) =>
        [new("namespace", lease.Metadata.NamespaceProperty), new("pool", LeaseIndexes.PoolOf(lease).Name)];
}

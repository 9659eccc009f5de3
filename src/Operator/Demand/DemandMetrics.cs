using System.Diagnostics.Metrics;
using Operator.Clients.GitHub.ScaleSets;

namespace Operator.Demand;

/// <summary>What the doors hear, and what they fail at. Durations are in seconds. Free of cost while nobody listens.</summary>
internal sealed class DemandMetrics
{
    private readonly Counter<long> _polls;
    private readonly Counter<long> _jobs;
    private readonly Counter<long> _failures;
    private readonly Histogram<double> _jobWait;

    public DemandMetrics(Meter meter)
    {
        _polls = meter.CreateCounter<long>("demand.polls", description: "Long polls by pool and result: message, empty, cut.");
        _jobs = meter.CreateCounter<long>("demand.jobs", description: "What happened to jobs, by pool and event.");
        _failures = meter.CreateCounter<long>("demand.door.failures", description: "Why a door was not open, by pool and reason.");
        _jobWait = meter.CreateHistogram<double>("demand.job.wait.duration", "s", "From a job's queueing to its runner, by pool.");
    }

    public void Polled(NamespacedName pool, string result) => _polls.Add(1, [.. Tags(pool), new("result", result)]);

    public void DoorFailed(NamespacedName pool, string reason) => _failures.Add(1, [.. Tags(pool), new("reason", reason)]);

    public void Heard(NamespacedName pool, IEnumerable<ScaleSetJob> jobs)
    {
        foreach (var job in jobs)
        {
            _jobs.Add(1, [.. Tags(pool), new("event", job.MessageType)]);
            if (job.MessageType == ScaleSetJob.Started && job.RunnerAssignTime - job.QueueTime is { } wait)
            {
                _jobWait.Record(wait.TotalSeconds, Tags(pool));
            }
        }
    }

    private static KeyValuePair<string, object?>[] Tags(NamespacedName pool) => [new("namespace", pool.Namespace), new("pool", pool.Name)];
}

using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Operator.Clients.GitHub.ScaleSets;
using Operator.Metrics;
using Operator.Runtime.Metrics;

namespace Operator.Demand;

/// <summary>What the doors hear, and what they fail at. Durations are in seconds. Free of cost while nobody listens.</summary>
internal sealed class DemandMetrics
{
    private readonly ConcurrentDictionary<NamespacedName, DateTimeOffset> _answeredAt = new();
    private readonly TimeProvider _time;
    private readonly Counter<long> _polls;
    private readonly Counter<long> _jobs;
    private readonly Counter<long> _failures;
    private readonly Histogram<double> _jobWait;

    public DemandMetrics(Meter meter, TimeProvider time)
    {
        _time = time;
        _polls = meter.CreateCounter<long>(
            "demand.polls", unit: null, "Long polls by pool and result: message, empty, cut.", Labelled.By("namespace", "pool", "result"));
        _jobs = meter.CreateCounter<long>(
            "demand.jobs", unit: null, "What happened to jobs, by pool and event.", Labelled.By("namespace", "pool", "event"));
        _failures = meter.CreateCounter<long>(
            "demand.door.failures", unit: null, "Why a door was not open, by pool and reason.", Labelled.By("namespace", "pool", "reason"));
        _jobWait = meter.CreateHistogram<double>(
            "demand.job.wait.duration", "s", "From a job's queueing to its runner, by pool.", Labelled.By("namespace", "pool"));
        meter.CreateObservableGauge(
            "demand.answer.age",
            () => _answeredAt.Select(answer => new Measurement<double>((time.GetUtcNow() - answer.Value).TotalSeconds, PoolTags.Of(answer.Key))),
            "s",
            "Since the last answer of the pool's long poll; about a minute at most while all is well.",
            Labelled.By("namespace", "pool"));
    }

    /// <summary>A listener begins; dispose what it returns when it ends.</summary>
    public IDisposable Listen(NamespacedName pool)
    {
        Answered(pool);
        foreach (var result in new[] { "message", "empty", "cut" })
        {
            _polls.Add(0, [.. PoolTags.Of(pool), new("result", result)]);
        }

        return new Listening(this, pool);
    }

    /// <summary>The service has answered, whatever it said.</summary>
    public void Answered(NamespacedName pool) => _answeredAt[pool] = _time.GetUtcNow();

    public void Polled(NamespacedName pool, string result) => _polls.Add(1, [.. PoolTags.Of(pool), new("result", result)]);

    public void DoorFailed(NamespacedName pool, string reason) => _failures.Add(1, [.. PoolTags.Of(pool), new("reason", reason)]);

    public void Heard(NamespacedName pool, IEnumerable<ScaleSetJob> jobs)
    {
        foreach (var job in jobs)
        {
            _jobs.Add(1, [.. PoolTags.Of(pool), new("event", job.MessageType)]);
            if (job.MessageType == ScaleSetJob.Started)
            {
                Waited(pool, job.RunnerAssignTime - job.QueueTime);
            }
        }
    }

    /// <summary>A job has got its runner; null when it is not known how long that took.</summary>
    public void Waited(NamespacedName pool, TimeSpan? wait)
    {
        if (wait is { } known)
        {
            _jobWait.Record(Math.Max(0, known.TotalSeconds), PoolTags.Of(pool));
        }
    }

    private sealed class Listening(DemandMetrics metrics, NamespacedName pool) : IDisposable
    {
        public void Dispose() => metrics._answeredAt.TryRemove(pool, out _);
    }
}

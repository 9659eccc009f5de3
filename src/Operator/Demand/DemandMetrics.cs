using System.Collections.Concurrent;
using Operator.GitHub.ScaleSets;
using Operator.Runtime.Metrics;
using Prometheus;

namespace Operator.Demand;

/// <summary>Metrics of the demand sources and their failures. Durations are in seconds.</summary>
internal sealed class DemandMetrics
{
    private readonly ConcurrentDictionary<NamespacedName, DateTimeOffset> _answeredAt = new();
    private readonly TimeProvider _time;
    private readonly Counter _polls;
    private readonly Counter _jobs;
    private readonly Counter _failures;
    private readonly Histogram _jobWait;

    public DemandMetrics(Instruments instruments, TimeProvider time)
    {
        _time = time;
        _polls = instruments.CreateCounter(
            "demand_polls_total", "Long polls by pool and result: message, empty, cut.", [.. PoolSeries.Labels, "result"]);
        _jobs = instruments.CreateCounter("demand_jobs_total", "Job events, by pool and event: JobAvailable, JobAssigned, JobStarted, JobCompleted, other.", [.. PoolSeries.Labels, "event"]);
        _failures = instruments.CreateCounter("demand_source_errors_total", "Failures to read the demand of a pool, by pool and reason.", [.. PoolSeries.Labels, "reason"]);
        _jobWait = instruments.CreateHistogram("demand_job_wait_duration_seconds", "Time from a job being queued to its start on a runner, by pool.", PoolSeries.Labels);
        instruments.Observe(
            "demand_answer_age_seconds",
            "Time since the last answer to the pool's long poll; normally at most a minute.",
            () => _answeredAt.Select(answer => new Reading((time.GetUtcNow() - answer.Value).TotalSeconds, answer.Key.Namespace, answer.Key.Name)),
            PoolSeries.Labels);
    }

    /// <summary>Starts the metrics of a listener; dispose the result when it ends.</summary>
    public IDisposable Listen(NamespacedName pool)
    {
        Answered(pool);
        foreach (var result in new[] { "message", "empty", "cut" })
        {
            _polls.Of(pool, result);
        }

        return new Listening(this, pool);
    }

    /// <summary>The service has answered, successfully or not.</summary>
    public void Answered(NamespacedName pool) => _answeredAt[pool] = _time.GetUtcNow();

    public void Polled(NamespacedName pool, string result) => _polls.Of(pool, result).Inc();

    public void CountError(NamespacedName pool, string reason) => _failures.Of(pool, reason).Inc();

    public void RecordJobs(NamespacedName pool, IEnumerable<ScaleSetJob> jobs)
    {
        foreach (var job in jobs)
        {
            _jobs.Of(pool, ScaleSetJob.Types.Contains(job.MessageType) ? job.MessageType : "other").Inc();
            if (job.MessageType == ScaleSetJob.Started)
            {
                Waited(pool, job.RunnerAssignTime - job.QueueTime);
            }
        }
    }

    /// <summary>A job has got its runner after a wait; null if unknown.</summary>
    public void Waited(NamespacedName pool, TimeSpan? wait)
    {
        if (wait is { } known)
        {
            _jobWait.Of(pool).Observe(Math.Max(0, known.TotalSeconds));
        }
    }

    private sealed class Listening(DemandMetrics metrics, NamespacedName pool) : IDisposable
    {
        public void Dispose() => metrics._answeredAt.TryRemove(pool, out _);
    }
}

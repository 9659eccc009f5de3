using Operator.Simulator.GitHub.Accounts;

namespace Operator.Simulator.GitHub.Jobs;

/// <summary>Creates jobs and their workflow runs. Called under the service's lock.</summary>
/// <param name="jobs">The queue.</param>
/// <param name="clock">Time.</param>
internal sealed class JobIntake(JobQueue jobs, TimeProvider clock)
{
    private long _last = 1000;

    /// <summary>The name of the workflow of new runs.</summary>
    public string Workflow { get; set; } = RunView.Workflow;

    /// <summary>Queues a job.</summary>
    /// <param name="repository">Where.</param>
    /// <param name="labels">Its labels.</param>
    /// <param name="duration">How long it runs.</param>
    /// <param name="runId">Its workflow run; null for a new one.</param>
    /// <param name="isHeldBack">Whether it needs an approval first.</param>
    public JobRecord Queue(RunnerPlace repository, IReadOnlyList<string> labels, TimeSpan duration, long? runId, bool isHeldBack = false)
    {
        var (id, now) = (++_last, clock.GetUtcNow());
        if (!repository.Runs.TryGetValue(runId ?? id, out var run))
        {
            run = new RunRecord(runId ?? id, repository.Runs.Count + 1, now) { Workflow = Workflow };
            repository.Runs.Add(run.Id, run);
        }

        var job = new JobRecord { Id = id, Slot = id, Run = run, Place = repository, Labels = labels, Duration = duration, QueuedAt = now };
        jobs.Queue(job, isHeldBack);
        return job;
    }

    /// <summary>Starts the next attempt of a run.</summary>
    /// <param name="run">The run.</param>
    /// <param name="again">The jobs that are executed in it.</param>
    public void Rerun(RunRecord run, IReadOnlyList<JobRecord> again)
    {
        run.Attempt++;
        foreach (var job in again)
        {
            jobs.Queue(new JobRecord
            {
                Id = ++_last,
                Slot = job.Slot,
                Attempt = run.Attempt,
                Run = run,
                Place = job.Place,
                Labels = job.Labels,
                Duration = job.Duration,
                QueuedAt = clock.GetUtcNow(),
            });
        }
    }
}

using Operator.Simulator.GitHub.Runners;
using Operator.Simulator.Hosts;

namespace Operator.Simulator.GitHub.Jobs;

/// <summary>
/// GitHub's queue: a job goes to an online idle runner that has all its labels, is taken up within a minute or goes back to the
/// queue, and ends after its duration; its ephemeral runner ends with it. Every method is called under the service's lock.
/// </summary>
/// <param name="service">The lock, for what happens later.</param>
/// <param name="runners">Where runners that served their job are removed from.</param>
/// <param name="clock">Time.</param>
/// <param name="options">How long things take.</param>
internal sealed class JobBoard(ServiceLock service, RunnerRegister runners, TimeProvider clock, SimulatedGitHubOptions options)
{
    private static readonly TimeSpan PickUpLimit = TimeSpan.FromSeconds(60);

    private readonly LinkedList<JobRecord> _queue = new();
    private readonly Dictionary<long, JobRecord> _jobs = [];

    public IEnumerable<JobRecord> All => _jobs.Values;

    public JobRecord? Find(long id) => _jobs.GetValueOrDefault(id);

    /// <summary>Takes a new job in.</summary>
    /// <param name="job">The job.</param>
    public void Queue(JobRecord job)
    {
        _jobs.Add(job.Id, job);
        Place(job, first: false);
    }

    /// <summary>A runner came online or became free: it gets a job, or waits for one.</summary>
    /// <param name="runner">The runner.</param>
    public void Offer(RunnerRecord runner)
    {
        if (runner.Job is { State: JobState.Assigned } waiting)
        {
            AwaitPickUp(waiting);
            return;
        }

        if (!runner.IsIdle)
        {
            return;
        }

        var job = _queue.FirstOrDefault(job => job.Place.SelfAndAbove().Contains(runner.Place) && runner.Serves(job.Labels));
        if (job is null)
        {
            runner.Place.Idle.Add(runner);
        }
        else
        {
            _queue.Remove(job);
            Assign(job, runner);
        }
    }

    /// <summary>The process of a runner was killed, perhaps with its machine.</summary>
    /// <param name="runner">The runner.</param>
    public void Lose(RunnerRecord runner)
    {
        runner.Place.Idle.Remove(runner);
        switch (runner.Job)
        {
            case { State: JobState.Running } job:
                End(job, JobOutcome.LostRunner);
                // GitHub sees no end of the job, only silence: the runner stays busy and listed until it gives up.
                runner.Job = job;
                runner.Timer = Later(options.LostRunnerTimeout, _ => runners.Remove(runner));
                break;
            case { State: JobState.Assigned } job:
                Schedule(job, job.AssignedAt + PickUpLimit - clock.GetUtcNow(), _ => Return(job));
                break;
        }
    }

    /// <summary>Cancels a job, wherever it stands.</summary>
    /// <param name="job">The job.</param>
    /// <param name="callbacks">What to tell hosts.</param>
    public void Cancel(JobRecord job, List<Action> callbacks)
    {
        switch (job.State)
        {
            case JobState.Running:
                Finish(job, JobOutcome.Cancelled, callbacks);
                break;
            case JobState.Queued or JobState.Assigned:
                var runner = job.Runner;
                _queue.Remove(job);
                End(job, JobOutcome.Cancelled);
                Release(runner, callbacks);
                break;
        }
    }

    private void Place(JobRecord job, bool first)
    {
        job.State = JobState.Queued;
        var runner = job.Place.SelfAndAbove().SelectMany(place => place.Idle).FirstOrDefault(runner => runner.Serves(job.Labels));
        if (runner is not null)
        {
            Assign(job, runner);
        }
        else
        {
            _ = first ? _queue.AddFirst(job) : _queue.AddLast(job);
        }
    }

    private void Assign(JobRecord job, RunnerRecord runner)
    {
        runner.Place.Idle.Remove(runner);
        runner.Job = job;
        job.Runner = runner;
        job.State = JobState.Assigned;
        job.AssignedAt = clock.GetUtcNow();
        job.Assignments++;
        AwaitPickUp(job);
    }

    private void AwaitPickUp(JobRecord job)
    {
        if (options.PickUpDelay > PickUpLimit)
        {
            Schedule(job, PickUpLimit, _ => Return(job));
        }
        else
        {
            Schedule(job, options.PickUpDelay, callbacks => PickUp(job, callbacks));
        }
    }

    private void PickUp(JobRecord job, List<Action> callbacks)
    {
        if (job is { State: JobState.Assigned, Runner.Process: { } process })
        {
            job.State = JobState.Running;
            job.StartedAt = clock.GetUtcNow();
            callbacks.Add(process.OnJobStarted);
            Schedule(job, job.Duration, later => Finish(job, JobOutcome.Succeeded, later));
        }
    }

    // Nobody took it up within the minute.
    private void Return(JobRecord job)
    {
        if (job is { State: JobState.Assigned, Runner: { } runner })
        {
            runner.Job = null;
            job.Runner = null;
            Place(job, first: true);
            Offer(runner);
        }
    }

    private void Finish(JobRecord job, JobOutcome outcome, List<Action> callbacks)
    {
        if (job is not { State: JobState.Running, Runner: { } runner })
        {
            return;
        }

        End(job, outcome);
        runners.Remove(runner);
        if (runner.Process is { } process)
        {
            runner.Process = null;
            process.HasEnded = true;
            callbacks.Add(() => process.OnExit(new RunnerExit(ServedJob: true)));
        }
    }

    private void Release(RunnerRecord? runner, List<Action> callbacks)
    {
        if (runner is { IsRegistered: false, Process: { } process })
        {
            // Deleted while the job was on its way to it, and now the job is gone, too.
            runner.Process = null;
            process.HasEnded = true;
            callbacks.Add(() => process.OnExit(new RunnerExit(ServedJob: false)));
        }
        else if (runner is not null)
        {
            Offer(runner);
        }
    }

    private void End(JobRecord job, JobOutcome outcome)
    {
        job.Timer?.Dispose();
        job.State = JobState.Completed;
        job.Outcome = outcome;
        job.CompletedAt = clock.GetUtcNow();
        if (job.Runner is { } runner)
        {
            runner.Job = null;
        }
    }

    private void Schedule(JobRecord job, TimeSpan due, Action<List<Action>> what)
    {
        job.Timer?.Dispose();
        ITimer? timer = null;
        // A timer that was replaced may have fired already and wait for the lock.
        timer = Later(due > TimeSpan.Zero ? due : TimeSpan.Zero, callbacks =>
        {
            if (ReferenceEquals(job.Timer, timer))
            {
                what(callbacks);
            }
        });
        job.Timer = timer;
    }

    private ITimer Later(TimeSpan due, Action<List<Action>> what) =>
        clock.CreateTimer(_ => service.Change(what), null, due, Timeout.InfiniteTimeSpan);
}

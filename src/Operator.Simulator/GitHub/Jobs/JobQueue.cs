using Operator.Simulator.GitHub.Runners;
using Operator.Simulator.GitHub.ScaleSets;
using Operator.Simulator.Hosts;

namespace Operator.Simulator.GitHub.Jobs;

/// <summary>
/// GitHub's queue: a job is assigned to an online idle runner that has all its labels, or to a scale set and then to one of its runners;
/// returns to the queue if no runner takes it within a minute; and completes after its duration, together with its ephemeral runner. Every
/// method is called under the service's lock.
/// </summary>
/// <param name="timers">What happens later.</param>
/// <param name="runners">Where runners that served their job are removed from.</param>
/// <param name="desk">Gives jobs to scale sets.</param>
/// <param name="news">Announces job events.</param>
/// <param name="clock">Time.</param>
/// <param name="options">How long things take.</param>
internal sealed class JobQueue(
    JobTimers timers, RunnerRegister runners, ScaleSetAssigner desk, JobNotifications news, TimeProvider clock, SimulatedGitHubOptions options)
{
    private static readonly TimeSpan PickUpLimit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan CancellationTimeout = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan QueueLimit = TimeSpan.FromHours(24);

    private readonly LinkedList<JobRecord> _queue = new();
    private readonly Dictionary<long, JobRecord> _jobs = [];

    /// <summary>What runners say of their jobs when their machines are shut down, as a conclusion: null where they fall silent.</summary>
    public string? FinalConclusion { get; set; }

    public IEnumerable<JobRecord> All => _jobs.Values;

    public JobRecord? Find(long id) => _jobs.GetValueOrDefault(id);

    /// <summary>Takes a new job in.</summary>
    /// <param name="job">The job.</param>
    /// <param name="isHeldBack">Whether it waits until <see cref="Approve"/>.</param>
    public void Queue(JobRecord job, bool isHeldBack = false)
    {
        _jobs.Add(job.Id, job);
        job.Run.Jobs.Add(job);
        job.QueueTimer = timers.Later(QueueLimit, callbacks => GiveUp(job, callbacks));
        job.State = isHeldBack ? JobState.Waiting : JobState.Queued;
        news.Queued(job);
        if (isHeldBack)
        {
            news.HeldBack(job);
        }
        else
        {
            Place(job, first: false);
        }
    }

    /// <summary>A job that no runner and no scale set has must wait for an approval, or for another run of its concurrency group.</summary>
    /// <param name="job">The job.</param>
    public void HoldBack(JobRecord job)
    {
        if (_queue.Remove(job))
        {
            job.State = JobState.Waiting;
            news.HeldBack(job);
        }
    }

    /// <summary>A job that waits may run.</summary>
    /// <param name="job">The job.</param>
    public void Approve(JobRecord job)
    {
        if (job.State == JobState.Waiting)
        {
            job.State = JobState.Queued;
            news.Approved(job);
            Place(job, first: false);
        }
    }

    /// <summary>A runner came online or became idle: it gets a job, or waits for one.</summary>
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

        var job = runner.ScaleSet is { } set
            ? ScaleSetAssigner.Next(set)
            : _queue.FirstOrDefault(job => job.Place.SelfAndAbove().Contains(runner.Place) && runner.Serves(job.Labels));
        if (job is null)
        {
            runner.Waiting.Add(runner);
        }
        else
        {
            _queue.Remove(job);
            Assign(job, runner);
        }
    }

    /// <summary>Offers queued jobs to a scale set that has room again.</summary>
    /// <param name="set">The scale set.</param>
    public void Refill(ScaleSetRecord set)
    {
        for (var node = _queue.First; node is not null && set.HasRoom;)
        {
            var (job, next) = (node.Value, node.Next);
            if (ScaleSetAssigner.MayTake(set, job))
            {
                _queue.Remove(node);
                desk.Offer(set, job);
            }

            node = next;
        }
    }

    /// <summary>A scale set no longer has a listener: jobs it was offered but has not acquired return to the queue.</summary>
    /// <param name="set">The scale set.</param>
    public void Withdraw(ScaleSetRecord set)
    {
        set.MaxCapacity = 0;
        foreach (var job in set.Jobs.Where(job => job.AcquiredAt is null).Reverse().ToList())
        {
            ScaleSetAssigner.Release(job, isNewRequest: false);
            Place(job, first: true);
        }
    }

    /// <summary>How many queued jobs a scale set could serve, those offered to it included.</summary>
    /// <param name="set">The scale set.</param>
    public int CountAvailable(ScaleSetRecord set) =>
        set.Jobs.Count(job => job.AcquiredAt is null) + _queue.Count(job => ScaleSetAssigner.MayTake(set, job));

    /// <summary>The process of a runner was killed, perhaps with its machine.</summary>
    /// <param name="runner">The runner.</param>
    public void Lose(RunnerRecord runner)
    {
        runner.Waiting.Remove(runner);
        switch (runner.Job)
        {
            case { State: JobState.Running } job when FinalConclusion is { } conclusion:
                End(job, JobOutcome.LostRunner);
                job.FinalConclusion = conclusion;
                runners.Remove(runner);
                Close(job);
                break;
            case { State: JobState.Running } job:
                End(job, JobOutcome.LostRunner);
                // GitHub sees no end of the job, only silence: the runner stays busy and listed until it gives up.
                runner.Job = job;
                runner.Timer = timers.Later(options.LostRunnerTimeout, _ => GiveUpOn(runner, job));
                break;
            case { State: JobState.Assigned } job:
                timers.Set(job, job.AssignedAt + PickUpLimit - clock.GetUtcNow(), _ => Return(job));
                break;
        }
    }

    /// <summary>Cancels a job in any state.</summary>
    /// <param name="job">The job.</param>
    /// <param name="callbacks">Callbacks to hosts.</param>
    public void Cancel(JobRecord job, List<Action> callbacks)
    {
        switch (job.State)
        {
            case JobState.Running:
                Finish(job, JobOutcome.Cancelled, callbacks);
                break;
            case JobState.Completed when !job.IsClosed:
                CloseLost(job, CancellationTimeout);
                break;
            case JobState.Waiting or JobState.Queued or JobState.Assigned:
                var runner = job.Runner;
                _queue.Remove(job);
                End(job, JobOutcome.Cancelled);
                Close(job);
                Release(runner, callbacks);
                break;
        }
    }

    /// <summary>Ends a job in any state, without waiting for its runner.</summary>
    /// <param name="job">The job.</param>
    /// <param name="callbacks">Callbacks to hosts.</param>
    public void ForceCancel(JobRecord job, List<Action> callbacks)
    {
        if (job is { State: JobState.Completed, IsClosed: false })
        {
            CloseLost(job, TimeSpan.Zero);
        }
        else
        {
            Cancel(job, callbacks);
        }
    }

    /// <summary>Makes a running job fail on its own.</summary>
    /// <param name="job">The job.</param>
    /// <param name="callbacks">Callbacks to hosts.</param>
    public void Fail(JobRecord job, List<Action> callbacks) => Finish(job, JobOutcome.Failed, callbacks);

    // Its runner does not answer: GitHub waits for it for some minutes.
    private void CloseLost(JobRecord job, TimeSpan patience)
    {
        var runner = job.Runner!;
        job.IsCancelled = true;
        runner.Timer?.Dispose();
        if (patience == TimeSpan.Zero)
        {
            GiveUpOn(runner, job);
        }
        else
        {
            runner.Timer = timers.Later(patience, _ => GiveUpOn(runner, job));
        }
    }

    private void GiveUpOn(RunnerRecord runner, JobRecord job)
    {
        if (!job.IsClosed)
        {
            runners.Remove(runner);
            Close(job);
        }
    }

    /// <summary>A runner of the job's scale set, or any other, gets it.</summary>
    /// <param name="job">The job.</param>
    /// <param name="runner">The runner.</param>
    public void Assign(JobRecord job, RunnerRecord runner)
    {
        runner.Waiting.Remove(runner);
        runner.Job = job;
        job.Runner = runner;
        job.State = JobState.Assigned;
        job.AssignedAt = clock.GetUtcNow();
        job.Assignments++;
        AwaitPickUp(job);
    }

    private void Place(JobRecord job, bool first)
    {
        job.State = JobState.Queued;
        var runner = job.Place.SelfAndAbove().SelectMany(place => place.Idle).FirstOrDefault(runner => runner.Serves(job.Labels));
        if (runner is not null)
        {
            Assign(job, runner);
        }
        else if (ScaleSetAssigner.Choose(job) is { } set)
        {
            desk.Offer(set, job);
        }
        else
        {
            _ = first ? _queue.AddFirst(job) : _queue.AddLast(job);
        }
    }

    private void AwaitPickUp(JobRecord job)
    {
        if (options.PickUpDelay > PickUpLimit)
        {
            timers.Set(job, PickUpLimit, _ => Return(job));
        }
        else
        {
            timers.Set(job, options.PickUpDelay, callbacks => PickUp(job, callbacks));
        }
    }

    private void PickUp(JobRecord job, List<Action> callbacks)
    {
        if (job is { State: JobState.Assigned, Runner.Process: { } process })
        {
            job.State = JobState.Running;
            job.StartedAt = clock.GetUtcNow();
            news.Started(job);
            callbacks.Add(process.OnJobStarted);
            timers.Set(job, job.Duration, later => Finish(job, JobOutcome.Succeeded, later));
        }
    }

    // No runner started it within a minute.
    private void Return(JobRecord job)
    {
        if (job is not { State: JobState.Assigned, Runner: { } runner })
        {
            return;
        }

        if (job.ScaleSet is not null)
        {
            news.Returned(job);
            job.Requeues++;
            ScaleSetAssigner.Release(job, isNewRequest: true);
        }

        runner.Job = null;
        job.Runner = null;
        Place(job, first: true);
        Offer(runner);
        RefillAfter(runner.ScaleSet);
    }

    private void Finish(JobRecord job, JobOutcome outcome, List<Action> callbacks)
    {
        if (job is not { State: JobState.Running, Runner: { } runner })
        {
            return;
        }

        End(job, outcome);
        runners.Remove(runner);
        Close(job);
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

    private void GiveUp(JobRecord job, List<Action> callbacks)
    {
        if (job.State is JobState.Queued or JobState.Assigned)
        {
            Cancel(job, callbacks);
        }
    }

    private void End(JobRecord job, JobOutcome outcome)
    {
        job.Timer?.Dispose();
        job.QueueTimer?.Dispose();
        job.State = JobState.Completed;
        job.Outcome = outcome;
        job.CompletedAt = clock.GetUtcNow();
        if (job.Runner is { } runner)
        {
            runner.Job = null;
        }
    }

    // GitHub knows that it has completed.
    private void Close(JobRecord job)
    {
        var set = job.ScaleSet;
        (job.IsClosed, job.ClosedAt) = (true, clock.GetUtcNow());
        news.Ended(job);
        set?.Jobs.Remove(job);
        RefillAfter(set);
    }

    private void RefillAfter(ScaleSetRecord? set)
    {
        if (set is not null)
        {
            Refill(set);
        }
    }
}

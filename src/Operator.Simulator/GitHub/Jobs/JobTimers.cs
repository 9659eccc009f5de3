namespace Operator.Simulator.GitHub.Jobs;

/// <summary>What happens to jobs later, under the service's lock.</summary>
/// <param name="service">The lock.</param>
/// <param name="clock">Time.</param>
internal sealed class JobTimers(ServiceLock service, TimeProvider clock)
{
    /// <summary>Schedules a job's next event, replacing the previous one.</summary>
    /// <param name="job">The job.</param>
    /// <param name="due">In how long.</param>
    /// <param name="what">What happens.</param>
    public void Set(JobRecord job, TimeSpan due, Action<List<Action>> what)
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

    public ITimer Later(TimeSpan due, Action<List<Action>> what) =>
        clock.CreateTimer(_ => service.Change(what), null, due, Timeout.InfiniteTimeSpan);
}

using Operator.Simulator.GitHub.Runners;
using Operator.Simulator.GitHub.ScaleSets;

namespace Operator.Simulator.GitHub.Jobs;

/// <summary>
/// Assigns queued jobs to scale sets: offered (<c>JobAvailable</c>), acquired, assigned (<c>JobAssigned</c>), never more at a time than the
/// listener's reported capacity. Every method is called under the service's lock.
/// </summary>
/// <param name="timers">What happens later.</param>
/// <param name="clock">Time.</param>
/// <param name="options">Acquisition mode and delays.</param>
internal sealed class ScaleSetAssigner(JobTimers timers, TimeProvider clock, ScaleSetOptions options)
{
    private const int MostRequeues = 3;

    private long _lastRequest;

    /// <summary>Assigns a job of a scale set to one of its runners.</summary>
    public Action<JobRecord, RunnerRecord> GiveToRunner { get; set; } = (_, _) => { };

    /// <summary>Finds the first scale set that serves a job and has room.</summary>
    /// <param name="job">The job.</param>
    public static ScaleSetRecord? Choose(JobRecord job) => job.Place.SelfAndAbove()
        .SelectMany(place => place.ScaleSets.Values).FirstOrDefault(set => set.HasRoom && MayTake(set, job));

    /// <summary>Whether a scale set may have a job at all.</summary>
    /// <param name="set">The scale set.</param>
    /// <param name="job">The job.</param>
    public static bool MayTake(ScaleSetRecord set, JobRecord job) =>
        job.Requeues <= MostRequeues && set.Serves(job.Labels) && job.Place.SelfAndAbove().Contains(set.Place);

    /// <summary>Offers an unassigned job.</summary>
    /// <param name="set">The scale set.</param>
    /// <param name="job">The job.</param>
    public void Offer(ScaleSetRecord set, JobRecord job)
    {
        job.ScaleSet = set;
        job.RequestId = job.RequestId == 0 ? ++_lastRequest : job.RequestId;
        set.Jobs.Add(job);
        if (options.AssignsUnasked)
        {
            Take(job);
        }
        else
        {
            JobNotifications.Offered(job);
        }
    }

    /// <summary>A listener acquires jobs that were offered to it. Returns those it got.</summary>
    /// <param name="set">The scale set.</param>
    /// <param name="requests">Their request ids.</param>
    public IReadOnlyList<long> Acquire(ScaleSetRecord set, IReadOnlyList<long> requests)
    {
        foreach (var job in set.Jobs.Where(job => job.AcquiredAt is null && requests.Contains(job.RequestId)).ToList())
        {
            if (set.Jobs.Count(other => other.AcquiredAt is not null) < set.MaxCapacity)
            {
                Take(job);
            }
        }

        return [.. set.Jobs.Where(job => job.AcquiredAt is not null && requests.Contains(job.RequestId)).Select(job => job.RequestId)];
    }

    /// <summary>The next job for an idle runner: its scale set's oldest job without a runner.</summary>
    /// <param name="set">Its scale set.</param>
    public static JobRecord? Next(ScaleSetRecord set) =>
        set.Jobs.FirstOrDefault(job => job is { ScaleSetAssignedAt: not null, Runner: null, State: JobState.Queued });

    /// <summary>Takes a job from its scale set.</summary>
    /// <param name="job">The job.</param>
    /// <param name="isNewRequest">Whether it comes back as another request.</param>
    public static void Release(JobRecord job, bool isNewRequest)
    {
        job.ScaleSet?.Jobs.Remove(job);
        (job.ScaleSet, job.AcquiredAt, job.ScaleSetAssignedAt) = (null, null, null);
        job.RequestId = isNewRequest ? 0 : job.RequestId;
    }

    private void Take(JobRecord job)
    {
        job.AcquiredAt = clock.GetUtcNow();
        if (options.AssignmentDelay > TimeSpan.Zero)
        {
            timers.Set(job, options.AssignmentDelay, _ => Assign(job));
        }
        else
        {
            Assign(job);
        }
    }

    private void Assign(JobRecord job)
    {
        job.ScaleSetAssignedAt = clock.GetUtcNow();
        JobNotifications.AssignedToScaleSet(job);
        if (job.ScaleSet!.Idle.FirstOrDefault() is { } runner)
        {
            GiveToRunner(job, runner);
        }
    }
}

using Operator.Simulator.GitHub;
using Operator.Simulator.Hosts;

namespace Operator.Simulator.GitLab;

/// <summary>Groups, projects, runners and jobs, and who gets which job. Every method is called under the service's lock.</summary>
/// <param name="service">The lock, for what happens later.</param>
/// <param name="clock">Time.</param>
/// <param name="random">Source of secrets.</param>
internal sealed class GitLabForge(ServiceLock service, TimeProvider clock, Random random)
{
    /// <summary>A job that is queued for so long without an online runner that matches is dropped, and a running one that nothing is heard of.</summary>
    private static readonly TimeSpan DropAfter = TimeSpan.FromHours(1);

    private static readonly TimeSpan LongestQueue = TimeSpan.FromHours(24);
    private static readonly TimeSpan OnlineFor = TimeSpan.FromHours(2);
    private static readonly TimeSpan Recent = TimeSpan.FromDays(7);

    private long _lastId = 100;

    public List<PlaceRecord> Places { get; } = [];

    public Dictionary<long, GitLabRunnerRecord> Runners { get; } = [];

    public List<GitLabJobRecord> Jobs { get; } = [];

    /// <summary>The most runners of a group or project.</summary>
    public int RunnerLimit { get; set; } = 1000;

    public DateTimeOffset Now => clock.GetUtcNow();

    public PlaceRecord AddPlace(string path, bool isProject)
    {
        var place = new PlaceRecord { Id = ++_lastId, Path = path, IsProject = isProject };
        Places.Add(place);
        return place;
    }

    public PlaceRecord? Find(string pathOrId, bool isProject) => Places.Find(place =>
        place.IsProject == isProject && (place.Path.Equals(pathOrId, StringComparison.OrdinalIgnoreCase) || place.Id.ToString(System.Globalization.CultureInfo.InvariantCulture) == pathOrId));

    public GitLabRunnerRecord Create(PlaceRecord? place)
    {
        var runner = new GitLabRunnerRecord
        {
            Id = ++_lastId,
            Place = place,
            Token = $"glrt-t{(place is null ? 1 : place.IsProject ? 3 : 2)}_{random.GetHexString(20, lowercase: true)}",
            CreatedAt = Now,
        };
        Runners[runner.Id] = runner;
        return runner;
    }

    /// <summary>Whether another runner may be created: those created or heard of within seven days count.</summary>
    public bool HasRoom(PlaceRecord? place) =>
        place is null || Runners.Values.Count(runner => runner.Place == place && (Now - runner.CreatedAt < Recent || Now - runner.ContactedAt < Recent)) < RunnerLimit;

    public string StatusOf(GitLabRunnerRecord runner)
    {
        Touch(runner);
        return runner.ContactedAt is not { } contacted ? Now - runner.CreatedAt > Recent ? "stale" : "never_contacted"
            : Now - contacted < OnlineFor ? "online"
            : Now - contacted < Recent ? "offline"
            : "stale";
    }

    public IEnumerable<GitLabJobRecord> JobsOf(GitLabRunnerRecord runner) => Jobs.Where(job => job.Runner == runner);

    /// <summary>Deletes a runner, whatever runs on it.</summary>
    public void Delete(GitLabRunnerRecord runner)
    {
        Runners.Remove(runner.Id);
        runner.Paused = true;
        foreach (var job in JobsOf(runner).ToList())
        {
            job.Runner = null;
        }
    }

    public GitLabJobRecord Queue(PlaceRecord project, IReadOnlyList<string> tags, TimeSpan duration, bool isProtected, List<Action> callbacks)
    {
        var job = new GitLabJobRecord
        {
            Id = ++_lastId,
            PipelineId = ++_lastId,
            Project = project,
            Tags = tags,
            Duration = duration,
            CreatedAt = Now,
            IsProtected = isProtected,
            Token = "glcbt-" + random.GetHexString(20, lowercase: true),
        };
        Jobs.Add(job);
        Offer(job, callbacks);
        return job;
    }

    /// <summary>Starts the process of a runner. One whose token is refused sleeps, asks again, and never exits by itself.</summary>
    public GitLabProcess Start(string token, Func<GitLabProcess> make, List<Action> callbacks)
    {
        var process = make();
        if (Runners.Values.FirstOrDefault(runner => runner.Token == token) is { } found)
        {
            (found.ContactedAt, found.Process) = (Now, process);
            Managers(found);
            Offer(found, callbacks);
        }

        return process;
    }

    /// <summary>The machine of a process is gone, or it is told to end: GitLab hears nothing, and drops its job after an hour.</summary>
    public void Kill(GitLabProcess process)
    {
        process.HasEnded = true;
        foreach (var runner in Runners.Values.Where(runner => runner.Process == process))
        {
            (runner.ContactedAt, runner.Process) = (Now, null);
        }

        if (process.Job is { Status: "running" } job)
        {
            Later(job, DropAfter, callbacks => End(job, "failed", "stuck_or_timeout_failure", callbacks));
        }
    }

    /// <summary>Offers pending jobs to a runner, after a change of it.</summary>
    public void Offer(GitLabRunnerRecord runner, List<Action> callbacks)
    {
        if (runner.Process is { Job: null, HasEnded: false } process && Next(runner) is { } job)
        {
            Take(job, runner, process, callbacks);
        }
    }

    /// <summary>The oldest pending job for a runner.</summary>
    public GitLabJobRecord? Next(GitLabRunnerRecord runner) => runner.Paused ? null : Jobs.Find(job => job.Status == "pending" && job.Runner is null && Matches(runner, job));

    /// <summary>Gives a job to a runner.</summary>
    public void Take(GitLabJobRecord job, GitLabRunnerRecord runner, GitLabProcess? process, List<Action> callbacks)
    {
        job.Timer?.Dispose();
        (job.Status, job.Runner, job.StartedAt, job.Process, runner.ContactedAt) = ("running", runner, Now, process, Now);
        if (process is not null)
        {
            process.Job = job;
            callbacks.Add(process.OnJobStarted);
            Later(job, job.Duration, later => End(job, "success", null, later));
        }
    }

    /// <summary>Ends a job, and with it a process, which serves one.</summary>
    public void End(GitLabJobRecord job, string status, string? reason, List<Action> callbacks)
    {
        job.Timer?.Dispose();
        (job.Status, job.FailureReason, job.FinishedAt) = (status, reason, Now);
        if (job.Process is { HasEnded: false } process)
        {
            process.HasEnded = true;
            foreach (var runner in Runners.Values.Where(runner => runner.Process == process))
            {
                (runner.ContactedAt, runner.Process) = (Now, null);
            }

            callbacks.Add(() => process.OnExit(new RunnerExit(ServedJob: true)));
        }
    }

    private void Offer(GitLabJobRecord job, List<Action> callbacks)
    {
        if (Runners.Values.FirstOrDefault(runner => runner is { Paused: false, Process: { Job: null, HasEnded: false } } && Matches(runner, job)) is { } runner)
        {
            Take(job, runner, runner.Process, callbacks);
        }
        else
        {
            Later(job, DropAfter, later => LookAtPending(job, later));
        }
    }

    private void LookAtPending(GitLabJobRecord job, List<Action> callbacks)
    {
        if (Now - job.CreatedAt >= LongestQueue)
        {
            End(job, "failed", "stuck_pending_with_matching_runners", callbacks);
        }
        else if (!Runners.Values.Any(runner => !runner.Paused && Matches(runner, job) && StatusOf(runner) == "online"))
        {
            End(job, "failed", "stuck_pending_no_matching_runners", callbacks);
        }
        else
        {
            Later(job, DropAfter, later => LookAtPending(job, later));
        }
    }

    private static bool Matches(GitLabRunnerRecord runner, GitLabJobRecord job) =>
        (job.Tags.Count == 0 ? runner.RunUntagged : job.Tags.All(runner.Tags.Contains))
        && (!runner.IsProtected || job.IsProtected)
        && (runner.Place is not { } place || (place.IsProject ? place == job.Project : job.Project.Path.StartsWith(place.Path + "/", StringComparison.OrdinalIgnoreCase)));

    // A live process polls.
    private void Touch(GitLabRunnerRecord runner)
    {
        if (runner.Process is not null)
        {
            runner.ContactedAt = Now;
        }
    }

    private void Managers(GitLabRunnerRecord runner) => runner.Managers[$"s_{runner.Id:x12}"] = Now;

    private void Later(GitLabJobRecord job, TimeSpan due, Action<List<Action>> what)
    {
        job.Timer?.Dispose();
        ITimer? timer = null;
        timer = clock.CreateTimer(_ => service.Change(callbacks =>
        {
            if (ReferenceEquals(job.Timer, timer))
            {
                what(callbacks);
            }
        }), null, due, Timeout.InfiniteTimeSpan);
        job.Timer = timer;
    }
}

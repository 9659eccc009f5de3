using Operator.Simulator.GitHub.Accounts;
using Operator.Simulator.GitHub.Jobs;
using Operator.Simulator.GitHub.ScaleSets;
using Operator.Simulator.Hosts;

namespace Operator.Simulator.GitHub.Runners;

/// <summary>How the deletion of a registration ends.</summary>
internal enum Deletion
{
    Deleted,
    NotFound,
    Busy,
}

/// <summary>The registrations and the processes that serve them. Every method is called under the service's lock.</summary>
/// <param name="service">The lock, for what happens later.</param>
/// <param name="runners">The registrations.</param>
/// <param name="jobs">The queue.</param>
/// <param name="clock">Time.</param>
/// <param name="options">How long things take.</param>
/// <param name="random">Source of secrets.</param>
internal sealed class RunnerFleet(
    ServiceLock service, RunnerRegister runners, JobQueue jobs, TimeProvider clock, SimulatedGitHubOptions options, Random random)
{
    private static readonly TimeSpan JitConfigLife = TimeSpan.FromMinutes(60);

    private long _lastId;

    /// <summary>How long the API reports a runner as idle after a job was assigned to it.</summary>
    public TimeSpan BusyLag { get; set; }

    /// <summary>Whether a DELETE within that time is answered with 204, as observed in production: the job runs nevertheless.</summary>
    public bool DeleteRace { get; set; }

    /// <summary>Older runners get no session. What GitHub demands rises with its releases.</summary>
    public Version MinimumVersion { get; set; } = new(0, 0);

    /// <summary>From when on a version gets no session.</summary>
    public Dictionary<Version, DateTimeOffset> Deprecations { get; } = [];

    /// <summary>Whether GitHub lists a version at all: those below its minimum are unknown.</summary>
    /// <param name="version">The version.</param>
    public bool Knows(Version version) => version >= MinimumVersion && version <= Version.Parse(options.RunnerVersion);

    /// <summary>Registers a runner; the name must be free.</summary>
    /// <param name="place">Where.</param>
    /// <param name="name">Its name.</param>
    /// <param name="groupId">Its group.</param>
    /// <param name="labels">Its labels.</param>
    /// <param name="scaleSet">The scale set that it belongs to, if any.</param>
    public RunnerRecord Register(RunnerPlace place, string name, long groupId, IReadOnlyList<string> labels, ScaleSetRecord? scaleSet = null)
    {
        var now = clock.GetUtcNow();
        return Add(new RunnerRecord
        {
            Id = ++_lastId,
            Name = name,
            Place = place,
            GroupId = groupId,
            Labels = labels,
            ScaleSet = scaleSet,
            CreatedAt = now,
            OfflineSince = now,
            Secret = random.GetHexString(32, lowercase: true),
        });
    }

    /// <summary>Registers a runner as its machine asks, in place of one of the same name; null where that has a job, or the place or group is another.</summary>
    /// <param name="place">Where the token is for.</param>
    /// <param name="configuration">What is asked.</param>
    /// <param name="server">The service's address.</param>
    /// <param name="callbacks">Callbacks to hosts.</param>
    public string? Configure(RunnerPlace place, RunnerConfiguration configuration, Uri server, List<Action> callbacks)
    {
        var group = configuration.Group.Length == 0 ? place.Groups[0] : place.Groups.Find(known => known.Name == configuration.Group);
        if (group is null || new Uri(configuration.Url).AbsolutePath.Trim('/') != place.WebPath
            || (place.RunnersByName.TryGetValue(configuration.Name, out var former) && Delete(place, former.Id, callbacks) == Deletion.Busy))
        {
            return null;
        }

        return JitConfig.Encode(Register(place, configuration.Name, group.Id, configuration.Labels), server, "_work");
    }

    /// <summary>Registers a runner that belongs to someone else.</summary>
    /// <param name="place">Where.</param>
    /// <param name="name">Its name.</param>
    /// <param name="labels">Its labels.</param>
    /// <param name="online">Its online state in the API.</param>
    /// <param name="busy">Its busy state in the API.</param>
    public RunnerRecord AddForeign(RunnerPlace place, string name, IReadOnlyList<string> labels, bool online, bool busy) =>
        Add(new RunnerRecord
        {
            Id = ++_lastId,
            Name = name,
            Place = place,
            GroupId = 1,
            Labels = labels,
            CreatedAt = clock.GetUtcNow(),
            OfflineSince = online ? null : clock.GetUtcNow(),
            IsForeign = true,
            IsEphemeral = false,
            IsSaidBusy = busy,
        });

    /// <summary>Whether the API reports it as busy.</summary>
    /// <param name="runner">The runner.</param>
    public bool SeemsBusy(RunnerRecord runner) => runner.IsBusy && !IsFreshlyAssigned(runner);

    /// <summary>Starts the process of a registration; null if it exits immediately.</summary>
    /// <param name="encodedJitConfig">Its secret.</param>
    /// <param name="make">Creates the process.</param>
    public RunnerProcess? Start(string encodedJitConfig, Func<RunnerRecord, RunnerProcess> make)
    {
        runners.Sweep();
        var runner = JitConfig.Decode(encodedJitConfig) is var (id, secret) && runners.Find(id) is { } found
            && found.Secret == secret ? found : null;
        var isTooOld = runner is { WasStarted: false } && clock.GetUtcNow() - runner.CreatedAt > JitConfigLife;
        if (runner is null || isTooOld || runner.Process is not null || runner.Job is { State: JobState.Completed })
        {
            return null;
        }

        runner.WasStarted = true;
        runner.Version = options.RunnerVersion;
        var version = Version.Parse(runner.Version);
        if (version < MinimumVersion || (Deprecations.TryGetValue(version, out var end) && end <= clock.GetUtcNow()))
        {
            // "Runner version v… is deprecated and cannot receive messages": it stays registered and offline, and its process exits with 0.
            return null;
        }

        runner.OfflineSince = null;
        runner.Process = make(runner);
        jobs.Offer(runner);
        return runner.Process;
    }

    /// <summary>The host ended a process.</summary>
    /// <param name="process">The process.</param>
    public void Kill(RunnerProcess process)
    {
        if (!process.HasEnded)
        {
            process.HasEnded = true;
            process.Runner.Process = null;
            process.Runner.OfflineSince = clock.GetUtcNow();
            runners.WatchOffline(process.Runner);
            jobs.Lose(process.Runner);
        }
    }

    /// <summary>Deletes a registration unless a job runs on it.</summary>
    /// <param name="place">Where.</param>
    /// <param name="id">Which.</param>
    /// <param name="callbacks">Callbacks to hosts.</param>
    public Deletion Delete(RunnerPlace place, long id, List<Action> callbacks)
    {
        runners.Sweep();
        if (!place.Runners.TryGetValue(id, out var runner))
        {
            return Deletion.NotFound;
        }

        if (runner.IsBusy && !(DeleteRace && IsFreshlyAssigned(runner)))
        {
            return Deletion.Busy;
        }

        runners.Remove(runner);
        if (runner is { Job: null, Process: not null })
        {
            Notify(runner, callbacks);
        }

        return Deletion.Deleted;
    }

    private RunnerRecord Add(RunnerRecord runner)
    {
        runners.Add(runner);
        return runner;
    }

    private bool IsFreshlyAssigned(RunnerRecord runner) =>
        runner.Job is { State: not JobState.Completed } job && clock.GetUtcNow() - job.AssignedAt < BusyLag;

    // The listener learns it with its next poll.
    private void Notify(RunnerRecord runner, List<Action> callbacks)
    {
        if (options.DeletionNotice == TimeSpan.Zero)
        {
            EndIdle(runner, callbacks);
        }
        else
        {
            runner.Timer = clock.CreateTimer(
                _ => service.Change(later => EndIdle(runner, later)), null, options.DeletionNotice, Timeout.InfiniteTimeSpan);
        }
    }

    private static void EndIdle(RunnerRecord runner, List<Action> callbacks)
    {
        if (runner.Process is { } process)
        {
            runner.Process = null;
            process.HasEnded = true;
            callbacks.Add(() => process.OnExit(new RunnerExit(ServedJob: false)));
        }
    }
}

using Operator.Simulator.GitHub.Accounts;
using Operator.Simulator.GitHub.Jobs;
using Operator.Simulator.GitHub.Runners;
using Operator.Simulator.GitHub.Web;

namespace Operator.Simulator.GitHub.ScaleSets;

/// <summary>The scale sets and their listeners. Every method is called under the service's lock.</summary>
/// <param name="service">The lock, for what happens later.</param>
/// <param name="jobs">The queue.</param>
/// <param name="fleet">Their runners.</param>
/// <param name="clock">Time.</param>
/// <param name="options">How long things last.</param>
/// <param name="random">Source of session ids.</param>
internal sealed class ScaleSetRegister(
    ServiceLock service, JobQueue jobs, RunnerFleet fleet, TimeProvider clock, ScaleSetOptions options, Random random)
{
    private readonly SortedDictionary<long, ScaleSetRecord> _sets = [];
    private readonly Dictionary<Guid, ScaleSetSession> _sessions = [];
    private long _lastId;

    public IEnumerable<ScaleSetRecord> All => _sets.Values;

    /// <summary>Nonexistent jobs that every scale set counts as assigned.</summary>
    public int MissingJobs { get; set; }

    /// <summary>How many polls wait.</summary>
    public int Polls => _sessions.Values.Sum(session => session.Messages.Polls);

    public ScaleSetSession? FindSession(Guid id) => _sessions.GetValueOrDefault(id);

    /// <summary>The scale sets of a place, after removing those unused for too long.</summary>
    /// <param name="place">The place.</param>
    public IReadOnlyCollection<ScaleSetRecord> In(RunnerPlace place)
    {
        var unused = place.ScaleSets.Values.Where(set => set is { Session: null, Jobs.Count: 0 } && clock.GetUtcNow() - set.UsedAt > options.UnusedLife);
        foreach (var set in unused.ToList())
        {
            Remove(set);
        }

        return place.ScaleSets.Values;
    }

    public ScaleSetRecord Add(RunnerPlace place, string name, RunnerGroup group, IReadOnlyList<string> labels)
    {
        var now = clock.GetUtcNow();
        var set = new ScaleSetRecord
        {
            Id = ++_lastId,
            Place = place,
            Name = name,
            Group = group,
            Labels = labels,
            CreatedAt = now,
            UsedAt = now,
        };
        _sets.Add(set.Id, set);
        place.ScaleSets.Add(set.Id, set);
        return set;
    }

    /// <summary>Deletes a scale set with its idle runners, unless jobs are assigned to it.</summary>
    /// <param name="set">The scale set.</param>
    /// <param name="callbacks">Callbacks to hosts.</param>
    public bool Delete(ScaleSetRecord set, List<Action> callbacks)
    {
        if (set.Jobs.Any(job => job.AcquiredAt is not null))
        {
            return false;
        }

        foreach (var runner in set.Runners.ToList())
        {
            fleet.Delete(set.Place, runner.Id, callbacks);
        }

        Remove(set);
        return true;
    }

    public ScaleSetSession Open(ScaleSetRecord set, string owner, Uri address)
    {
        var bytes = new byte[16];
        random.NextBytes(bytes);
        var messages = new MessageQueue(service, () => ++set.LastMessageId, () => StatisticsOf(set), () => PollSession(set));
        var session = new ScaleSetSession(new Guid(bytes), owner, set, address) { Messages = messages };
        _sessions.Add(session.Id, session);
        set.Session = session;
        session.Silence = clock.CreateTimer(
            _ => service.Change(_ => Close(session)), null, options.SessionSilence, Timeout.InfiniteTimeSpan);
        return session;
    }

    /// <summary>Ends a session: its polls are answered, and jobs that were only offered return to the queue.</summary>
    /// <param name="session">The session.</param>
    public void Close(ScaleSetSession session)
    {
        if (!_sessions.Remove(session.Id))
        {
            return;
        }

        session.Silence?.Dispose();
        session.Silence = null;
        session.ScaleSet.Session = null;
        session.ScaleSet.UsedAt = clock.GetUtcNow();
        session.Messages.Answer(ServiceReply.NoSession(session.Id.ToString()));
        jobs.Withdraw(session.ScaleSet);
    }

    /// <summary>The holder has shown that it is there; while a poll of its waits, it is.</summary>
    /// <param name="session">The session.</param>
    public void Hear(ScaleSetSession session) => session.Silence?.Change(
        session.Messages.Polls > 0 ? Timeout.InfiniteTimeSpan : options.SessionSilence, Timeout.InfiniteTimeSpan);

    /// <summary>Cuts every poll that waits.</summary>
    public void CutPolls()
    {
        foreach (var session in _sessions.Values)
        {
            session.Messages.Answer(GitHubReply.Cut);
        }
    }

    public ScaleSetStatistics StatisticsOf(ScaleSetRecord set) => new(
        jobs.CountAvailable(set),
        set.Jobs.Count(job => job is { AcquiredAt: not null, ScaleSetAssignedAt: null }),
        set.Jobs.Count(job => job.ScaleSetAssignedAt is not null) + MissingJobs,
        set.Jobs.Count(job => job.KnownState == JobState.Running),
        set.Runners.Count,
        set.Runners.Count(runner => runner.IsBusy),
        set.Runners.Count(runner => runner is { IsOnline: true, IsBusy: false }));

    private void PollSession(ScaleSetRecord set)
    {
        if (set.Session is { } session)
        {
            Hear(session);
        }
    }

    private void Remove(ScaleSetRecord set)
    {
        _sets.Remove(set.Id);
        set.Place.ScaleSets.Remove(set.Id);
        if (set.Session is { } session)
        {
            Close(session);
        }
        else
        {
            jobs.Withdraw(set);
        }
    }
}

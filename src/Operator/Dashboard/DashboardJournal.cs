using Operator.Entities.Conditions;
using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerPools;
using Operator.Leases;

namespace Operator.Dashboard;

/// <summary>What a replica remembers for a view.</summary>
/// <param name="Since">Since when.</param>
/// <param name="Events">What has happened, in no particular order.</param>
/// <param name="EndedRunners">Runners that are gone.</param>
/// <param name="EndedJobs">Jobs that have ended.</param>
/// <param name="SpotLosses">Number of spot machines that EC2 has taken back.</param>
/// <param name="History">Runners by state over the last hour.</param>
internal sealed record JournalSnapshot(
    DateTimeOffset Since, IReadOnlyList<EventView> Events, IReadOnlyList<RunnerView> EndedRunners, IReadOnlyList<JobView> EndedJobs, int SpotLosses, HistoryView History)
{
    public static JournalSnapshot Empty { get; } = new(default, [], [], [], 0, new([], [], [], [], [], []));
}

/// <summary>
/// Remembers what the informers of this replica have told, for display only: nothing is decided by it, and a restart forgets it. Bounded by namespace,
/// and by the number of namespaces.
/// </summary>
internal sealed class DashboardJournal : IDisposable
{
    /// <summary>Most events, warnings, ended runners and ended jobs of a namespace; fewer where there are many namespaces.</summary>
    public const int Kept = 200;

    private const int KeptAtLeast = 20;
    private const int KeptInAll = 4000;

    /// <summary>Most namespaces; those beyond have neither history nor events.</summary>
    public const int MaxNamespaces = 200;

    private static readonly TimeSpan Longest = TimeSpan.FromHours(1);
    private static readonly TimeSpan LossesKept = TimeSpan.FromHours(24);

    private readonly Lock _lock = new();
    private readonly TimeProvider _time;
    private readonly DateTimeOffset _begun;
    private readonly IDisposable[] _subscriptions;
    private readonly Dictionary<string, Pages> _namespaces = new(StringComparer.Ordinal);
    private TaskCompletionSource _changed = NewChange();
    private long _revision;

    public DashboardJournal(IInformer<V1Alpha1RunnerPool> pools, IInformer<V1Alpha1RunnerLease> leases, TimeProvider time)
    {
        (_time, _begun) = (time, time.GetUtcNow());
        _subscriptions = [pools.AddHandler(Observe), leases.AddHandler(Observe)];
    }

    /// <summary>Grows with each change of a pool or lease.</summary>
    public (long Revision, Task Changed) Current
    {
        get
        {
            lock (_lock)
            {
                return (_revision, _changed.Task);
            }
        }
    }

    /// <summary>What is remembered of some namespaces.</summary>
    /// <param name="isVisible">Which.</param>
    public JournalSnapshot Read(Func<string, bool> isVisible)
    {
        lock (_lock)
        {
            var now = _time.GetUtcNow();
            var pages = _namespaces.Where(pair => isVisible(pair.Key)).Select(pair => pair.Value).ToList();
            var since = now - _begun > LossesKept ? now - LossesKept : _begun;
            return new(
                since,
                [.. pages.SelectMany(page => page.Warnings.Concat(page.Normal))],
                [.. pages.SelectMany(page => page.Runners).Where(runner => runner.EndedAt > now - Longest)],
                [.. pages.SelectMany(page => page.Jobs).Where(job => job.EndedAt > now - Longest)],
                pages.Sum(page => page.Losses.Count(loss => loss.At >= since)),
                StateHistory.Sum(pages.Select(page => page.History), now));
        }
    }

    /// <summary>Handles a change of a lease.</summary>
    public void Observe(V1Alpha1RunnerLease? before, V1Alpha1RunnerLease? after)
    {
        var now = _time.GetUtcNow();
        lock (_lock)
        {
            if (PagesOf((after ?? before)!.Metadata.NamespaceProperty ?? "") is { } page)
            {
                Add(page, JournalPlanner.Of(before, after, now));
                if (JournalPlanner.EndedJob(before, after, now) is { } job)
                {
                    Add(page.Jobs, [job]);
                }

                if (JournalPlanner.SpotLoss(before, after) is { } instance)
                {
                    Lose(page, instance, now);
                }

                if (before is not null && LeaseMachines.HasEnded(before, after))
                {
                    Add(page.Runners, [End(before, page, now)]);
                }

                page.History.Observe(before is null ? null : RunnerStates.Of(before), after is null ? null : RunnerStates.Of(after), now);
            }

            Wake();
        }
    }

    /// <summary>Handles a change of a pool.</summary>
    public void Observe(V1Alpha1RunnerPool? before, V1Alpha1RunnerPool? after)
    {
        lock (_lock)
        {
            if (PagesOf((after ?? before)!.Metadata.NamespaceProperty ?? "") is { } page)
            {
                Add(page, JournalPlanner.Of(before, after, _time.GetUtcNow()));
                foreach (var lost in (after?.Status?.LostJobs ?? []).Where(lost => lost is { Reason: RunnerLeaseReasons.SpotInterrupted, InstanceId: not null }))
                {
                    Lose(page, lost.InstanceId!, lost.LostAt);
                }
            }

            Wake();
        }
    }

    public void Dispose() => Array.ForEach(_subscriptions, subscription => subscription.Dispose());

    private static TaskCompletionSource NewChange() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static RunnerView End(V1Alpha1RunnerLease lease, Pages page, DateTimeOffset now)
    {
        var at = lease.Status?.Instance?.GoneAt ?? now;
        var view = RunnersPlanner.Describe(lease, page.Jobs.Where(job => job.Runner == lease.Metadata.Name && job.StartedAt >= lease.Metadata.CreationTimestamp));
        return view with { State = "ended", EndedAt = at, Job = null, Spans = [.. view.Spans.Select(span => span with { To = span.To ?? at })] };
    }

    private void Add<T>(Queue<T> queue, IEnumerable<T> items)
    {
        var bound = Math.Clamp(KeptInAll / _namespaces.Count, KeptAtLeast, Kept);
        foreach (var item in items)
        {
            while (queue.Count >= bound)
            {
                queue.Dequeue();
            }

            queue.Enqueue(item);
        }
    }

    private void Add(Pages page, IEnumerable<EventView> events)
    {
        foreach (var happened in events)
        {
            Add(happened.IsWarning ? page.Warnings : page.Normal, [happened]);
        }
    }

    private void Lose(Pages page, string instance, DateTimeOffset at)
    {
        if (!page.Losses.Any(known => known.Instance == instance))
        {
            Add(page.Losses, [(instance, at)]);
        }
    }

    private Pages? PagesOf(string space)
    {
        if (!_namespaces.TryGetValue(space, out var pages) && _namespaces.Count < MaxNamespaces)
        {
            _namespaces[space] = pages = new();
        }

        return pages;
    }

    private void Wake()
    {
        _revision++;
        if (_changed.Task.IsCompleted)
        {
            return;
        }

        _changed.SetResult();
        _changed = NewChange();
    }

    private sealed class Pages
    {
        // Apart, since a busy hour would push the few that matter out.
        public Queue<EventView> Warnings { get; } = [];

        public Queue<EventView> Normal { get; } = [];

        public Queue<RunnerView> Runners { get; } = [];

        public Queue<JobView> Jobs { get; } = [];

        public Queue<(string Instance, DateTimeOffset At)> Losses { get; } = [];

        public StateHistory History { get; } = new();
    }
}

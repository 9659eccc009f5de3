using System.Text.Json;
using Operator.Dashboard.Access;
using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerPools;
using Operator.Leases;

namespace Operator.Dashboard;

/// <summary>Reads what a viewer may see from the informers' caches.</summary>
internal sealed class DashboardReader(IStore<V1Alpha1RunnerPool> pools, IStore<V1Alpha1RunnerLease> leases, DashboardJournal journal, TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, byte[]> _overviews = new(StringComparer.Ordinal);
    private (long Revision, long Second) _of;

    /// <summary>Everything that a viewer may see.</summary>
    public DashboardObservation Observe(Viewer viewer) => new(
        time.GetUtcNow(),
        [.. pools.List().Where(pool => viewer.Sees(pool.Metadata.NamespaceProperty ?? ""))],
        viewer.Namespaces is null ? leases.List() : [.. leases.List().Where(lease => viewer.Sees(lease.Metadata.NamespaceProperty ?? ""))],
        journal.Read(viewer.Sees));

    /// <summary>The overview as JSON, made once for all who see the same.</summary>
    public byte[] Overview(Viewer viewer)
    {
        var key = viewer.Namespaces is null ? "*" : string.Join(',', viewer.Namespaces.Order(StringComparer.Ordinal));
        (long, long) current = (journal.Current.Revision, time.GetUtcNow().ToUnixTimeSeconds());
        lock (_lock)
        {
            if (_of != current)
            {
                _overviews.Clear();
                _of = current;
            }

            if (!_overviews.TryGetValue(key, out var overview))
            {
                _overviews[key] = overview = JsonSerializer.SerializeToUtf8Bytes(DashboardPlanner.Plan(Observe(viewer)), DashboardJson.Default.DashboardView);
            }

            return overview;
        }
    }

    /// <summary>A pool; null if there is none, or the viewer may not see it.</summary>
    public PoolDetails? Pool(Viewer viewer, NamespacedName key) => !viewer.Sees(key.Namespace) || pools.Get(key) is not { } pool ? null
        : DashboardPlanner.Detail(pool, new(time.GetUtcNow(), [pool], leases.OfPool(key), journal.Read(space => space == key.Namespace)));

    /// <summary>A runner; null if there is none, or the viewer may not see it.</summary>
    public RunnerView? Runner(Viewer viewer, NamespacedName key)
    {
        if (!viewer.Sees(key.Namespace))
        {
            return null;
        }

        var remembered = journal.Read(space => space == key.Namespace);
        var ended = remembered.EndedRunners.Where(runner => runner.Name == key.Name).ToList();
        var runner = leases.Get(key) is { } lease
            ? RunnersPlanner.Describe(lease, RunnersPlanner.JobsOf(lease, remembered.EndedJobs.Where(job => job.Runner == key.Name)), withConditions: true)
            : ended.LastOrDefault();
        return runner is null ? null : RunnersPlanner.WithPrevious(runner, ended);
    }

    public RunnersPage Runners(Viewer viewer, DashboardQuery query) => RunnersPlanner.Page(Observe(viewer), query);

    public JobsPage Jobs(Viewer viewer, DashboardQuery query) => RunnersPlanner.Jobs(Observe(viewer), query);
}

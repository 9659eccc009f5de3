using System.Collections.Concurrent;
using Operator.Entities.RunnerPools;
using Operator.Forges;

namespace Operator.Ownership;

/// <summary>
/// Removes registrations without a lease once two lists have shown them, and tracks the remaining ones per pool, because orphaned instances
/// are terminated after them. Its state is lost on a restart, which only makes it wait longer, and ends with the registration or its
/// target.
/// </summary>
internal sealed class OrphanedRegistrations(
    IRunnerRegistry registry, OwnedRunnerNames names, CachedOwners cached, OwnersReader owners, IStore<V1Alpha1RunnerPool> pools, OrphanReport report)
{
    private readonly ConcurrentDictionary<string, TargetState> _targets = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Removes the orphaned registrations of one target as far as possible.</summary>
    /// <param name="target">The target's key.</param>
    /// <param name="scope">The target and credentials.</param>
    /// <param name="poolUids">The pools that register there.</param>
    /// <param name="list">The registrations there.</param>
    /// <param name="cancellationToken">Ends the pass.</param>
    public async Task RemoveAsync(
        string target, RunnerScope scope, IReadOnlySet<string> poolUids, RunnerList list, CancellationToken cancellationToken)
    {
        var before = _targets.GetValueOrDefault(target);
        var ours = names.Begin(before?.Names);
        var found = OrphanPlanner.Runners(scope.Target, list.ById.Values.Where(runner => !cached.Explains(scope.Target, runner)), Owners.None, ours.PoolOf);
        if (found.Count > 0)
        {
            found = OrphanPlanner.Runners(scope.Target, found, await owners.ReadAsync(cancellationToken), ours.PoolOf);
        }

        var known = before?.Orphans ?? new Dictionary<long, Orphan>();
        var orphans = found.ToDictionary(
            runner => runner.Id, runner => known.GetValueOrDefault(runner.Id) ?? new Orphan { PoolUid = ours.PoolOf(runner) });
        var state = new TargetState(poolUids, list.TakenAt, orphans, ours) { Reported = orphans.Count > 0 && before is not null ? before.Reported : [] };
        try
        {
            await RemoveAsync(scope, found.Where(runner => known.ContainsKey(runner.Id)), state, cancellationToken);
        }
        finally
        {
            _targets[target] = state;
        }
    }

    /// <summary>What has become of a pool's orphaned registrations, by a list that was taken after an instant.</summary>
    public PoolRegistrations OutcomeFor(string poolUid, DateTimeOffset after)
    {
        if (_targets.Values.FirstOrDefault(target => target.PoolUids.Contains(poolUid)) is not { } target || target.TakenAt <= after)
        {
            return PoolRegistrations.NotQueried;
        }

        var outcomes = target.Orphans.Values.Where(orphan => orphan.PoolUid == poolUid).Select(orphan => orphan.Outcome).ToHashSet();
        return outcomes.Contains(null) ? PoolRegistrations.NotQueried
            : outcomes.Contains(RemovalOutcome.Busy) ? PoolRegistrations.Busy
            : PoolRegistrations.Removed;
    }

    /// <summary>Drops targets that no pool uses any more.</summary>
    public void Keep(IReadOnlySet<string> targets)
    {
        foreach (var target in _targets.Keys.Where(target => !targets.Contains(target)))
        {
            _targets.TryRemove(target, out _);
        }
    }

    private async Task RemoveAsync(
        RunnerScope scope, IEnumerable<RegisteredRunner> runners, TargetState state, CancellationToken cancellationToken)
    {
        foreach (var runner in runners)
        {
            var orphan = state.Orphans[runner.Id];
            if (orphan.Outcome == RemovalOutcome.Busy && runner.Busy)
            {
                continue; // GitHub would refuse it again
            }

            try
            {
                Note(runner, orphan, await registry.RemoveAsync(scope, runner.Id, cancellationToken));
            }
            catch (ProviderException e)
            {
                ReportFailure(runner, orphan, state, e);
                if (e.RetryAfter is not null || e is RegistryException { IsUnreachable: true })
                {
                    return; // the others would fail too
                }
            }
        }
    }

    private void Note(RegisteredRunner runner, Orphan orphan, RemovalOutcome outcome)
    {
        orphan.Outcome = outcome;
        report.Removed(outcome);
        if (!orphan.IsReported && outcome != RemovalOutcome.AlreadyGone)
        {
            orphan.IsReported = true;
            report.Found(runner.Name, outcome, PoolOf(orphan));
        }
    }

    // A pool's orphans share causes, each of which is reported once.
    private void ReportFailure(RegisteredRunner runner, Orphan orphan, TargetState state, ProviderException failure)
    {
        if (state.Reported.Add((orphan.PoolUid, failure.Reason)))
        {
            report.Failed($"registration {runner.Name}", PoolOf(orphan), failure);
        }
    }

    private V1Alpha1RunnerPool? PoolOf(Orphan orphan) => pools.List().FirstOrDefault(pool => pool.Metadata.Uid == orphan.PoolUid);

    private sealed record TargetState(IReadOnlySet<string> PoolUids, DateTimeOffset TakenAt, IReadOnlyDictionary<long, Orphan> Orphans, RunnerPoolsByName Names)
    {
        /// <summary>Causes by pool, as long as the target has orphans.</summary>
        public required HashSet<(string? PoolUid, string Reason)> Reported { get; init; }
    }

    private sealed class Orphan
    {
        public required string? PoolUid { get; init; }

        /// <summary>GitHub's last answer; null before the first.</summary>
        public RemovalOutcome? Outcome { get; set; }

        public bool IsReported { get; set; }
    }
}

/// <summary>Recognizes runner names that this cluster computed for pools that are or were its own.</summary>
internal sealed class OwnedRunnerNames(PoolOwnershipStore ownership, ClusterIdentity cluster)
{
    /// <summary>Starts processing a list.</summary>
    /// <param name="last">The previous list of the same target.</param>
    public RunnerPoolsByName Begin(RunnerPoolsByName? last) => new(cluster, ownership.PoolUids, last);
}

/// <summary>
/// Resolves the names in one list of runners. A name has to be compared with one computed for every pool, so results for the same set of
/// pools are reused from the previous list; runners no longer listed are dropped.
/// </summary>
internal sealed class RunnerPoolsByName(ClusterIdentity cluster, IReadOnlySet<string> poolUids, RunnerPoolsByName? last)
{
    private readonly IReadOnlySet<string> _poolUids = poolUids;
    private readonly Dictionary<long, string?> _pools = [];
    private readonly Dictionary<long, string?>? _known = ReferenceEquals(last?._poolUids, poolUids) ? last._pools : null;

    /// <summary>The UID of the pool that a runner was registered for; null if it is not ours.</summary>
    public string? PoolOf(RegisteredRunner runner)
    {
        if (!_pools.TryGetValue(runner.Id, out var pool))
        {
            pool = _known is not null && _known.TryGetValue(runner.Id, out var known) ? known : RunnerNames.IsOurs(cluster.Id, _poolUids, runner.Name);
            _pools[runner.Id] = pool;
        }

        return pool;
    }
}

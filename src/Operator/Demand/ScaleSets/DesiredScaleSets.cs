using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerPools;
using Operator.GitHub;
using Operator.Leases;
using Operator.Settings;

namespace Operator.Demand.ScaleSets;

/// <summary>The scale sets that pools should have, from cached objects.</summary>
internal sealed class DesiredScaleSets(
    IStore<V1Alpha1RunnerPool> pools, IStore<V1Alpha1RunnerLease> leases, PoolDirectory directory, ScaleSetStates states, CompletedRunners finished)
{
    /// <summary>A pool and its current desired scale set; null if it does not use one.</summary>
    public (V1Alpha1RunnerPool Pool, DesiredScaleSet Desired)? Find(NamespacedName key) =>
        pools.Get(key) is { } pool && (DesiredScaleSet.From(pool) is { } desired ? Delayed(pool, desired) : DesiredScaleSet.ToLeave(pool, states.Read(key))) is { } found
            ? (pool, found)
            : null;

    /// <summary>How many runners the pool could have for its scale set at the moment.</summary>
    public int CapacityOf(NamespacedName key) =>
        Find(key) is { Desired.IsLeaving: false, Pool: var pool } && directory.Find(key) is { } settings
            ? ScaleSetCapacity.Compute(settings, pool.Status?.Conditions, leases.OfPool(key), finished.Contains)
            : 0;

    /// <summary>The state of an open connection. If another pool has the same labels, GitHub may assign a job to either.</summary>
    public DemandState OpenState(DesiredScaleSet desired)
    {
        if (desired.IsLeaving)
        {
            return new(IsOpen: true, "Moving", $"the jobs assigned to the scale set '{desired.Name}' at {desired.Target} are finished first; then the pool moves to the URL in its spec");
        }

        var labels = desired.LabelList.ToHashSet(StringComparer.OrdinalIgnoreCase);
        var rival = pools.List().FirstOrDefault(other =>
            AcceptedCredentials.Has(other) && DesiredScaleSet.From(other) is { } theirs && theirs.PoolUid != desired.PoolUid && theirs.Target.Equals(desired.Target) && labels.SetEquals(theirs.LabelList));
        return rival is null
            ? new(IsOpen: true, "Listening", $"listening to the scale set '{desired.Name}' at {desired.Target}{SelfHosted(labels)}")
            : new(IsOpen: true, "LabelsShared",
                $"listening, but the RunnerPool '{NamespacedName.From(rival)}' has the same labels, so GitHub may give a job to either; give one of them a unique label");
    }

    // GitHub assigns a job only to scale sets that have all its labels, and a scale set has no implicit labels.
    private static string SelfHosted(HashSet<string> labels) => labels.Contains("self-hosted")
        ? ""
        : "; jobs with self-hosted in runs-on are not assigned to it unless spec.github.labels contains it";

    // A pool whose URL has changed stays at the old one while jobs are, or may be, assigned there, but not on another host: its
    // credentials are not for that host.
    private DesiredScaleSet Delayed(V1Alpha1RunnerPool pool, DesiredScaleSet desired)
    {
        var facts = states.Read(NamespacedName.From(pool));
        var noted = facts.ScaleSet ?? ScaleSetRef.From(pool.Status?.ScaleSet);
        return noted is { Id: not null } && facts.AssignedJobs != 0
            && GitHubTarget.TryParse(noted.Url, out var target, out _) && target.IsAtHostOf(desired.Target) && !target.Equals(desired.Target)
                ? desired with { Target = target, IsLeaving = true }
                : desired;
    }
}

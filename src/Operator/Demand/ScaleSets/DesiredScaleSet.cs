using Operator.Entities.Conditions;
using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerPools;
using Operator.GitHub;
using Operator.Leases;
using Operator.Settings;

namespace Operator.Demand.ScaleSets;

/// <summary>The desired scale set of a pool; equal values need no update.</summary>
/// <param name="PoolUid">The pool.</param>
/// <param name="Target">Where it is.</param>
/// <param name="Name">Its name.</param>
/// <param name="RunnerGroup">Its group's name.</param>
/// <param name="Labels">Its labels, joined: a list would compare by reference.</param>
internal sealed record DesiredScaleSet(string PoolUid, GitHubTarget Target, string Name, string RunnerGroup, string Labels)
{
    /// <summary>
    /// Whether the pool now has another address or demand source: its scale set stays where it was, gets no more jobs, and is kept until
    /// those assigned to it are completed, because no other runner could take them.
    /// </summary>
    public bool IsLeaving { get; init; }

    public IReadOnlyList<string> LabelList => Labels.Split(',');

    /// <summary>The scale set of a pool that needs one; otherwise null.</summary>
    public static DesiredScaleSet? From(V1Alpha1RunnerPool? pool)
    {
        if (pool?.Metadata is not { DeletionTimestamp: null, Uid: { } uid, Name: { } name }
            || pool.Spec.GitHub is not { Labels: { Count: > 0 } labels } gitHub
            || PoolValidation.DemandOf(pool) != DemandSource.ScaleSet
            || !GitHubTarget.TryParse(gitHub.Url, out var target, out _))
        {
            return null;
        }

        // Labels contain no commas; both the schema and GitHub enforce that.
        return new(uid, target, name, gitHub.RunnerGroup ?? DefaultRunnerGroup.Name, string.Join(',', labels));
    }

    /// <summary>The scale set of a pool that no longer needs one but may still have jobs there; otherwise null.</summary>
    /// <param name="pool">The pool.</param>
    /// <param name="facts">The facts known about its scale set.</param>
    public static DesiredScaleSet? ToLeave(V1Alpha1RunnerPool pool, ScaleSetFacts facts) =>
        pool.Metadata is { DeletionTimestamp: null, Uid: { } uid, Name: { } name }
            && PoolValidation.DemandOf(pool) != DemandSource.ScaleSet
            && ScaleSetRef.From(pool.Status?.ScaleSet) is { Id: not null } noted
            && !facts.IsLeft && facts.AssignedJobs != 0
            && GitHubTarget.TryParse(noted.Url, out var target, out _)
                ? new(uid, target, name, pool.Spec.GitHub?.RunnerGroup ?? DefaultRunnerGroup.Name, "") { IsLeaving = true }
                : null;
}

/// <summary>How many runners the pool could have for its scale set at the moment. Pure.</summary>
internal static class ScaleSetCapacity
{
    private static readonly string[] Preconditions = [RunnerPoolConditions.Accepted, RunnerPoolConditions.CredentialsReady, RunnerPoolConditions.TemplateReady];

    /// <summary>
    /// <c>maxRunners</c> minus held runners and draining ones with a job. If nothing new may launch or would boot, only the existing
    /// runners, plus one while the boot brake tries one machine at a time. Draining machines without a job are gone in seconds and are not
    /// subtracted.
    /// </summary>
    /// <param name="settings">The pool's settings.</param>
    /// <param name="conditions">The pool's conditions.</param>
    /// <param name="leases">All its leases.</param>
    /// <param name="hasFinished">Whether a runner's job is over, whatever its lease still says.</param>
    public static int Compute(
        PoolSettings settings, IEnumerable<V1Condition>? conditions, IReadOnlyList<V1Alpha1RunnerLease> leases, Func<V1Alpha1RunnerLease, bool> hasFinished)
    {
        var available = leases.Where(LeaseAvailability.IsAvailable).ToHashSet();
        var blocked = leases.Count(lease => lease.Spec.Standby is null && !available.Contains(lease)
            && (lease.Spec.Holder is not null || (lease.Status?.Job is not null && !hasFinished(lease))));
        var most = Math.Max(0, settings.MaxRunners - blocked);
        var existing = available.Count(lease => lease.Status?.Instance is not null);
        return settings.LaunchesNothing || CannotLaunch(conditions, available) ? Math.Min(existing, most)
            : BootBrake.IsEngaged(settings) ? Math.Min(existing + 1, most)
            : most;
    }

    // Jobs that are not accepted stay with GitHub, which may assign them elsewhere. Problems of a held lease are not the pool's.
    private static bool CannotLaunch(IEnumerable<V1Condition>? conditions, IEnumerable<V1Alpha1RunnerLease> available) =>
        Preconditions.Any(type => ConditionList.Find(conditions, type)?.Status == "False")
        || ConditionList.Find(conditions, RunnerPoolConditions.Ready) is { Status: "False", Reason: RequestRefusedException.Leases }
        || LaunchProblem.Worst(available) is not null;
}

using System.Globalization;
using Operator.Demand;
using Operator.Entities.Conditions;
using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerPools;
using Operator.Leases;
using Operator.Settings;

namespace Operator.Pools;

/// <summary>Computes a pool's counts and conditions. Pure.</summary>
internal static class RunnerPoolStatusText
{
    private static readonly string[] PreparationSteps =
        [RunnerPoolConditions.Accepted, RunnerPoolConditions.CredentialsReady, RunnerPoolConditions.TemplateReady];

    private static readonly TimeSpan DeprecationNotice = TimeSpan.FromDays(10);

    public static RunnerPoolStatus Describe(
        V1Alpha1RunnerPool pool, PoolPreconditions prepared, IReadOnlyList<V1Alpha1RunnerLease> leases, DateTimeOffset now)
    {
        var status = StatusOf(pool, leases);
        status.Runners!.Outdated = prepared.Settings is { } settings ? leases.Count(lease => IsOutdated(lease, settings)) : 0;
        status.Demand = prepared.Demand.CountJobs(leases);
        status.Waiting = status.Demand is { } jobs ? Math.Max(0, jobs - (status.Runners?.Busy ?? 0)) + prepared.Demand.HeldBackJobs : null;
        status.ScaleSet = prepared.IsScaleSetRetired ? null : prepared.Demand.ScaleSet?.ToStatus();
        status.NextScheduleTime = prepared.Settings?.NextScheduleTime;
        status.Boots = BootBrake.Observe(status.Boots, prepared.Settings?.Template?.Hash, leases, now);
        if (prepared.Settings?.Template is { } template)
        {
            status.LaunchTemplate = new()
            {
                Id = template.Id,
                Name = template.Name,
                Version = template.Version,
                Hash = template.Hash,
                RootDevice = template.RootDevice,
                RootVolumeMinGiB = template.RootVolumeMinGiB > 0 ? template.RootVolumeMinGiB : null,
            };
        }

        foreach (var type in PreparationSteps)
        {
            var step = prepared.Steps.FirstOrDefault(step => step.Condition == type);
            Set(status, pool, type, step?.IsMet, step?.Reason ?? RunnerPoolReasons.NotChecked,
                step?.Message ?? $"waiting for {prepared.Open?.Condition}", now);
        }

        var problem = LaunchProblem.Worst(leases);
        var starved = problem is { IsLaunch: true } ? problem.Condition : null;
        Set(status, pool, RunnerPoolConditions.CapacityAvailable, starved is null, starved?.Reason ?? RunnerPoolReasons.Available,
            starved?.Message ?? "nothing is waiting for EC2 capacity", now);
        SetDemand(status, pool, prepared.Demand.State, now);
        SetRegistration(status, pool, now);
        SetRunnerVersion(status, pool, leases, now);
        SetCleanup(status, pool, prepared.CleanupFailure, now);
        SetReady(status, pool, prepared, problem, now);
        return status;
    }

    /// <summary>The status of a pool without runners whose external resources cannot be removed yet.</summary>
    public static RunnerPoolStatus DescribeCleanup(V1Alpha1RunnerPool pool, CleanupFailure failure, DateTimeOffset now)
    {
        var status = StatusOf(pool, []);
        SetCleanup(status, pool, failure, now);
        Set(status, pool, RunnerPoolConditions.Ready, isTrue: false, failure.Reason, failure.Message, now);
        return status;
    }

    public static RunnerPoolStatus DescribeDraining(
        V1Alpha1RunnerPool pool, IReadOnlyList<V1Alpha1RunnerLease> remaining, RequestRefusedException? refusal, DateTimeOffset now)
    {
        var status = StatusOf(pool, remaining);
        Set(status, pool, RunnerPoolConditions.Ready, isTrue: false, refusal?.Reason ?? RunnerLeaseReasons.Draining,
            refusal?.Message ?? $"{remaining.Count} runners are still draining, {status.Runners!.Busy} of them busy", now);
        return status;
    }

    private static void SetDemand(RunnerPoolStatus status, V1Alpha1RunnerPool pool, DemandState? demand, DateTimeOffset now)
    {
        status.Conditions!.RemoveAll(condition => demand is null && condition.Type == RunnerPoolConditions.DemandReady);
        if (demand is not null)
        {
            Set(status, pool, RunnerPoolConditions.DemandReady, demand.IsOpen, demand.Reason, demand.Message, now);
        }
    }

    private static void SetRegistration(RunnerPoolStatus status, V1Alpha1RunnerPool pool, DateTimeOffset now)
    {
        var (isHealthy, reason, message) = BootBrake.IsEngaged(status.Boots) ? (false, RunnerPoolReasons.BootsFailing, BootBrake.Advice(status.Boots!))
            : status.Boots?.ConnectedAt is not null ? (true, RunnerLeaseReasons.Connected, "machines connect to GitHub")
            : ((bool?)null, RunnerPoolReasons.Unproven, "no machine of the launch template has connected to GitHub yet");
        Set(status, pool, RunnerPoolConditions.RegistrationHealthy, isHealthy, reason, message, now);
    }

    private static void SetRunnerVersion(RunnerPoolStatus status, V1Alpha1RunnerPool pool, IReadOnlyList<V1Alpha1RunnerLease> leases, DateTimeOffset now)
    {
        var ending = leases.Select(lease => lease.Status?.Runner).Where(runner => runner?.RuntimeDeprecatesAt < now + DeprecationNotice).ToList();
        if (ending.MinBy(runner => runner!.RuntimeDeprecatesAt) is not { } first)
        {
            status.Conditions!.RemoveAll(condition => condition.Type == RunnerPoolConditions.RunnerVersionSupported);
            return;
        }

        var remedy = pool.Spec.Runner?.Version is { } pinned
            ? $"raise spec.runner.version ({pinned}), with its sha256, or remove both to get the newest"
            : "new machines fetch the newest; idle ones are replaced as rollout.budget allows, the others at maxAge";
        Set(status, pool, RunnerPoolConditions.RunnerVersionSupported, isTrue: false, RunnerPoolReasons.RunnerVersionDeprecated,
            $"from {first.RuntimeDeprecatesAt:yyyy-MM-dd} GitHub gives no jobs to version {first.Version} of the runner: {remedy}", now);
    }

    // Its transition time is when removal was first tried; it starts over for another resource.
    private static void SetCleanup(RunnerPoolStatus status, V1Alpha1RunnerPool pool, CleanupFailure? failure, DateTimeOffset now)
    {
        status.Conditions!.RemoveAll(condition => condition.Type == RunnerPoolConditions.CleanedUp && condition.Reason != failure?.Reason);
        if (failure is not null)
        {
            Set(status, pool, RunnerPoolConditions.CleanedUp, isTrue: false, failure.Reason, failure.Message, now);
        }
    }

    private static void SetReady(
        RunnerPoolStatus status, V1Alpha1RunnerPool pool, PoolPreconditions prepared, LaunchProblem? problem, DateTimeOffset now)
    {
        var (isReady, reason, message) = prepared.Open is { } open ? (open.IsMet, open.Reason, open.Message)
            : prepared.Demand.State is { IsOpen: false } demand ? (false, demand.Reason, demand.Message)
            : prepared.Refusal is { } refusal ? (false, refusal.Reason, refusal.Message)
            : BootBrake.IsEngaged(status.Boots) ? (false, RunnerPoolReasons.BootsFailing, BootBrake.Advice(status.Boots!))
            : problem is not null ? (false, problem.Condition.Reason, problem.Condition.Message)
            : pool.Spec.Paused == true ? (true, RunnerPoolReasons.Paused, "launches are paused; set spec.paused to false to resume")
            : Unserved(status, prepared) is > 0 and var unserved
                ? (true, RunnerPoolReasons.Saturated, $"maxRunners ({prepared.Settings!.MaxRunners}) is reached; jobs that wait for a runner to become free: {unserved}")
            : status.Runners is { Outdated: > 0 and var outdated } ? (true, RunnerPoolReasons.RollingOut, RollOut(outdated, pool))
            : (true, RunnerPoolReasons.Ready, "the pool is serving jobs");
        Set(status, pool, RunnerPoolConditions.Ready, isReady, reason, message, now);
    }

    private static bool IsOutdated(V1Alpha1RunnerLease lease, PoolSettings settings) =>
        lease is { Status.Instance: not null, Metadata.DeletionTimestamp: null, Spec.Holder: null } && RenewalPlanner.Difference(lease, settings) is not null;

    private static string RollOut(int outdated, V1Alpha1RunnerPool pool) =>
        $"runners on machines that the pool would launch otherwise now: {outdated}; "
        + (RolloutBudget.Of(pool.Spec.Rollout?.Budget?.Value, outdated) > 0
            ? "idle ones are replaced at the pace of rollout.budget, busy ones finish their job first"
            : "rollout.budget is 0, so idle ones stay until they reach maxAge");

    // Jobs that the pool has no runner for, and may launch none.
    private static int Unserved(RunnerPoolStatus status, PoolPreconditions prepared) =>
        status is { Runners: { } runners, Demand: { } jobs } && runners.Total >= prepared.Settings?.MaxRunners
            ? jobs + prepared.Demand.HeldBackJobs - (runners.Total - runners.Leased - runners.Draining)
            : 0;

    private static RunnerPoolStatus StatusOf(V1Alpha1RunnerPool pool, IReadOnlyList<V1Alpha1RunnerLease> leases) => new()
    {
        ObservedGeneration = pool.Metadata.Generation,
        Conditions = [.. pool.Status?.Conditions ?? []],
        Runners = Count(leases),
        ScaleSet = pool.Status?.ScaleSet,
        LaunchTemplate = pool.Status?.LaunchTemplate,
        HourlyCost = CostOf(leases),
        Boots = pool.Status?.Boots,
        LabelSelector = $"{Labels.Pool}={pool.Metadata.Name}",
    };

    private static RunnerCounts Count(IReadOnlyList<V1Alpha1RunnerLease> leases)
    {
        int Of(params string[] phases) => leases.Count(lease => phases.Contains(lease.Status?.Phase ?? RunnerLeasePhases.Pending));
        return new()
        {
            Total = leases.Count,
            Pending = Of(RunnerLeasePhases.Pending, RunnerLeasePhases.Launching),
            Booting = Of(RunnerLeasePhases.Booting, RunnerLeasePhases.Registering, RunnerLeasePhases.Offline),
            Idle = Of(RunnerLeasePhases.Idle),
            Busy = leases.Count(lease => lease.Status?.Job is not null),
            Leased = Of(RunnerLeasePhases.Leased),
            Draining = Of(RunnerLeasePhases.Draining),
        };
    }

    private static string CostOf(IEnumerable<V1Alpha1RunnerLease> leases) => leases
        .Sum(lease => decimal.TryParse(lease.Status?.Instance?.HourlyPrice, NumberStyles.Number, CultureInfo.InvariantCulture, out var price) ? price : 0)
        .ToString("0.####", CultureInfo.InvariantCulture);

    private static void Set(
        RunnerPoolStatus status, V1Alpha1RunnerPool pool, string type, bool? isTrue, string reason, string message, DateTimeOffset now) =>
        ConditionList.Set(status.Conditions!, type, isTrue switch { true => "True", false => "False", null => "Unknown" },
            reason, message, pool.Metadata.Generation, now);
}

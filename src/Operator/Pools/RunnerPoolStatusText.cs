using Operator.Aws.LaunchTemplates;
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
        status.Runners!.Outdated = prepared.Settings is { } settings ? leases.Count(lease => IsOutdated(lease, settings, now)) : 0;
        status.Demand = prepared.CountJobs(leases);
        status.Undelivered = prepared.Undelivered;
        status.LostJobs = LostJobs.Observe(status.LostJobs ?? [], leases, now) is { Count: > 0 } lost ? [.. lost] : null;
        status.Waiting = status.Demand is { } jobs ? Clamp(Math.Max(0L, jobs - (status.Runners?.Busy ?? 0)) + prepared.Demand.HeldBackJobs) : null;
        status.ScaleSet = prepared.IsScaleSetRetired ? null : prepared.Demand.ScaleSet?.ToStatus();
        status.NextScheduleTime = prepared.Settings?.NextScheduleTime;
        status.Interruptions = InterruptionBreaker.Observe(pool.Spec.Purchasing.InterruptionBreaker, pool.Status?.Interruptions, leases, now);
        status.Capacity = prepared.Settings is { } current ? CapacityOf(current, Math.Max(status.Demand ?? 0, status.Runners!.Busy), now) : pool.Status?.Capacity;
        status.Forecast = pool.Spec.Capacity.Forecast is null
            ? null
            : DemandForecast.Observe(pool.Status?.Forecast ?? new(), pool.Spec.Runner.Lifecycle ?? RunnerLifecycle.Ephemeral, leases, now);
        status.Boots = BootBrake.Observe(status.Boots, prepared.Settings?.Template?.Hash, leases, now);
        if (prepared.Settings?.Template is { } template)
        {
            status.LaunchTemplate = StatusOf(template);
            status.FurtherTemplates = prepared.Settings.FurtherTemplates is { Count: > 0 } further ? [.. further.Select(StatusOf)] : null;
            status.FurtherBoots = BootRecords.Observe(
                status.FurtherBoots, template.Hash, prepared.Settings.FurtherTemplates.Select(known => known.Template?.Hash).OfType<string>(), leases, now);
        }

        foreach (var type in PreparationSteps)
        {
            var step = prepared.Steps.FirstOrDefault(step => step.Condition == type);
            if (step is { IsMet: false, IsTransient: true } && type == RunnerPoolConditions.CredentialsReady && AcceptedCredentials.Has(pool))
            {
                step = step with { IsMet = true, Message = $"{PoolTargets.ForgeOf(pool.Spec)} accepted the credentials earlier; now: {step.Message}" };
            }

            Set(status, pool, type, step?.IsMet, step?.Reason ?? RunnerPoolReasons.NotChecked,
                step?.Message ?? $"waiting for {prepared.Open?.Condition}", now);
        }

        var problem = LaunchProblem.Worst(leases);
        var starved = problem is { IsLaunch: true } ? (problem.Condition.Reason, problem.Condition.Message)
            : BrakedOf(status) is { } braked && BootBrake.IsScarcity(braked) ? (braked.Reason!, BootBrake.Advice(braked))
            : ((string Reason, string Message)?)null;
        Set(status, pool, RunnerPoolConditions.CapacityAvailable, starved is null, starved?.Reason ?? RunnerPoolReasons.Available,
            starved?.Message ?? "nothing is waiting for EC2 capacity", now);
        SetDemand(status, pool, prepared, now);
        SetRegistration(status, pool, now);
        SetRunnerVersion(status, pool, leases, now);
        SetUndelivered(status, pool, now);
        SetSpot(status, pool, now);
        SetReservations(status, pool, prepared.Settings?.Fit, now);
        SetBudget(status, pool, prepared.Settings, now);
        SetGroup(status, pool, prepared, now);
        SetLostJobs(status, pool, now);
        SetCleanup(status, pool, prepared.CleanupFailure ?? LeaveFailureOf(prepared), now);
        SetReady(status, pool, prepared, problem, leases, now);
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
        var (reason, message) = (refusal?.Reason ?? RunnerLeaseReasons.Draining,
            refusal?.Message ?? $"{remaining.Count} runners are still draining, {status.Runners!.Busy} of them busy");
        Set(status, pool, RunnerPoolConditions.Ready, isTrue: false, reason, message, now);

        // Without a job to wait for, the drain counts towards the bounded clean-up.
        SetCleanup(status, pool, status.Runners!.Busy > 0 ? null : new(reason, message, TimeSpan.Zero), now);
        return status;
    }

    private static void SetDemand(RunnerPoolStatus status, V1Alpha1RunnerPool pool, PoolPreconditions prepared, DateTimeOffset now)
    {
        var demand = prepared.Demand.State;
        if (demand == DemandState.Opening && prepared.Open is { Condition: RunnerPoolConditions.Accepted or RunnerPoolConditions.CredentialsReady } open)
        {
            demand = new(IsOpen: null, RunnerPoolReasons.NotChecked, $"waiting for {open.Condition}"); // listening starts only after that
        }

        status.Conditions!.RemoveAll(condition => demand is null && condition.Type == RunnerPoolConditions.DemandReady);
        if (demand is not null)
        {
            Set(status, pool, RunnerPoolConditions.DemandReady, demand.IsOpen, demand.Reason, demand.Message, now);
        }
    }

    private static void SetRegistration(RunnerPoolStatus status, V1Alpha1RunnerPool pool, DateTimeOffset now)
    {
        var (isHealthy, reason, message) = BrakedOf(status) is { } braked ? (false, RunnerPoolReasons.BootsFailing, BootBrake.Advice(braked))
            : status.Boots?.ConnectedAt is not null ? (true, RunnerLeaseReasons.Connected, $"machines connect to {PoolTargets.ForgeOf(pool.Spec)}")
            : ((bool?)null, RunnerPoolReasons.Unproven, $"no machine of the launch template has connected to {PoolTargets.ForgeOf(pool.Spec)} yet");
        Set(status, pool, RunnerPoolConditions.RegistrationHealthy, isHealthy, reason, message, now);
    }

    private static void SetRunnerVersion(RunnerPoolStatus status, V1Alpha1RunnerPool pool, IReadOnlyList<V1Alpha1RunnerLease> leases, DateTimeOffset now)
    {
        var ending = leases.Select(lease => lease.Status?.Runner).Where(runner => runner?.RuntimeDeprecatesAt < now + DeprecationNotice);
        var remedy = pool.Spec.Runner?.Version is { } pinned
            ? $"raise spec.runner.version ({pinned}), with its sha256, or remove both to get the newest"
            : "new machines download the newest; idle ones are replaced within rollout.budget, the others at maxAge";
        SetWhile(status, pool, RunnerPoolConditions.RunnerVersionSupported, RunnerPoolReasons.RunnerVersionDeprecated, ending.MinBy(runner => runner!.RuntimeDeprecatesAt) is { } first
            ? $"from {first.RuntimeDeprecatesAt:yyyy-MM-dd} GitHub gives no jobs to version {first.Version} of the runner: {remedy}" : null, now);
    }

    private static void SetUndelivered(RunnerPoolStatus status, V1Alpha1RunnerPool pool, DateTimeOffset now) => SetWhile(
        status, pool, RunnerPoolConditions.JobsDelivered, RunnerPoolReasons.JobsNotDelivered, status.Undelivered is { Confirmed: true, Jobs: var jobs }
            ? $"jobs that GitHub counts as assigned to the scale set '{status.ScaleSet?.Name}' but delivers to no runner, though one has been idle for {DurationText.Format(UndeliveredJobs.ConfirmAfter)}: "
                + $"{jobs}; no more machines are launched for them. If it lasts, delete the scale set at GitHub: it is made again"
            : null, now);

    /// <summary>The lost job that GitHub refused to run again; null if it has accepted another since, or refused none.</summary>
    public static LostJobStatus? LastRefusal(IReadOnlyList<LostJobStatus>? lostJobs) =>
        lostJobs?.Where(lost => lost.Result is RerunResults.Refused or RerunResults.Rerun).MaxBy(lost => lost.EndedAt) is { Result: RerunResults.Refused } last ? last : null;

    private static void SetLostJobs(RunnerPoolStatus status, V1Alpha1RunnerPool pool, DateTimeOffset now) => SetWhile(
        status, pool, RunnerPoolConditions.LostJobsRerun, RunnerPoolReasons.RerunRefused, pool.Spec.Rerun.Limit != 0 && LastRefusal(status.LostJobs) is { } last
            ? $"GitHub does not rerun a lost job of {last.Repository}: {last.Message}" : null, now);

    private static void SetSpot(RunnerPoolStatus status, V1Alpha1RunnerPool pool, DateTimeOffset now) => SetWhile(
        status, pool, RunnerPoolConditions.SpotStable, RunnerPoolReasons.TooManyInterruptions, status.Interruptions?.OnDemandUntil is { } until
            ? $"EC2 reclaimed {pool.Spec.Purchasing.InterruptionBreaker!.Count} spot machines within {pool.Spec.Purchasing.InterruptionBreaker.Window}, so machines are bought on demand until "
                + $"{until:yyyy-MM-ddTHH:mm:ssZ}; more types and zones make interruptions rarer"
            : null, now);

    // While EC2 does not answer, what was known stays.
    private static void SetReservations(RunnerPoolStatus status, V1Alpha1RunnerPool pool, MachineFit? fit, DateTimeOffset now)
    {
        if (fit is not null || pool.Spec.Purchasing.CapacityReservations is null)
        {
            SetWhile(status, pool, RunnerPoolConditions.ReservationsUsable, fit?.ReservationProblem?.Reason ?? "", fit?.ReservationProblem?.Message, now);
        }
    }

    private static void SetBudget(RunnerPoolStatus status, V1Alpha1RunnerPool pool, PoolSettings? settings, DateTimeOffset now)
    {
        if (pool.Spec.Purchasing.Budget is not { } budget)
        {
            status.Conditions!.RemoveAll(condition => condition.Type == RunnerPoolConditions.WithinBudget);
            return;
        }

        var (isWithin, reason, message) = settings?.ReachedBudget is { } reached ? (false, RunnerPoolReasons.BudgetReached, reached.Message)
            : BudgetPlanner.TooSmall(budget, settings?.Fit?.Cheapest) is { } problem ? (false, RunnerPoolReasons.BudgetTooSmall, problem)
            : (true, RunnerPoolReasons.WithinBudget, "the pool has cost less than its budget allows");
        Set(status, pool, RunnerPoolConditions.WithinBudget, isWithin, reason, message, now);
    }

    private static void SetGroup(RunnerPoolStatus status, V1Alpha1RunnerPool pool, PoolPreconditions prepared, DateTimeOffset now)
    {
        status.AutoScalingGroup = prepared.IsGroupRemoved ? null
            : prepared.GroupName is { } name ? new() { Name = name, Region = prepared.Settings!.Account.Region, AssumeRoleArn = prepared.Settings.Account.AssumeRoleArn }
            : pool.Status?.AutoScalingGroup;
        if (prepared.Group is { } group)
        {
            Set(status, pool, RunnerPoolConditions.AutoScalingGroupReady, group.IsReady, group.Reason, group.Message, now);
        }
        else if (pool.Spec.Launch.Backend != LaunchBackend.AutoScalingGroup)
        {
            status.Conditions!.RemoveAll(condition => condition.Type == RunnerPoolConditions.AutoScalingGroupReady);
        }
    }

    private static CleanupFailure? LeaveFailureOf(PoolPreconditions prepared) => prepared is { IsScaleSetRetired: false, Demand.LeaveFailure: { } message }
        ? new(RunnerPoolReasons.ScaleSetRemains, message, TimeSpan.Zero)
        : null;

    // Its transition time is the first failed attempt to remove anything, which bounds all clean-up.
    private static void SetCleanup(RunnerPoolStatus status, V1Alpha1RunnerPool pool, CleanupFailure? failure, DateTimeOffset now) =>
        SetWhile(status, pool, RunnerPoolConditions.CleanedUp, failure?.Reason ?? "", failure?.Message, now);

    private static void SetReady(
        RunnerPoolStatus status, V1Alpha1RunnerPool pool, PoolPreconditions prepared, LaunchProblem? problem, IReadOnlyList<V1Alpha1RunnerLease> leases, DateTimeOffset now)
    {
        var (isReady, reason, message) = prepared.Open is { } open ? (open.IsMet, open.Reason, open.Message)
            : prepared.Demand.State is { IsOpen: false } demand ? (false, demand.Reason, demand.Message)
            : prepared.Refusal is { } refusal ? (false, refusal.Reason, refusal.Message)
            : prepared.Group is { IsReady: false } group ? (false, group.Reason, group.Message)
            : BrakedOf(status) is { } braked ? (false, RunnerPoolReasons.BootsFailing, BootBrake.Advice(braked))
            : problem is not null ? (false, problem.Condition.Reason, problem.Condition.Message)
            : prepared.Settings is { IsPaused: true } paused ? (true, RunnerPoolReasons.Paused, PauseOf(pool, paused))
            : prepared.Settings?.ReachedBudget is { } budget ? (false, RunnerPoolReasons.BudgetReached, budget.Message)
            : Unserved(status, prepared, leases) is > 0 and var unserved
                ? (true, RunnerPoolReasons.Saturated, $"maxRunners ({prepared.Settings!.MaxRunners}) is reached; jobs waiting for a free runner: {unserved}")
            : status.Runners is { Outdated: > 0 and var outdated } ? (true, RunnerPoolReasons.RollingOut, RollOut(outdated, pool))
            : PoolValidation.RotationOf(pool) is not null && prepared.Settings?.RotateAt is null
                ? (true, RunnerPoolReasons.InvalidRotation, $"the annotation {Annotations.Rotate} is not a time, so nothing is replaced; set it to a time such as $(date -u +%FT%TZ)")
            : (true, RunnerPoolReasons.Ready, "the pool is serving jobs");
        Set(status, pool, RunnerPoolConditions.Ready, isReady, reason, message, now);
    }

    private static bool IsOutdated(V1Alpha1RunnerLease lease, PoolSettings settings, DateTimeOffset now) =>
        lease is { Status.Instance: not null, Metadata.DeletionTimestamp: null, Spec.Holder: null } && RenewalPlanner.Difference(lease, settings, now) is not null;

    private static string PauseOf(V1Alpha1RunnerPool pool, PoolSettings settings) => pool.Spec.Paused == true
        ? "launches are paused; set spec.paused to false to resume"
        : $"launches are paused by a schedule ({string.Join(", ", settings.ActiveSchedules)}); the next change is at {settings.NextScheduleTime:yyyy-MM-ddTHH:mm:ssZ}";

    private static CapacityStatus CapacityOf(PoolSettings settings, int jobs, DateTimeOffset now) => new()
    {
        IdleRunners = Math.Min(settings.IdleFor(jobs, now), settings.MaxRunners),
        MaxRunners = settings.MaxRunners,
        UsageClass = settings.OnDemandUntil > now ? UsageClass.OnDemand : settings.UsageClass,
        Paused = settings.IsPaused,
        Schedules = settings.ActiveSchedules.Count > 0 ? [.. settings.ActiveSchedules] : null,
    };

    private static string RollOut(int outdated, V1Alpha1RunnerPool pool) =>
        $"runners on machines that the pool would launch otherwise now: {outdated}; "
        + (RolloutBudget.Compute(pool.Spec.Rollout?.Budget?.Value, outdated) > 0
            ? "idle ones are replaced at the pace of rollout.budget, busy ones finish their job first"
            : "rollout.budget is 0, so idle ones stay until they reach maxAge");

    // Jobs for which the pool has no runner and may launch none. Every queued webhook job has a lease from the start; of those only
    // maxRunners count.
    private static int Unserved(RunnerPoolStatus status, PoolPreconditions prepared, IReadOnlyList<V1Alpha1RunnerLease> leases)
    {
        if (status is not { Runners: { } runners, Demand: { } jobs } || prepared.Settings is not { } settings || runners.Total - leases.Count(lease => lease.Spec.Standby is not null) < settings.MaxRunners)
        {
            return 0;
        }

        var room = settings.MaxRunners - leases.Count(lease => lease.Spec.Standby is null && !LeaseAvailability.IsAvailable(lease) && AdmissionPlanner.HasLaunched(lease));
        return Clamp((long)jobs + prepared.Demand.HeldBackJobs - Math.Min(leases.Count(LeaseAvailability.IsAvailable), Math.Max(0, room)));
    }

    private static int Clamp(long jobs) => (int)Math.Clamp(jobs, int.MinValue, int.MaxValue);

    // The launch template whose machines fail; of several the first.
    private static BootStatus? BrakedOf(RunnerPoolStatus status) =>
        BootBrake.IsEngaged(status.Boots) ? status.Boots : status.FurtherBoots?.Find(BootBrake.IsEngaged);

    private static LaunchTemplateStatus StatusOf(LaunchTemplateRef template) => new()
    {
        Id = template.Id,
        Name = template.Name,
        Version = template.Version,
        Hash = template.Hash,
        RootDevice = template.RootDevice,
        RootVolumeMinGiB = template.RootVolumeMinGiB > 0 ? template.RootVolumeMinGiB : null,
        Platform = template.Platform,
        Bootstrap = template.IsStartedByCommand ? HostBootstrap.SSM : null,
        VolumesHourlyPrice = template.VolumesHourlyPrice,
        Architecture = template.Architecture,
    };

    private static FurtherTemplateStatus StatusOf(PoolTemplate further) => new()
    {
        ResourceClassName = further.Scope.ResourceClassName,
        Image = further.Scope.Image,
        Architecture = further.Scope.Architecture,
        OnRequest = further.Scope.OnRequest ? true : null,
        Template = further.Template is { } template ? StatusOf(template) : null,
        Reason = further.Reason,
        Message = further.Message,
    };

    private static RunnerPoolStatus StatusOf(V1Alpha1RunnerPool pool, IReadOnlyList<V1Alpha1RunnerLease> leases) => new()
    {
        ObservedGeneration = pool.Metadata.Generation,
        Conditions = [.. pool.Status?.Conditions ?? []],
        Runners = Count(leases),
        ScaleSet = pool.Status?.ScaleSet,
        LaunchTemplate = pool.Status?.LaunchTemplate,
        HourlyCost = CostOf(leases),
        Capacity = pool.Status?.Capacity,
        Forecast = pool.Status?.Forecast,
        Interruptions = pool.Status?.Interruptions,
        Cost = pool.Status?.Cost,
        FurtherTemplates = pool.Status?.FurtherTemplates,
        Boots = pool.Status?.Boots,
        FurtherBoots = pool.Status?.FurtherBoots,
        LostJobs = pool.Status?.LostJobs,
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
            Standby = Of(RunnerLeasePhases.Standby),
            Idle = Of(RunnerLeasePhases.Idle),
            Busy = leases.Count(lease => lease.Status?.Job is not null),
            Leased = Of(RunnerLeasePhases.Leased),
            Draining = Of(RunnerLeasePhases.Draining),
        };
    }

    private static string CostOf(IEnumerable<V1Alpha1RunnerLease> leases) => CostPlanner.Text(leases.Sum(lease => lease.Status?.Instance is { } instance ? CostPlanner.PriceOf(instance) : 0));

    // A condition that is present, and False, only while there is a problem.
    private static void SetWhile(RunnerPoolStatus status, V1Alpha1RunnerPool pool, string type, string reason, string? problem, DateTimeOffset now)
    {
        if (problem is null)
        {
            status.Conditions!.RemoveAll(condition => condition.Type == type);
            return;
        }

        Set(status, pool, type, isTrue: false, reason, problem, now);
    }

    private static void Set(
        RunnerPoolStatus status, V1Alpha1RunnerPool pool, string type, bool? isTrue, string reason, string message, DateTimeOffset now) =>
        ConditionList.Set(status.Conditions!, type, isTrue switch { true => "True", false => "False", null => "Unknown" },
            reason, message, pool.Metadata.Generation, now);
}

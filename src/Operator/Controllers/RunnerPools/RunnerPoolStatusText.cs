using System.Globalization;
using Operator.Demand;
using Operator.Entities.Conditions;
using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerPools;

namespace Operator.Controllers.RunnerPools;

/// <summary>Says in numbers and conditions how a pool stands. Pure.</summary>
internal static class RunnerPoolStatusText
{
    private static readonly string[] PreparationSteps =
        [RunnerPoolConditions.Accepted, RunnerPoolConditions.CredentialsReady, RunnerPoolConditions.TemplateReady];

    public static RunnerPoolStatus Describe(
        V1Alpha1RunnerPool pool, PreparedPool prepared, IReadOnlyList<V1Alpha1RunnerLease> leases, DateTimeOffset now)
    {
        var status = StatusOf(pool, leases);
        status.Demand = prepared.Demand.CountJobs(leases);
        status.ScaleSet = prepared.IsScaleSetRetired ? null : prepared.Demand.ScaleSet?.ToStatus();
        status.NextScheduleTime = prepared.Settings?.NextScheduleTime;
        if (prepared.Settings?.Template is { } template)
        {
            status.LaunchTemplate = new() { Id = template.Id, Name = template.Name, Version = template.Version, Hash = template.Hash };
        }

        var failed = prepared.Steps.FirstOrDefault(step => !step.IsMet);
        foreach (var type in PreparationSteps)
        {
            var step = prepared.Steps.FirstOrDefault(step => step.Condition == type);
            Set(status, pool, type, step is null ? null : step.IsMet, step?.Reason ?? "NotChecked",
                step?.Message ?? $"waits for {failed?.Condition}", now);
        }

        var starved = leases.Select(lease => ConditionList.Find(lease.Status?.Conditions, RunnerLeaseConditions.Launched))
            .FirstOrDefault(condition => condition is { Status: "False" } && IsCapacityProblem(condition.Reason));
        Set(status, pool, RunnerPoolConditions.CapacityAvailable, starved is null, starved?.Reason ?? "Available",
            starved?.Message ?? "EC2 has given what was asked for", now);
        SetDemand(status, pool, prepared.Demand.State, now);
        SetReady(status, pool, prepared.Demand.State, failed, now);
        return status;
    }

    public static RunnerPoolStatus DescribeDraining(
        V1Alpha1RunnerPool pool, IReadOnlyList<V1Alpha1RunnerLease> remaining, DateTimeOffset now)
    {
        var status = StatusOf(pool, remaining);
        Set(status, pool, RunnerPoolConditions.Ready, isTrue: false, "Draining",
            $"{remaining.Count} runners drain before the pool goes; {status.Runners!.Busy} still run a job", now);
        return status;
    }

    private static void SetDemand(RunnerPoolStatus status, V1Alpha1RunnerPool pool, DoorState? door, DateTimeOffset now)
    {
        status.Conditions!.RemoveAll(condition => door is null && condition.Type == RunnerPoolConditions.DemandReady);
        if (door is not null)
        {
            Set(status, pool, RunnerPoolConditions.DemandReady, door.IsOpen, door.Reason, door.Message, now);
        }
    }

    private static void SetReady(RunnerPoolStatus status, V1Alpha1RunnerPool pool, DoorState? door, PreparedStep? failed, DateTimeOffset now)
    {
        var (isReady, reason, message) = failed is not null ? (false, failed.Reason, failed.Message)
            : door is { IsOpen: false } ? (false, door.Reason, door.Message)
            : pool.Spec.Paused == true ? (true, "Paused", "nothing new is launched; set spec.paused to false to go on")
            : (true, "Ready", "the pool serves");
        Set(status, pool, RunnerPoolConditions.Ready, isReady, reason, message, now);
    }

    private static RunnerPoolStatus StatusOf(V1Alpha1RunnerPool pool, IReadOnlyList<V1Alpha1RunnerLease> leases) => new()
    {
        ObservedGeneration = pool.Metadata.Generation,
        Conditions = [.. pool.Status?.Conditions ?? []],
        Runners = Count(leases),
        ScaleSet = pool.Status?.ScaleSet,
        LaunchTemplate = pool.Status?.LaunchTemplate,
        HourlyCost = CostOf(leases),
        LabelSelector = $"{Labels.Pool}={pool.Metadata.Name}",
    };

    private static RunnerCounts Count(IReadOnlyList<V1Alpha1RunnerLease> leases)
    {
        int Of(params string[] phases) => leases.Count(lease => phases.Contains(lease.Status?.Phase ?? "Pending"));
        return new()
        {
            Total = leases.Count,
            Pending = Of("Pending", "Launching"),
            Booting = Of("Booting", "Registering", "Offline"),
            Idle = Of("Idle"),
            Busy = leases.Count(lease => lease.Status?.Job is not null),
            Leased = Of("Leased"),
            Draining = Of("Draining"),
        };
    }

    private static string CostOf(IEnumerable<V1Alpha1RunnerLease> leases) => leases
        .Sum(lease => decimal.TryParse(lease.Status?.Instance?.HourlyPrice, NumberStyles.Number, CultureInfo.InvariantCulture, out var price) ? price : 0)
        .ToString("0.####", CultureInfo.InvariantCulture);

    private static bool IsCapacityProblem(string? reason) =>
        reason is "InsufficientCapacity" or "QuotaExceeded" or "SpotPriceTooLow" or "SubnetFull" or "SpotRoleMissing";

    private static void Set(
        RunnerPoolStatus status, V1Alpha1RunnerPool pool, string type, bool? isTrue, string reason, string message, DateTimeOffset now) =>
        ConditionList.Set(status.Conditions!, type, isTrue switch { true => "True", false => "False", null => "Unknown" },
            reason, message, pool.Metadata.Generation, now);
}

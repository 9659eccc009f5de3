using System.Globalization;
using System.Text;
using Operator.Entities.Conditions;
using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerPools;
using Operator.Leases;

namespace Operator.Commands.Kubectl;

/// <summary>Why a pool or a lease is as it is, from its conditions, status and events.</summary>
/// <param name="Kind">RunnerPool or RunnerLease.</param>
/// <param name="Name">Namespace and name.</param>
/// <param name="Summary">The most important fact.</param>
/// <param name="Details">What else explains it.</param>
/// <param name="Events">The latest, oldest first.</param>
internal sealed record Explanation(string Kind, string Name, string Summary, IReadOnlyList<string> Details, IReadOnlyList<ShownEvent> Events)
{
    private const int MostLeases = 10;
    private const int MostEvents = 10;

    /// <summary>Explains a pool.</summary>
    /// <param name="pool">The pool.</param>
    /// <param name="leases">The leases of its namespace.</param>
    /// <param name="events">The events of its namespace.</param>
    /// <param name="now">For ages.</param>
    public static Explanation Of(V1Alpha1RunnerPool pool, IEnumerable<V1Alpha1RunnerLease> leases, IEnumerable<ShownEvent> events, DateTimeOffset now)
    {
        var (name, status) = (pool.Metadata.Name!, pool.Status);
        var own = leases.Where(lease => lease.Spec.PoolName == name).ToList();
        var waiting = own.Where(lease => Find(lease.Status?.Conditions, RunnerLeaseConditions.Ready) is not { Status: "True" }).Take(MostLeases)
            .Select(lease => $"lease {lease.Metadata.Name}, {lease.Status?.Phase ?? RunnerLeasePhases.Pending} for {KubectlTable.Age(lease.Metadata.CreationTimestamp, now)}: {ReasonOf(lease)}");
        return new(
            "RunnerPool", NamespacedName.From(pool).ToString(), ReadyOf(status?.Conditions), [.. DetailsOf(pool), .. ProblemsOf(status?.Conditions), .. waiting],
            EventsOf(events, "RunnerPool", name));
    }

    /// <summary>Explains a lease.</summary>
    /// <param name="lease">The lease.</param>
    /// <param name="pool">Its pool; null if that is gone.</param>
    /// <param name="events">The events of its namespace.</param>
    /// <param name="now">For ages.</param>
    public static Explanation Of(V1Alpha1RunnerLease lease, V1Alpha1RunnerPool? pool, IEnumerable<ShownEvent> events, DateTimeOffset now) => new(
        "RunnerLease",
        NamespacedName.From(lease).ToString(),
        $"{lease.Status?.Phase ?? RunnerLeasePhases.Pending}: {ReasonOf(lease)}",
        [.. DetailsOf(lease, pool, now), .. ProblemsOf(lease.Status?.Conditions)],
        EventsOf(events, "RunnerLease", lease.Metadata.Name!));

    /// <summary>For a terminal.</summary>
    public string ToText(DateTimeOffset now)
    {
        var text = new StringBuilder($"{Kind} {Name}: {Summary}\n");
        text.AppendJoin("", Details.Select(detail => $"  {detail}\n"));
        if (Events.Count > 0)
        {
            text.Append("Events:\n").Append(KubectlTable.Write(
                ["  LAST SEEN", "TYPE", "REASON", "MESSAGE"],
                Events.Select(one => (IReadOnlyList<string>)[$"  {KubectlTable.Age(one.At, now)}", one.Type ?? "", one.Reason ?? "", (one.Message ?? "").ReplaceLineEndings(" ")])));
        }

        return text.ToString();
    }

    private static IEnumerable<string> DetailsOf(V1Alpha1RunnerPool pool)
    {
        var status = pool.Status;
        if (status?.Runners is { } runners)
        {
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"{status.Waiting ?? 0} jobs wait; {runners.Total} runners of at most {status.Capacity?.MaxRunners ?? pool.Spec.Capacity.MaxRunners}: {runners.Pending} pending, {runners.Booting} booting, {runners.Idle} idle, {runners.Busy} busy, {runners.Draining} draining");
        }

        if (status?.Capacity is { } capacity)
        {
            var schedules = capacity.Schedules is { Count: > 0 } active ? $", by the schedules {string.Join(", ", active)}" : "";
            yield return string.Create(
                CultureInfo.InvariantCulture, $"keeps {capacity.IdleRunners} runners beside the jobs and buys {WireNames.Format(capacity.UsageClass ?? UsageClass.Spot)}{(capacity.Paused ? ", and is paused" : "")}{schedules}");
        }

        if (status?.NextScheduleTime is { } next)
        {
            yield return $"a schedule changes something at {TimeText.Format(next)}";
        }
    }

    private static IEnumerable<string> DetailsOf(V1Alpha1RunnerLease lease, V1Alpha1RunnerPool? pool, DateTimeOffset now)
    {
        var status = lease.Status;
        if (status?.Job is { } job)
        {
            yield return $"runs job {job.Id ?? "(not named yet)"} of {job.Repository ?? "an unknown repository"}{(job.Workflow is null ? "" : $", workflow {job.Workflow}")}, for {KubectlTable.Age(job.StartedAt, now)}";
        }
        else if (LeaseJobs.LabelOf(lease) is { } awaited)
        {
            yield return $"was made for job {awaited}; any runner with the job's labels may take it";
        }

        if (lease.Spec.Holder is { } holder)
        {
            yield return $"is held by {string.Join(' ', new[] { holder.Kind, holder.Name, holder.Repository, holder.RunId is null ? null : $"run {holder.RunId}" }.OfType<string>())}";
        }

        if (status?.Instance is { Id: not null } machine)
        {
            yield return $"has {machine.Id}, {machine.Type} in {machine.Zone}, {machine.UsageClass}{(machine.HourlyPrice is null ? "" : $" at ${machine.HourlyPrice} an hour")}, launched {KubectlTable.Age(machine.LaunchedAt, now)} ago";
        }

        if (status?.Launch?.UsageClass is { } bought)
        {
            yield return WhyBought(lease, pool, bought);
        }
    }

    // As PurchasingPlanner decides, told from what it has left behind.
    private static string WhyBought(V1Alpha1RunnerLease lease, V1Alpha1RunnerPool? pool, string bought)
    {
        var usual = WireNames.Format(pool?.Status?.Capacity?.UsageClass ?? pool?.Spec.Purchasing.UsageClass ?? UsageClass.Spot);
        return LostJobs.RerunOf(lease) is { } lost ? $"bought {bought}: the job of {lost} was lost with its spot machine and runs again"
            : lease.Spec.UsageClass is not null ? $"bought {bought}: the lease asks for it (spec.usageClass)"
            : bought == usual ? $"bought {bought}, as the pool does"
            : bought == "reserved" ? "bought reserved: a capacity reservation of the pool had a free slot"
            : pool?.Status?.Interruptions?.OnDemandUntil is { } until ? $"bought {bought}: the pool avoids spot until {TimeText.Format(until)}, because of interruptions"
            : lease.Status?.Launch?.Attempt > 1 ? $"bought {bought}: {lease.Status.Launch.Attempt} attempts, spot had no capacity (onDemandFallback)"
            : $"bought {bought}: onDemandBase or onDemandPercentageAboveBase of the pool";
    }

    private static IEnumerable<string> ProblemsOf(IEnumerable<V1Condition>? conditions) => (conditions ?? [])
        .Where(condition => condition.Type is not (RunnerPoolConditions.Ready or RunnerLeaseConditions.Interrupted) ? condition.Status != "True" : condition.Type == RunnerLeaseConditions.Interrupted)
        .Select(condition => $"{condition.Type}={condition.Status} {condition.Reason}: {condition.Message}");

    private static string ReadyOf(IEnumerable<V1Condition>? conditions) => Find(conditions, RunnerPoolConditions.Ready) is { } ready
        ? $"Ready={ready.Status} {ready.Reason}: {ready.Message}" : "the operator has not looked at it yet: see that it runs, and watches this namespace (operator doctor)";

    private static string ReasonOf(V1Alpha1RunnerLease lease) => Find(lease.Status?.Conditions, RunnerLeaseConditions.Ready) is { } ready
        ? $"{ready.Reason}: {ready.Message}" : "the operator has not looked at it yet";

    private static V1Condition? Find(IEnumerable<V1Condition>? conditions, string type) => ConditionList.Find(conditions, type);

    private static IReadOnlyList<ShownEvent> EventsOf(IEnumerable<ShownEvent> events, string kind, string name) =>
        [.. events.Where(one => one.InvolvedObject?.Kind == kind && one.InvolvedObject.Name == name).OrderBy(one => one.At).TakeLast(MostEvents)];
}

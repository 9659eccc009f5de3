using Operator.Entities.Conditions;
using Operator.Entities.RunnerLeases;
using Operator.Leases;
using Operator.Settings;

namespace Operator.Dashboard;

/// <summary>Which of many runners or jobs are asked for.</summary>
/// <param name="Namespace">Only in this namespace; null for all.</param>
/// <param name="Pool">Only of this pool; null for all.</param>
/// <param name="State">Only in this state; null for all.</param>
/// <param name="Text">Only with this text in the lease, the instance, the type, the zone or the job; null for all.</param>
/// <param name="Offset">How many are passed over.</param>
/// <param name="Limit">How many are answered.</param>
internal sealed record DashboardQuery(string? Namespace = null, string? Pool = null, string? State = null, string? Text = null, int Offset = 0, int Limit = 100)
{
    /// <summary>Most rows of an answer.</summary>
    public const int MaxLimit = 200;
}

/// <summary>Pages of runners and jobs. Pure.</summary>
internal static class RunnersPlanner
{
    private const int MaxPrevious = 40;

    private static readonly string[] JobStates = ["running", "waiting", "ended"];

    /// <summary>The runners of a page, by pool and name: those that exist, and the last one of each name that was there within the hour.</summary>
    /// <param name="seen">What there is.</param>
    /// <param name="query">What is asked for.</param>
    public static RunnersPage Page(DashboardObservation seen, DashboardQuery query)
    {
        var jobs = seen.Journal.EndedJobs.ToLookup(job => new NamespacedName(job.Namespace, job.Runner));
        var ended = seen.Journal.EndedRunners.OrderBy(runner => runner.EndedAt).ToLookup(runner => new NamespacedName(runner.Namespace, runner.Name));
        var living = seen.Leases.Select(NamespacedName.From).ToHashSet();
        var rows = seen.Leases.Where(lease => Matches(lease, query))
            .Select(lease => (Key: NamespacedName.From(lease), Pool: lease.Spec.PoolName, Make: (Func<RunnerView>)(() => Describe(lease, JobsOf(lease, jobs[NamespacedName.From(lease)])))))
            .Concat(ended.Where(runners => !living.Contains(runners.Key) && Matches(runners.Last(), query))
                .Select(runners => (runners.Key, runners.Last().Pool, Make: (Func<RunnerView>)(() => runners.Last()))));
        var found = rows.OrderBy(row => row.Key.Namespace, StringComparer.Ordinal).ThenBy(row => row.Pool, StringComparer.Ordinal).ThenBy(row => row.Key.Name, NaturalOrder).ToList();
        return new(seen.Now, found.Count, query.Offset, [.. found.Skip(query.Offset).Take(query.Limit).Select(row => row.Make()).Select(runner => WithPrevious(runner, ended[new(runner.Namespace, runner.Name)]))]);
    }

    /// <summary>A runner with what those before it have done.</summary>
    /// <param name="runner">The runner.</param>
    /// <param name="ended">Those of its name that have ended, itself perhaps among them.</param>
    public static RunnerView WithPrevious(RunnerView runner, IEnumerable<RunnerView> ended) =>
        runner with { Previous = [.. ended.Where(other => !ReferenceEquals(other, runner)).SelectMany(other => other.Spans).OrderBy(span => span.From).TakeLast(MaxPrevious)] };

    /// <summary>Of the jobs of a name those of the lease that has it now.</summary>
    public static IEnumerable<JobView> JobsOf(V1Alpha1RunnerLease lease, IEnumerable<JobView> ended) => ended.Where(job => job.StartedAt >= lease.Metadata.CreationTimestamp);

    /// <summary>A lease as displayed.</summary>
    /// <param name="lease">The lease.</param>
    /// <param name="ended">The jobs that it has served, as far as they are known.</param>
    /// <param name="withConditions">Whether to include its conditions.</param>
    public static RunnerView Describe(V1Alpha1RunnerLease lease, IEnumerable<JobView> ended, bool withConditions = false)
    {
        var (status, instance) = (lease.Status, lease.Status?.Instance);
        var ready = ConditionList.Find(status?.Conditions, RunnerLeaseConditions.Ready);
        return new()
        {
            Namespace = lease.Metadata.NamespaceProperty ?? "",
            Name = lease.Metadata.Name ?? "",
            Pool = lease.Spec.PoolName,
            Phase = status?.Phase ?? RunnerLeasePhases.Pending,
            State = RunnerStates.Of(lease),
            Reason = ready?.Reason,
            Message = DashboardPlanner.Shorten(ready?.Message),
            InstanceId = instance?.Id,
            Type = instance?.Type,
            Zone = instance?.Zone,
            UsageClass = instance?.UsageClass,
            PerHour = instance is not null && CostPlanner.PriceOf(instance) is > 0 and var price ? price : null,
            Runner = status?.Runner?.Name,
            Holder = HolderOf(lease.Spec.Holder),
            Interruption = status?.Interruption?.Reason,
            ServedJobs = status?.ServedJobs ?? 0,
            Job = JobOf(lease),
            CreatedAt = lease.Metadata.CreationTimestamp,
            Spans = SpansOf(lease, ended),
            Conditions = withConditions ? DashboardPlanner.ConditionsOf(status?.Conditions) : null,
        };
    }

    /// <summary>What a runner has done: waited, booted, idled, run jobs, drained.</summary>
    /// <param name="lease">The lease.</param>
    /// <param name="ended">The jobs that it has served, as far as they are known.</param>
    public static IReadOnlyList<SpanView> SpansOf(V1Alpha1RunnerLease lease, IEnumerable<JobView> ended)
    {
        List<SpanView> spans = [];
        var (status, instance) = (lease.Status, lease.Status?.Instance);
        var gone = instance?.GoneAt;
        var drained = status?.Drain?.BegunAt ?? lease.Metadata.DeletionTimestamp;
        var end = Earlier(drained, gone);
        if (status?.AdoptedFrom is null)
        {
            Add(spans, RunnerStates.Waiting, lease.Metadata.CreationTimestamp, instance?.LaunchedAt ?? end);
            Add(spans, RunnerStates.Booting, instance?.SwitchedOnAt, instance?.ReadyAt ?? end);
        }
        else if (instance?.Standby?.StartedAt is { } started)
        {
            Add(spans, RunnerStates.Waiting, lease.Metadata.CreationTimestamp, started);
            Add(spans, RunnerStates.Booting, started, instance.ReadyAt ?? end);
        }

        var idle = lease.Spec.Standby is not null ? RunnerStates.Standby : lease.Spec.Holder is null ? RunnerStates.Idle : RunnerStates.Leased;
        var since = status?.AdoptedFrom is null || instance?.Standby is not null ? instance?.ReadyAt : status.HeldSince ?? lease.Metadata.CreationTimestamp;
        foreach (var job in ended.Where(job => job.StartedAt is not null).OrderBy(job => job.StartedAt))
        {
            Add(spans, idle, since, job.StartedAt);
            Add(spans, RunnerStates.Busy, job.StartedAt, job.EndedAt);
            since = job.EndedAt;
        }

        if (since is not null)
        {
            Add(spans, idle, since, Earlier(status?.Job?.StartedAt, end));
            Add(spans, RunnerStates.Busy, status?.Job?.StartedAt, end);
        }

        Add(spans, RunnerStates.Draining, drained, gone);
        return spans;
    }

    /// <summary>Jobs that run, wait and have ended, in this order.</summary>
    /// <param name="seen">What there is.</param>
    /// <param name="query">What is asked for.</param>
    public static JobsPage Jobs(DashboardObservation seen, DashboardQuery query)
    {
        var found = seen.Leases.Select(JobOf).OfType<JobView>().Concat(seen.Journal.EndedJobs).Where(job => Matches(job, query))
            .OrderBy(job => Array.IndexOf(JobStates, job.State)).ThenByDescending(job => job.EndedAt).ThenBy(job => job.StartedAt ?? job.QueuedAt)
            .ThenBy(job => job.Id, StringComparer.Ordinal).ToList();
        return new(seen.Now, found.Count, query.Offset, [.. found.Skip(query.Offset).Take(query.Limit)]);
    }

    /// <summary>The job that a lease runs, or waits for.</summary>
    public static JobView? JobOf(V1Alpha1RunnerLease lease)
    {
        var (job, awaited) = (lease.Status?.Job, LeaseJobs.Awaited(lease));
        if (job is null && awaited is null)
        {
            return null;
        }

        var ready = job is null ? ConditionList.Find(lease.Status?.Conditions, RunnerLeaseConditions.Ready) : null;
        return new()
        {
            State = job is null ? "waiting" : "running",
            Id = job?.Id ?? awaited,
            RunId = job?.RunId,
            Repository = job?.Repository,
            Workflow = job?.Workflow is { } workflow ? ErrorText.Shorten(workflow, 120) : null,
            Url = UrlOf(lease.Status?.Runner?.Url, job),
            Namespace = lease.Metadata.NamespaceProperty ?? "",
            Pool = lease.Spec.PoolName,
            Runner = lease.Metadata.Name ?? "",
            QueuedAt = job is null ? lease.Metadata.CreationTimestamp : null,
            StartedAt = job?.StartedAt,
            Reason = ready?.Reason,
            Message = DashboardPlanner.Shorten(ready?.Message),
        };
    }

    /// <summary>Compares names by their numbers: <c>linux-9</c> comes before <c>linux-10</c>.</summary>
    public static IComparer<string> NaturalOrder { get; } = Comparer<string>.Create((left, right) =>
    {
        var (leftEnd, rightEnd) = (NumberAt(left), NumberAt(right));
        var heads = string.CompareOrdinal(left[..leftEnd], right[..rightEnd]);
        var (leftDigits, rightDigits) = (left[leftEnd..], right[rightEnd..]);
        return heads != 0 ? heads
            : leftDigits.Length != rightDigits.Length ? leftDigits.Length.CompareTo(rightDigits.Length) : string.CompareOrdinal(leftDigits, rightDigits);
    });

    private static int NumberAt(string name) => name.AsSpan().TrimEnd("0123456789").Length;

    private static void Add(List<SpanView> spans, string state, DateTimeOffset? from, DateTimeOffset? to)
    {
        if (from is { } begun && !(to <= begun))
        {
            spans.Add(new(state, begun, to));
        }
    }

    private static DateTimeOffset? Earlier(DateTimeOffset? one, DateTimeOffset? other) => one is null || other < one ? other : one;

    private static bool Matches(V1Alpha1RunnerLease lease, DashboardQuery query)
    {
        var (instance, job) = (lease.Status?.Instance, lease.Status?.Job);
        return IsIn(lease.Metadata.NamespaceProperty, lease.Spec.PoolName, RunnerStates.Of(lease), query)
            && Holds(query.Text, lease.Metadata.Name, instance?.Id, instance?.Type, instance?.Zone, job?.Repository, job?.Id, lease.Status?.Runner?.Name);
    }

    private static bool Matches(RunnerView runner, DashboardQuery query) =>
        IsIn(runner.Namespace, runner.Pool, "ended", query) && Holds(query.Text, runner.Name, runner.InstanceId, runner.Type, runner.Zone, runner.Runner);

    private static bool Matches(JobView job, DashboardQuery query) =>
        IsIn(job.Namespace, job.Pool, job.State, query) && Holds(query.Text, job.Runner, job.Id, job.Repository, job.Workflow, job.RunId);

    private static bool IsIn(string? space, string pool, string state, DashboardQuery query) =>
        (query.Namespace is null || query.Namespace == space) && (query.Pool is null || query.Pool == pool) && (query.State is null || query.State == state);

    private static bool Holds(string? text, params ReadOnlySpan<string?> fields)
    {
        if (text is null)
        {
            return true;
        }

        foreach (var field in fields)
        {
            if (field?.Contains(text, StringComparison.OrdinalIgnoreCase) == true)
            {
                return true;
            }
        }

        return false;
    }

    private static string? HolderOf(RunnerLeaseHolder? holder) => holder is null ? null
        : holder.Repository is { } repository ? $"{holder.Kind} {repository}{(holder.RunId is { } run ? $" {run}" : "")}"
        : holder.Name is { } name ? $"{holder.Kind} {name}" : holder.Kind;

    // The host is that of the registration; the rest is the same at every GitHub.
    private static string? UrlOf(string? registeredAt, LeasedJob? job) =>
        job is { Repository: { } repository, RunId: { } run } && Uri.TryCreate(registeredAt, UriKind.Absolute, out var at) && at.Scheme is "https" or "http"
            ? $"{at.GetLeftPart(UriPartial.Authority)}/{repository}/actions/runs/{Uri.EscapeDataString(run)}{(job.Id is { } id ? $"/job/{Uri.EscapeDataString(id)}" : "")}" : null;
}

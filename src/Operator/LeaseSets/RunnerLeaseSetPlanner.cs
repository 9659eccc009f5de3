using Operator.Entities.Conditions;
using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerLeaseSets;
using Operator.GitHub.Runs;
using Operator.Leases;
using Operator.Settings;

namespace Operator.LeaseSets;

/// <summary>Decides what becomes of a set: all its runners within its time, or none; and when its holder has let them go. Pure.</summary>
internal static class RunnerLeaseSetPlanner
{
    /// <summary>How long an ended set stays, so that who asked for it learns how it ended, and a request that is repeated finds it.</summary>
    public static readonly TimeSpan Retention = TimeSpan.FromHours(1);

    /// <summary>How often GitHub is asked about the run of a set, beside what it tells by webhook.</summary>
    public static readonly TimeSpan RunPoll = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan DefaultProvisionTimeout = TimeSpan.FromMinutes(15);

    // What only another request can put right: there is no point in waiting.
    private static readonly string[] Hopeless =
        [RunnerLeaseReasons.ResourceClassNotFound, RunnerLeaseReasons.OverrideNotAllowed, RunnerLeaseReasons.ArchitectureMismatch, RunnerLeaseReasons.OperatingSystemMismatch];

    public static RunnerLeaseSetPlan Plan(RunnerLeaseSetObservation observed)
    {
        var (set, now) = (observed.Set, observed.Now);
        if (set.Metadata.DeletionTimestamp is not null)
        {
            return LetGo(observed, new(StatusOf(set)) { RemovesFinalizer = observed.Leases.Count == 0 });
        }

        if (set.Status?.EndedAt is { } endedAt)
        {
            var left = endedAt + Retention - now;
            return LetGo(observed, new(StatusOf(set)) { RemovesFinalizer = observed.Leases.Count == 0, DeletesSet = left <= TimeSpan.Zero && observed.Leases.Count == 0, RequeueAfter = left > TimeSpan.Zero ? left : null });
        }

        return EndOf(observed) is { } end ? LetGo(observed, Ended(observed, end)) : Provide(observed);
    }

    /// <summary>How many runners a set wants.</summary>
    public static int CountOf(V1Alpha1RunnerLeaseSet set) => Math.Clamp(set.Spec.Count ?? 1, 1, RunnerLeaseSetSpec.MaxCount);

    /// <summary>The names of a set's leases.</summary>
    public static IEnumerable<string> NamesOf(V1Alpha1RunnerLeaseSet set) => Enumerable.Range(0, CountOf(set)).Select(index => $"{set.Metadata.Name}-{index}");

    /// <summary>Whether a machine may go back to the pool: it is one that the pool could have launched, and no job of another repository comes to it.</summary>
    public static bool MayReturn(V1Alpha1RunnerLease lease, PoolSettings? pool) =>
        pool is { IsDeleting: false } && lease is { Metadata.DeletionTimestamp: null, Status: { Instance: not null, Drain: null }, Spec: { MaxRuntime: null, PreRunnerScript: null } }
        && !MachineUse.IsBarred(lease, pool);

    // All its runners are ready, once and for all, or those that are missing are made.
    private static RunnerLeaseSetPlan Provide(RunnerLeaseSetObservation observed)
    {
        var (set, now) = (observed.Set, observed.Now);
        var status = StatusOf(set);
        var ready = observed.Leases.Where(IsReady).ToList();
        status.ReadyCount = ready.Count;
        var isWhole = status.ReadyAt is not null || ready.Count == CountOf(set);
        LeaseSetEvent? happened = null;
        if (isWhole && status.ReadyAt is null)
        {
            status.ReadyAt = now;
            status.Machines = [.. ready.OrderBy(lease => lease.Metadata.Name, StringComparer.Ordinal).Select(MachineOf)];
            happened = new(RunnerLeaseSetReasons.Provisioned, $"{ready.Count} of {ready.Count} runners are ready");
        }

        status.Phase = isWhole ? RunnerLeaseSetPhases.Ready : RunnerLeaseSetPhases.Provisioning;
        Set(status, set, RunnerLeaseSetConditions.Ready, isWhole, isWhole ? RunnerLeaseSetReasons.Provisioned : RunnerLeaseSetReasons.Provisioning,
            isWhole ? $"runs-on: {string.Join(", ", LabelsOf(set))}" : ProgressOf(observed, ready.Count), now);
        var taken = observed.Leases.Select(lease => lease.Metadata.Name).ToHashSet(StringComparer.Ordinal);
        var due = isWhole ? status.ReadyAt + Durations.Parse(set.Spec.Ttl) : set.Metadata.CreationTimestamp + ProvisionTimeoutOf(set);
        return new(status)
        {
            Creates = observed.Pool is null ? [] : [.. NamesOf(set).Where(name => !taken.Contains(name))],
            Event = happened,
            RequeueAfter = ReconcileResult.Soonest(due - now, observed.IsRunWatched ? RunPoll : null),
        };
    }

    private static End? EndOf(RunnerLeaseSetObservation observed)
    {
        var (set, now) = (observed.Set, observed.Now);
        var readyAt = set.Status?.ReadyAt;
        return set.Spec.Holder is null ? End.Released(RunnerLeaseSetReasons.HolderRemoved, "its holder was removed")
            : CompletedRunOf(observed) is { } run ? End.Released(RunnerLeaseSetReasons.RunCompleted, $"run {set.Spec.Holder.RunId} has completed ({run.Conclusion ?? "no conclusion"}, attempt {run.Attempt})")
            : observed.Pool is { IsDeleting: true } ? End.Of(readyAt, RunnerLeaseSetReasons.PoolDeleted, $"the RunnerPool '{set.Spec.PoolName}' is being deleted")
            : readyAt is not null && !observed.IsPoolThere ? End.Released(RunnerLeaseSetReasons.PoolDeleted, $"the RunnerPool '{set.Spec.PoolName}' is gone")
            : readyAt + Durations.Parse(set.Spec.Ttl) <= now ? End.Released(RunnerLeaseSetReasons.TtlExpired, $"its ttl of {set.Spec.Ttl} is over")
            : readyAt is null ? FailureOf(observed) : null;
    }

    private static End? FailureOf(RunnerLeaseSetObservation observed)
    {
        var set = observed.Set;
        if (observed.Pool is { } pool && CountOf(set) > pool.MaxRunners)
        {
            return End.Failed(RunnerLeaseSetReasons.AboveMaxRunners, $"{CountOf(set)} runners are more than maxRunners of the pool ({pool.MaxRunners}); ask for fewer, or raise capacity.maxRunners");
        }

        if (QuotaProblemOf(observed) is { } quota)
        {
            return End.Failed(RunnerLeaseSetReasons.QuotaReached, quota);
        }

        if (observed.Strangers.Count > 0)
        {
            return End.Failed(RunnerLeaseSetReasons.NameTaken, $"there is another lease named {observed.Strangers.Order(StringComparer.Ordinal).First()}; give the set another name");
        }

        if (observed.Leases.Select(ReadyOf).FirstOrDefault(condition => condition is not null && Hopeless.Contains(condition.Reason)) is { } hopeless)
        {
            return End.Failed(hopeless.Reason!, hopeless.Message ?? "");
        }

        if (observed.Leases.Select(lease => lease.Status?.FailedScript).FirstOrDefault(failure => failure is not null) is { } script)
        {
            return End.Failed(script.Reason ?? RunnerLeaseReasons.BootFailed, script.Message ?? "");
        }

        return set.Metadata.CreationTimestamp + ProvisionTimeoutOf(set) <= observed.Now && observed.Leases.Count(IsReady) < CountOf(set)
            ? End.Failed(
                !observed.IsPoolThere ? RunnerLeaseSetReasons.PoolNotFound : RunnerLeaseSetReasons.ProvisionTimeout,
                $"not all runners were ready within provisionTimeout ({DurationText.Format(ProvisionTimeoutOf(set))}): {ProgressOf(observed, observed.Leases.Count(IsReady))}")
            : null;
    }

    // A set is admitted by the first status that is written for it, before it takes anything: sets that are admitted count for all others, and of those that wait the older ones
    // count for the younger.
    private static string? QuotaProblemOf(RunnerLeaseSetObservation observed)
    {
        var set = observed.Set;
        if (IsAdmitted(set) || observed.Pool?.MaxPerRepository is not { } quota || set.Metadata.Labels?.GetValueOrDefault(Labels.RepositoryId) is not { } repository)
        {
            return null;
        }

        var held = HeldBy(observed.Others.Where(other => IsAdmitted(other) || Precedes(other, set)), repository);
        return held + CountOf(set) > quota ? QuotaAdvice(held, quota) : null;
    }

    /// <summary>Runners that a repository's runs hold, or have asked for.</summary>
    /// <param name="sets">Sets of one pool.</param>
    /// <param name="repositoryId">GitHub's id of the repository.</param>
    public static int HeldBy(IEnumerable<V1Alpha1RunnerLeaseSet> sets, string repositoryId) => sets
        .Where(set => set.Status?.EndedAt is null && set.Metadata.DeletionTimestamp is null && set.Spec.Holder?.RepositoryId == repositoryId)
        .Sum(CountOf);

    /// <summary>What to tell who asks for more than a repository may hold.</summary>
    public static string QuotaAdvice(int held, int quota) =>
        $"the runs of this repository hold {held} of the {quota} runners that they may (access.maxPerRepository); release some first";

    /// <summary>Whether a set was looked at before, and not refused.</summary>
    public static bool IsAdmitted(V1Alpha1RunnerLeaseSet set) => set.Status?.Phase is not null;

    private static bool Precedes(V1Alpha1RunnerLeaseSet other, V1Alpha1RunnerLeaseSet set) =>
        (other.Metadata.CreationTimestamp ?? default, other.Metadata.Uid ?? "").CompareTo((set.Metadata.CreationTimestamp ?? default, set.Metadata.Uid ?? "")) < 0;

    // GitHub's word for an attempt before the holder's own is late, and says nothing of it. Jobs that are to run again need the machines.
    private static RunState? CompletedRunOf(RunnerLeaseSetObservation observed)
    {
        var holder = observed.Set.Spec.Holder!;
        if (holder is not { Kind: LeaseHolders.WorkflowRun, RunId: { } runId }
            || observed.Pool?.LostJobs.Any(lost => LostJobs.IsOpen(lost) && lost.RunId == runId) == true)
        {
            return null;
        }

        // What was told counts until something newer is seen: another attempt may have begun since.
        var told = observed.Set.Status?.Run is { Attempt: { } attempt } run && (observed.Run is null || observed.Run.Attempt <= attempt)
            ? new RunState(attempt, IsCompleted: true, run.Conclusion)
            : observed.Run;
        return told is { IsCompleted: true } && told.Attempt >= (holder.RunAttempt ?? 1) ? told : null;
    }

    private static RunnerLeaseSetPlan Ended(RunnerLeaseSetObservation observed, End end)
    {
        var (set, now) = (observed.Set, observed.Now);
        var status = StatusOf(set);
        (status.EndedAt, status.ReadyCount) = (now, 0);
        status.Phase = end.IsFailure ? RunnerLeaseSetPhases.Failed : RunnerLeaseSetPhases.Released;
        if (end.Reason == RunnerLeaseSetReasons.RunCompleted && status.Run is null && observed.Run is { } run)
        {
            status.Run = new() { Attempt = run.Attempt, Conclusion = run.Conclusion, Source = "API", NoticedAt = now };
        }

        Set(status, set, RunnerLeaseSetConditions.Ready, isTrue: false, end.Reason, end.Message, now);
        if (end.IsFailure)
        {
            Set(status, set, RunnerLeaseSetConditions.Failed, isTrue: true, end.Reason, end.Message, now);
        }

        return new(status) { Event = new(end.Reason, end.Message, end.IsFailure), RequeueAfter = Retention };
    }

    private static RunnerLeaseSetPlan LetGo(RunnerLeaseSetObservation observed, RunnerLeaseSetPlan plan)
    {
        var living = observed.Leases.Where(lease => lease.Metadata.DeletionTimestamp is null).ToLookup(lease => MayReturn(lease, observed.Pool));
        return plan with { Returns = [.. living[true]], Deletes = [.. living[false]] };
    }

    private static bool IsReady(V1Alpha1RunnerLease lease) => lease.Metadata.DeletionTimestamp is null && ReadyOf(lease)?.Status == "True";

    private static V1Condition? ReadyOf(V1Alpha1RunnerLease lease) => ConditionList.Find(lease.Status?.Conditions, RunnerLeaseConditions.Ready);

    /// <summary>The labels that reach a set's runners.</summary>
    public static IReadOnlyList<string> LabelsOf(V1Alpha1RunnerLeaseSet set) =>
        set.Spec.Labels is { Count: > 0 } labels ? labels : set.Spec.Holder?.RunId is { } run ? [run] : [];

    // The reason of the first one that waits is the reason of the set.
    private static string ProgressOf(RunnerLeaseSetObservation observed, int ready)
    {
        var waiting = observed.Leases.Where(lease => !IsReady(lease)).OrderBy(lease => lease.Metadata.Name, StringComparer.Ordinal)
            .Select(lease => (lease.Metadata.Name, Ready: ReadyOf(lease))).FirstOrDefault(one => one.Ready is not null);
        var why = waiting.Ready is { } condition ? $"; {waiting.Name} waits: {condition.Reason}: {ErrorText.Shorten(condition.Message ?? "", 1024)}"
            : !observed.IsPoolThere ? $"; create the RunnerPool '{observed.Set.Spec.PoolName}' in this namespace" : "";
        return $"{ready} of {CountOf(observed.Set)} runners are ready{why}";
    }

    private static LeaseSetMachine MachineOf(V1Alpha1RunnerLease lease) => new()
    {
        Lease = lease.Metadata.Name!,
        InstanceId = lease.Status?.Instance?.Id,
        Type = lease.Status?.Instance?.Type,
        Zone = lease.Status?.Instance?.Zone,
        UsageClass = lease.Status?.Instance?.UsageClass,
    };

    private static TimeSpan ProvisionTimeoutOf(V1Alpha1RunnerLeaseSet set) => Durations.Parse(set.Spec.ProvisionTimeout) ?? DefaultProvisionTimeout;

    private static RunnerLeaseSetStatus StatusOf(V1Alpha1RunnerLeaseSet set)
    {
        var status = LeaseCopies.Create(set.Status ?? new());
        status.ObservedGeneration = set.Metadata.Generation;
        status.Conditions ??= [];
        return status;
    }

    private static void Set(RunnerLeaseSetStatus status, V1Alpha1RunnerLeaseSet set, string type, bool isTrue, string reason, string message, DateTimeOffset now) =>
        ConditionList.Set(status.Conditions!, type, isTrue ? "True" : "False", reason, message, set.Metadata.Generation, now);

    /// <summary>How a set ends.</summary>
    private sealed record End(string Reason, string Message, bool IsFailure)
    {
        public static End Released(string reason, string message) => new(reason, message, IsFailure: false);

        public static End Failed(string reason, string message) => new(reason, message, IsFailure: true);

        public static End Of(DateTimeOffset? readyAt, string reason, string message) => new(reason, message, IsFailure: readyAt is null);
    }
}

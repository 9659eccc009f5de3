using Operator.Aws.LaunchTemplates;
using Operator.Entities.Conditions;
using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerPools;
using Operator.Settings;

namespace Operator.Leases;

/// <summary>
/// Slows down a pool whose machines terminate before their runner connects. Until one machine of a launch template has connected, at most
/// three are tried; after three consecutive failures, one at a time at growing intervals, at most ten an hour. The record is kept in the
/// pool's status, where it outlives failed leases and operator restarts. Pure.
/// </summary>
internal static class BootBrake
{
    /// <summary>Consecutive failures that engage the brake, and the number of machines of an unproven template at a time.</summary>
    public const int Tries = 3;

    private const int MaxMessageLength = 1024;

    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(15);

    /// <summary>Where idle machines are not registered, a machine counts as booted after running this long.</summary>
    private static readonly TimeSpan UnregisteredBoot = TimeSpan.FromMinutes(3);

    /// <summary>Whether the brake is engaged.</summary>
    public static bool IsEngaged(BootStatus? record) => record?.Failures >= Tries;

    /// <summary>Whether a lease's machine has proved that it boots.</summary>
    public static bool HasBooted(V1Alpha1RunnerLease lease, DateTimeOffset now) => lease.Status is { Instance: null or { Hold: null } } status
        && (status.Runner?.ConnectedAt is not null || status.ServedJobs > 0 || status.AdoptedFrom is not null || status.Instance?.Standby?.PreparedAt is not null
            || (status.Runner is null && status.Instance?.ReadyAt + UnregisteredBoot <= now));

    /// <summary>Whether the end of a lease's machine says anything of the pool's others: a script of the lease's own is its own affair.</summary>
    public static bool Concerns(V1Alpha1RunnerLease lease) => lease.Spec.PreRunnerScript is null;

    /// <summary>The record after a machine terminated before its runner connected; each instance counts once.</summary>
    public static BootStatus Failed(BootStatus? record, V1Alpha1RunnerLease lease, string reason, string message, DateTimeOffset now)
    {
        var (launch, instance) = (lease.Status!.Launch, lease.Status.Instance);
        var before = record?.TemplateHash == launch?.TemplateHash ? record : null;
        if (before is not null && before.InstanceId == instance?.Id)
        {
            return before;
        }

        // What was launched before the brake engaged fails with it, and is no trial.
        var isProbe = IsEngaged(before) && (instance?.LaunchedAt ?? launch?.At) > before!.FailedAt;
        return new()
        {
            TemplateHash = launch?.TemplateHash,
            ConnectedAt = before?.ConnectedAt,
            Failures = (before?.Failures ?? 0) + 1,
            Probes = (before?.Probes ?? 0) + (isProbe ? 1 : 0),
            FailedAt = now,
            InstanceId = instance?.Id,
            Reason = reason,
            Message = ErrorText.Shorten(message, MaxMessageLength),
        };
    }

    /// <summary>
    /// The record updated from the pool's leases: a new template resets it, and a machine that connects clears the failures.
    /// </summary>
    public static BootStatus? Observe(BootStatus? record, string? templateHash, IReadOnlyList<V1Alpha1RunnerLease> leases, DateTimeOffset now)
    {
        if (templateHash is null)
        {
            return record;
        }

        var current = record?.TemplateHash == templateHash ? record : new() { TemplateHash = templateHash };
        if (current is { ConnectedAt: not null, Failures: null })
        {
            return current;
        }

        var connected = leases
            .Where(lease => lease.Status?.Launch?.TemplateHash == templateHash && lease.Status.AdoptedFrom is null && HasBooted(lease, now))
            .Max(lease => lease.Status!.Runner?.ConnectedAt ?? lease.Status.Instance?.Standby?.PreparedAt ?? lease.Status.Instance?.ReadyAt);
        return connected is { } at && !(at <= current.FailedAt) ? new() { TemplateHash = templateHash, ConnectedAt = at } : current;
    }

    /// <summary>The launch templates that a lease may use now: of those for either architecture the ones that do not fail, or else the first; empty where there are none for it.</summary>
    public static IReadOnlyList<LaunchTemplateRef> Usable(
        V1Alpha1RunnerLease lease, PoolSettings pool, IReadOnlyList<V1Alpha1RunnerLease> siblings, DateTimeOffset now)
    {
        var made = TemplatesOf(lease, pool);
        var granted = made.Count < 2 ? made : [.. made.Where(template => Admit(lease, template.Hash, pool, siblings, now, entering: null).Granted)];
        return granted.Count > 0 ? granted : [.. made.Take(1)];
    }

    /// <summary>Whether all that a pool launches by itself is braked.</summary>
    public static bool IsEngaged(PoolSettings pool) =>
        TemplateChoice.Usual(pool) is { Count: > 0 } usual ? usual.All(template => IsEngaged(TemplateChoice.BootsOf(pool, template.Hash))) : IsEngaged(pool.Boots);

    /// <summary>Whether a lease may launch as far as the brake goes.</summary>
    /// <param name="lease">The lease that wants to launch.</param>
    /// <param name="pool">Its pool.</param>
    /// <param name="siblings">All leases of the pool.</param>
    /// <param name="now">The time of the observation.</param>
    /// <param name="entering">UIDs of leases that are about to launch but whose status does not record it yet.</param>
    public static Admission Admit(
        V1Alpha1RunnerLease lease,
        PoolSettings pool,
        IEnumerable<V1Alpha1RunnerLease> siblings,
        DateTimeOffset now,
        IReadOnlySet<string>? entering = null)
    {
        var all = siblings as IReadOnlyCollection<V1Alpha1RunnerLease> ?? [.. siblings];
        var admissions = TemplatesOf(lease, pool).Select(template => template.Hash).DefaultIfEmpty(pool.Template?.Hash)
            .Select(hash => Admit(lease, hash, pool, all, now, entering)).ToList();
        return admissions.Find(admission => admission.Granted) ?? admissions[0];
    }

    private static List<LaunchTemplateRef> TemplatesOf(V1Alpha1RunnerLease lease, PoolSettings pool) =>
        [.. TemplateChoice.Of(lease, pool).Select(known => known.Template).OfType<LaunchTemplateRef>()];

    private static Admission Admit(
        V1Alpha1RunnerLease lease, string? hash, PoolSettings pool, IEnumerable<V1Alpha1RunnerLease> siblings, DateTimeOffset now, IReadOnlySet<string>? entering)
    {
        var record = TemplateChoice.BootsOf(pool, hash);
        if (!IsEngaged(record) && record?.ConnectedAt is not null)
        {
            return Admission.Yes;
        }

        var ahead = siblings.Count(other => other.Metadata.Uid != lease.Metadata.Uid
            && (entering?.Contains(other.Metadata.Uid!) == true || IsAhead(other, lease, pool, hash, now)));
        if (!IsEngaged(record))
        {
            return ahead < Tries - (record?.Failures ?? 0)
                ? Admission.Yes
                : new(Granted: false, RunnerLeaseReasons.BootUnproven, $"no machine of the pool's launch template has connected to {pool.Forge} yet; the first few are tried before the rest")
                {
                    RetryAfter = LeaseTimings.BusyPoll,
                };
        }

        var wait = record!.FailedAt + PauseAfter(record) - now;
        return ahead == 0 && !(wait > TimeSpan.Zero)
            ? Admission.Yes
            : new(Granted: false, RunnerLeaseReasons.BootBackOff, $"machines of this pool terminate before their runner connects, so one is tried at a time; see the pool's condition RegistrationHealthy")
            {
                RetryAfter = wait > TimeSpan.Zero ? wait : LeaseTimings.BusyPoll,
            };
    }

    /// <summary>A message for users: what is happening and what to do.</summary>
    /// <param name="record">An engaged brake.</param>
    public static string Advice(BootStatus record) =>
        $"{record.Failures} machines in a row terminated before their runner connected, so one is tried at a time; "
        + (IsScarcity(record) ? "allow more instance types or zones, or another usage class" : "fix the image, the scripts, the network or the instance profile")
        + $". The last one, {record.InstanceId}: {record.Message}";

    /// <summary>Whether the last of those machines was reclaimed by EC2.</summary>
    public static bool IsScarcity(BootStatus record) => record.Reason is RunnerLeaseReasons.InsufficientCapacity or RunnerLeaseReasons.SpotInterrupted;

    private static TimeSpan PauseAfter(BootStatus record)
    {
        var pause = FirstPause * Math.Pow(2, Math.Min(record.Probes ?? 0, 10));
        return pause < LongestPause ? pause : LongestPause;
    }

    // Machines under way come first, then who has not tried, then who has not tried for longest: a lease that EC2 refuses holds nobody up.
    private static bool IsAhead(V1Alpha1RunnerLease other, V1Alpha1RunnerLease lease, PoolSettings pool, string? hash, DateTimeOffset now)
    {
        var launch = other.Status?.Launch;
        if (other.Status?.Instance is not null || launch?.IntentId is not null)
        {
            return !HoldPlanner.IsKept(other) && (launch?.TemplateHash == hash || launch?.Templates?.Exists(template => template.Hash == hash) == true) && other.Metadata.DeletionTimestamp is null && other.Status!.Drain is null
                && !HasBooted(other, now);
        }

        return other.Metadata.DeletionTimestamp is null && TemplateChoice.MayUse(other, pool, hash) && OrderOf(other).CompareTo(OrderOf(lease)) < 0;
    }

    private static (DateTimeOffset Tried, DateTimeOffset Created, string Name) OrderOf(V1Alpha1RunnerLease lease) => (
        lease.Status?.Launch is { Attempt: > 0, At: { } at } ? at : DateTimeOffset.MinValue,
        lease.Metadata.CreationTimestamp ?? DateTimeOffset.MinValue,
        lease.Metadata.Name ?? "");
}

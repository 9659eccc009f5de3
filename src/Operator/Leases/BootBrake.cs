using Operator.Entities.Conditions;
using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerPools;
using Operator.Settings;

namespace Operator.Leases;

/// <summary>
/// Slows down a pool whose machines end before their runner connects. Until a machine of a launch template has connected, three are tried
/// at first; after three failures in a row, one at a time, at growing intervals: ten an hour at most. The record is in the pool's status,
/// where it outlives both the failed leases and the operator's process. Pure.
/// </summary>
internal static class BootBrake
{
    /// <summary>Failures in a row that engage the brake, and machines of an unproven template at a time.</summary>
    public const int Tries = 3;

    private const int MaxMessageLength = 1024;

    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(15);

    /// <summary>Where idle machines are not registered, one that has run for so long has booted.</summary>
    private static readonly TimeSpan UnregisteredBoot = TimeSpan.FromMinutes(3);

    /// <summary>Whether the brake is engaged.</summary>
    public static bool IsEngaged(BootStatus? record) => record?.Failures >= Tries;

    /// <summary>Whether a lease's machine has proved that it boots.</summary>
    public static bool HasBooted(V1Alpha1RunnerLease lease, DateTimeOffset now) => lease.Status is { } status
        && (status.Runner?.ConnectedAt is not null || status.ServedJobs > 0 || status.AdoptedFrom is not null
            || (status.Runner is null && status.Instance?.ReadyAt + UnregisteredBoot <= now));

    /// <summary>The record after a machine ended before its runner connected; the same instance counts once.</summary>
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

    /// <summary>The record as the pool's leases show it: a new template resets it, and a machine that connects clears the failures.</summary>
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
            .Max(lease => lease.Status!.Runner?.ConnectedAt ?? lease.Status.Instance?.ReadyAt);
        return connected is { } at && !(at <= current.FailedAt) ? new() { TemplateHash = templateHash, ConnectedAt = at } : current;
    }

    /// <summary>Whether a lease may launch as far as the brake goes.</summary>
    /// <param name="lease">The lease that wants to launch.</param>
    /// <param name="pool">Its pool.</param>
    /// <param name="siblings">All leases of the pool.</param>
    /// <param name="now">The time of the observation.</param>
    /// <param name="entering">UIDs of leases that are about to launch without their status saying so yet.</param>
    public static Admission Admit(
        V1Alpha1RunnerLease lease,
        PoolSettings pool,
        IEnumerable<V1Alpha1RunnerLease> siblings,
        DateTimeOffset now,
        IReadOnlySet<string>? entering = null)
    {
        var record = pool.Boots?.TemplateHash == pool.Template?.Hash ? pool.Boots : null;
        if (!IsEngaged(record) && record?.ConnectedAt is not null)
        {
            return Admission.Yes;
        }

        var ahead = siblings.Count(other => other.Metadata.Uid != lease.Metadata.Uid && (entering?.Contains(other.Metadata.Uid!) == true || IsAhead(other, lease, pool, now)));
        if (!IsEngaged(record))
        {
            return ahead < Tries - (record?.Failures ?? 0)
                ? Admission.Yes
                : new(Granted: false, RunnerLeaseReasons.BootUnproven, "no machine of the pool's launch template has connected to GitHub yet; the first few are tried before the rest")
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

    /// <summary>What happens, and what to do, for people.</summary>
    /// <param name="record">An engaged brake.</param>
    public static string Advice(BootStatus record) =>
        $"{record.Failures} machines in a row terminated before their runner connected to GitHub, so one is tried at a time; "
        + (IsScarcity(record) ? "allow more instance types or zones, or another usage class" : "fix the image, the scripts, the network or the instance profile")
        + $". The last one, {record.InstanceId}: {record.Message}";

    /// <summary>Whether EC2 took the last of those machines back.</summary>
    public static bool IsScarcity(BootStatus record) => record.Reason is RunnerLeaseReasons.InsufficientCapacity or RunnerLeaseReasons.SpotInterrupted;

    private static TimeSpan PauseAfter(BootStatus record)
    {
        var pause = FirstPause * Math.Pow(2, Math.Min(record.Probes ?? 0, 10));
        return pause < LongestPause ? pause : LongestPause;
    }

    // Machines under way come first, then who has not tried, then who has not tried for longest: a lease that EC2 refuses holds nobody up.
    private static bool IsAhead(V1Alpha1RunnerLease other, V1Alpha1RunnerLease lease, PoolSettings pool, DateTimeOffset now)
    {
        var launch = other.Status?.Launch;
        if (other.Status?.Instance is not null || launch?.IntentId is not null)
        {
            return launch?.TemplateHash == pool.Template?.Hash && other.Metadata.DeletionTimestamp is null && other.Status!.Drain is null
                && !HasBooted(other, now);
        }

        return other.Metadata.DeletionTimestamp is null && OrderOf(other).CompareTo(OrderOf(lease)) < 0;
    }

    private static (DateTimeOffset Tried, DateTimeOffset Created, string Name) OrderOf(V1Alpha1RunnerLease lease) => (
        lease.Status?.Launch is { Attempt: > 0, At: { } at } ? at : DateTimeOffset.MinValue,
        lease.Metadata.CreationTimestamp ?? DateTimeOffset.MinValue,
        lease.Metadata.Name ?? "");
}

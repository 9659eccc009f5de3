using Operator.Common;
using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerPools;
using Operator.Leases;
using Operator.Settings;

namespace Operator.Tests.Leases;

/// <summary>What planners tell leases apart by, read off a lease and its pool: generators are measured by it.</summary>
internal sealed record Situation(
    Situation.Stages Stage,
    Situation.Exits Exit,
    Situation.Holders Holder,
    bool IsDrifted,
    bool IsAwaiting,
    DemandSource Demand,
    RunnerLifecycle Lifecycle,
    UsageClass UsageClass)
{
    public enum Stages
    {
        /// <summary>EC2 was not asked.</summary>
        NotQueried,

        /// <summary>EC2 was queried, and no machine is known yet.</summary>
        Launching,

        /// <summary>A machine that was never ready.</summary>
        Booting,
        Idle,
        Busy,

        /// <summary>Ready before, and neither idle nor busy: it registers for its next job, or has lost its connection.</summary>
        Between,
    }

    public enum Exits
    {
        None,

        /// <summary>Still wanted; its machine is replaced.</summary>
        Draining,
        Deleted,
    }

    public enum Holders
    {
        Nobody,
        User,
        OtherLease,
    }

    /// <summary>A drain begins with a machine, and is forgotten with it.</summary>
    public bool IsPossible => Exit != Exits.Draining || Stage is not (Stages.NotQueried or Stages.Launching);

    public static Situation Create(V1Alpha1RunnerLease lease, PoolSettings pool)
    {
        var status = lease.Status!;
        return new(
            status switch
            {
                { Job: not null } => Stages.Busy,
                { IdleSince: not null } => Stages.Idle,
                { Instance.ReadyAt: not null } => Stages.Between,
                { Instance: not null } => Stages.Booting,
                { Launch.IntentId: not null } => Stages.Launching,
                _ => Stages.NotQueried,
            },
            lease.Metadata.DeletionTimestamp is not null ? Exits.Deleted : status.Drain is not null ? Exits.Draining : Exits.None,
            lease.Spec.Holder is null ? Holders.Nobody : RunnerLeasePlanner.IsHeld(lease) ? Holders.User : Holders.OtherLease,
            status.Launch?.TemplateHash is { } hash && hash != pool.Template?.Hash,
            status.Job is null && LeaseJobs.LabelOf(lease) is not null,
            pool.Demand,
            pool.Lifecycle,
            status.Launch?.UsageClass is { } bought ? Enum.GetValues<UsageClass>().Single(one => WireNames.Format(one) == bought) : lease.Spec.UsageClass ?? pool.UsageClass);
    }
}

using Operator.Demand.ScaleSets;
using Operator.Demand.Webhooks;
using Operator.Entities.Conditions;
using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerPools;
using Operator.Leases;
using Operator.Settings;

namespace Operator.Demand;

/// <summary>The demand of each pool, from the source that its spec names.</summary>
/// <param name="scaleSets">State reported by the scale sets' listeners.</param>
/// <param name="webhooks">Jobs received by webhook.</param>
/// <param name="webhookStatus">Whether webhooks can be relied on.</param>
/// <param name="refused">Pools whose leases for queued jobs are refused.</param>
/// <param name="finished">Runners whose job is over.</param>
internal sealed class PoolDemand(
    ScaleSetStates scaleSets, WebhookDemand webhooks, WebhookDemandStatus webhookStatus, RefusedLeases refused, CompletedRunners finished)
{
    private static readonly DemandReading NoSource = new(_ => 0);

    /// <summary>The demand for a pool now.</summary>
    public DemandReading Read(V1Alpha1RunnerPool pool)
    {
        var demand = PoolValidation.DemandOf(pool);
        if (demand == DemandSource.ScaleSet)
        {
            return ReadScaleSet(pool);
        }

        var own = demand == DemandSource.Webhook ? ReadWebhooks(pool) : NoSource;
        return ScaleSetRef.From(pool.Status?.ScaleSet) is null ? own : Together(own, ReadScaleSet(pool));
    }

    private DemandReading ReadScaleSet(V1Alpha1RunnerPool pool)
    {
        var key = NamespacedName.From(pool);
        var unconfirmed = finished.UnconfirmedOf(key); // before the numbers, which may count them
        var facts = scaleSets.Read(key);
        return new(leases => facts.AssignedJobs is { } jobs ? Sum(Math.Max(0, jobs - unconfirmed.Count - ServedByUnavailable(leases)), ServedElsewhere(leases)) : null)
        {
            State = facts.State,
            LeaveFailure = facts.LeaveFailure ?? (facts.State == DemandState.Opening ? EarlierLeaveFailure(pool) : null),
            HeldBackJobs = facts.AvailableJobs,
            UndeliveredJobs = facts.AssignedJobs - facts.RunningJobs,
            ScaleSet = facts.ScaleSet ?? ScaleSetRef.From(pool.Status?.ScaleSet),
            IsScaleSetLeft = facts.IsLeft,
            Version = facts.Version,
            RecheckAfter = unconfirmed.Until,
        };
    }

    // Since when it has failed is in the condition, which outlives the process: it stays until GitHub was asked again.
    private static string? EarlierLeaveFailure(V1Alpha1RunnerPool pool) =>
        ConditionList.Find(pool.Status?.Conditions, RunnerPoolConditions.CleanedUp) is { Reason: RunnerPoolReasons.ScaleSetRemains } known ? known.Message : null;

    private DemandReading ReadWebhooks(V1Alpha1RunnerPool pool)
    {
        var isKnown = webhookStatus.HasChecked(pool);
        return new(leases => isKnown ? webhooks.AssignedJobs(pool, leases) : null)
        {
            State = webhookStatus.StateOf(pool),
            Refusal = refused.Find(NamespacedName.From(pool)),
        };
    }

    // The jobs that are assigned to a scale set which the pool is leaving, and those from its new source of demand.
    private static DemandReading Together(DemandReading own, DemandReading left) => left with
    {
        CountJobs = leases => Sum(own.CountJobs(leases), left.IsScaleSetLeft ? 0 : left.CountJobs(leases)),
        State = own.State,
        Refusal = own.Refusal,
    };

    private static int? Sum(int? one, int? other) => one is { } a && other is { } b ? (int)Math.Min(int.MaxValue, (long)a + b) : null;

    // A job that runs on a lease which is on its way out needs no other.
    private int ServedByUnavailable(IReadOnlyList<V1Alpha1RunnerLease> leases) => leases.Count(lease =>
        lease.Status is { Job: not null, Runner.ScaleSetId: not null } && !LeaseAvailability.IsAvailable(lease) && !finished.Contains(lease));

    // GitHub's numbers know nothing of what runs outside of the scale set: it came from a source of demand that the pool had before.
    private static int ServedElsewhere(IReadOnlyList<V1Alpha1RunnerLease> leases) =>
        leases.Count(lease => lease.Status is { Job: not null, Runner: { Id: not null, ScaleSetId: null } } && LeaseAvailability.IsAvailable(lease));

    /// <summary>Whether the job of a lease's runner is over, even if the lease does not show it yet.</summary>
    public bool HasFinished(V1Alpha1RunnerLease lease) => finished.Contains(lease);

    /// <summary>The pool is gone.</summary>
    public void Forget(NamespacedName pool)
    {
        scaleSets.Remove(pool);
        webhookStatus.Forget(pool);
        refused.Forget(pool);
    }

    /// <summary>The pool's leases and status are as this reading calls for: what brought it may be acknowledged.</summary>
    public void Applied(NamespacedName pool, DemandReading reading) => scaleSets.Applied(pool, reading.Version);
}

/// <summary>A pool's demand at one time.</summary>
/// <param name="CountJobs">Jobs assigned to the pool, given its leases; null while not known.</param>
internal sealed record DemandReading(Func<IReadOnlyList<V1Alpha1RunnerLease>, int?> CountJobs)
{
    /// <summary>The state of the source of demand; null where the pool has none.</summary>
    public DemandState? State { get; init; }

    /// <summary>Why the scale set at an address that the pool leaves can be neither reached nor removed; null if it can.</summary>
    public string? LeaveFailure { get; init; }

    /// <summary>Why leases for queued jobs are refused; null if they are not.</summary>
    public RequestRefusedException? Refusal { get; init; }

    /// <summary>Further jobs for the pool, which GitHub assigns when it has room.</summary>
    public int HeldBackJobs { get; init; }

    /// <summary>Jobs that GitHub counts as assigned and not as running; null while not known.</summary>
    public int? UndeliveredJobs { get; init; } = 0;

    /// <summary>The scale set to note in the pool's status; null for none.</summary>
    public ScaleSetRef? ScaleSet { get; init; }

    /// <summary>Whether the scale set of a pool that has another source of demand now has done its last job.</summary>
    public bool IsScaleSetLeft { get; init; }

    /// <summary>The count reported by the scale set.</summary>
    public long Version { get; init; }

    /// <summary>When time alone changes the count.</summary>
    public TimeSpan? RecheckAfter { get; init; }
}

/// <summary>The state of a source of demand.</summary>
/// <param name="IsOpen">Whether GitHub tells of jobs; null while that is being found out.</param>
/// <param name="Reason">One word for programs.</param>
/// <param name="Message">What to do, for people.</param>
internal sealed record DemandState(bool? IsOpen, string Reason, string Message)
{
    public static readonly DemandState Opening = new(IsOpen: null, RunnerPoolReasons.Opening, "the operator is connecting to GitHub");
}

/// <summary>A scale set as a pool's status notes it.</summary>
/// <param name="Url">Where it is.</param>
/// <param name="Name">Its name.</param>
/// <param name="Id">Its id, once it is made.</param>
/// <param name="SessionId">The session that is or was ours.</param>
internal sealed record ScaleSetRef(string Url, string Name, long? Id = null, Guid? SessionId = null)
{
    public static ScaleSetRef? From(ScaleSetStatus? status) => status is { Url: { } url, Name: { } name }
        ? new(url, name, status.Id, Guid.TryParse(status.SessionId, out var session) ? session : null)
        : null;

    public ScaleSetStatus ToStatus() => new() { Url = Url, Name = Name, Id = Id, SessionId = SessionId?.ToString() };
}

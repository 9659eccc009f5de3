using Operator.Demand.PendingJobs;
using Operator.Demand.ScaleSets;
using Operator.Demand.Webhooks;
using Operator.Entities.Conditions;
using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerPools;
using Operator.Leases;
using Operator.Settings;

namespace Operator.Demand;

/// <summary>The demand of each pool, from the source selected in its spec.</summary>
/// <param name="scaleSets">State reported by the scale-set listeners.</param>
/// <param name="webhooks">Jobs received by webhook.</param>
/// <param name="webhookStatus">Whether webhooks are reliable.</param>
/// <param name="refused">Pools whose leases for queued jobs are refused.</param>
/// <param name="finished">Runners whose job is over.</param>
/// <param name="pendingJobs">Whether pending jobs of a GitLab have been looked for.</param>
internal sealed class PoolDemand(
    ScaleSetStates scaleSets, WebhookDemand webhooks, WebhookDemandStatus webhookStatus, RefusedLeases refused, CompletedRunners finished, PendingJobStatus pendingJobs)
{
    private static readonly DemandReading NoSource = new(_ => 0);

    /// <summary>The current demand for a pool.</summary>
    public DemandReading Read(V1Alpha1RunnerPool pool)
    {
        var demand = PoolValidation.DemandOf(pool);
        if (demand == DemandSource.ScaleSet)
        {
            return ReadScaleSet(pool);
        }

        var own = demand != DemandSource.Webhook ? NoSource : pool.Spec.GitLab is null ? ReadWebhooks(pool) : ReadPendingJobs(pool);
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

    // The condition records since when it has been failing and outlives the process: keep it until GitHub has been called again.
    private static string? EarlierLeaveFailure(V1Alpha1RunnerPool pool) =>
        ConditionList.Find(pool.Status?.Conditions, RunnerPoolConditions.CleanedUp) is { Reason: RunnerPoolReasons.ScaleSetRemains } known ? known.Message : null;

    private DemandReading ReadPendingJobs(V1Alpha1RunnerPool pool)
    {
        var state = pendingJobs.StateOf(pool);
        return new(leases => state == DemandState.OpeningGitLab ? null : PendingJobPlanner.Count(leases))
        {
            State = state,
            Refusal = refused.Find(NamespacedName.From(pool)),
        };
    }

    private DemandReading ReadWebhooks(V1Alpha1RunnerPool pool)
    {
        var isKnown = webhookStatus.HasChecked(pool);
        return new(leases => isKnown ? webhooks.AssignedJobs(pool, leases) : null)
        {
            State = webhookStatus.StateOf(pool),
            Refusal = refused.Find(NamespacedName.From(pool)),
        };
    }

    // Jobs assigned to the scale set that the pool is leaving, plus those from its new demand source.
    private static DemandReading Together(DemandReading own, DemandReading left) => left with
    {
        CountJobs = leases => Sum(own.CountJobs(leases), left.IsScaleSetLeft ? 0 : left.CountJobs(leases)),
        State = own.State,
        Refusal = own.Refusal,
    };

    private static int? Sum(int? one, int? other) => one is { } a && other is { } b ? (int)Math.Min(int.MaxValue, (long)a + b) : null;

    // A job running on a lease that is being removed needs no other lease.
    private int ServedByUnavailable(IReadOnlyList<V1Alpha1RunnerLease> leases) => leases.Count(lease =>
        lease.Status is { Job: not null, Runner.ScaleSetId: not null } && !LeaseAvailability.IsAvailable(lease) && !finished.Contains(lease));

    // Statistics of the scale set do not include jobs outside it, which came from the pool's previous demand source.
    private static int ServedElsewhere(IReadOnlyList<V1Alpha1RunnerLease> leases) =>
        leases.Count(lease => lease.Status is { Job: not null, Runner: { Id: not null, ScaleSetId: null } } && LeaseAvailability.IsAvailable(lease));

    /// <summary>Whether a lease's runner has completed its job, even if the lease does not show it yet.</summary>
    public bool HasFinished(V1Alpha1RunnerLease lease) => finished.Contains(lease);

    /// <summary>The pool is gone.</summary>
    public void Forget(NamespacedName pool)
    {
        scaleSets.Remove(pool);
        webhookStatus.Forget(pool);
        pendingJobs.Forget(pool);
        refused.Forget(pool);
    }

    /// <summary>The pool's leases and status reflect this reading.</summary>
    public void Applied(NamespacedName pool, DemandReading reading) => scaleSets.Applied(pool, reading.Version);
}

/// <summary>A pool's demand at one time.</summary>
/// <param name="CountJobs">Counts the jobs assigned to the pool, given its leases; null while unknown.</param>
internal sealed record DemandReading(Func<IReadOnlyList<V1Alpha1RunnerLease>, int?> CountJobs)
{
    /// <summary>The state of the demand source; null for a pool without one.</summary>
    public DemandState? State { get; init; }

    /// <summary>Why the scale set at the address that the pool is leaving can be neither reached nor removed; null if it can.</summary>
    public string? LeaveFailure { get; init; }

    /// <summary>Why the API server refuses leases for queued jobs; null if it does not.</summary>
    public RequestRefusedException? Refusal { get; init; }

    /// <summary>More jobs for the pool, which GitHub assigns once capacity is available.</summary>
    public int HeldBackJobs { get; init; }

    /// <summary>Jobs that GitHub counts as assigned but not as running; null while unknown.</summary>
    public int? UndeliveredJobs { get; init; } = 0;

    /// <summary>The scale set to record in the pool's status; null for none.</summary>
    public ScaleSetRef? ScaleSet { get; init; }

    /// <summary>Whether the scale set of a pool that has switched to another demand source has completed its last job.</summary>
    public bool IsScaleSetLeft { get; init; }

    /// <summary>Version of the scale set's facts in this reading.</summary>
    public long Version { get; init; }

    /// <summary>When the count changes with time alone.</summary>
    public TimeSpan? RecheckAfter { get; init; }
}

/// <summary>The state of a demand source.</summary>
/// <param name="IsOpen">Whether GitHub reports jobs; null while unknown.</param>
/// <param name="Reason">The condition reason.</param>
/// <param name="Message">What to do, for users.</param>
internal sealed record DemandState(bool? IsOpen, string Reason, string Message)
{
    public static readonly DemandState Opening = new(IsOpen: null, RunnerPoolReasons.Opening, "the operator is connecting to GitHub");

    public static readonly DemandState OpeningGitLab = new(IsOpen: null, RunnerPoolReasons.Opening, "the operator looks for pending jobs for the first time");
}

/// <summary>A scale set as recorded in a pool's status.</summary>
/// <param name="Url">Where it is.</param>
/// <param name="Name">Its name.</param>
/// <param name="Id">Its id, once created.</param>
/// <param name="SessionId">The session that is or was ours.</param>
internal sealed record ScaleSetRef(string Url, string Name, long? Id = null, Guid? SessionId = null)
{
    public static ScaleSetRef? From(ScaleSetStatus? status) => status is { Url: { } url, Name: { } name }
        ? new(url, name, status.Id, Guid.TryParse(status.SessionId, out var session) ? session : null)
        : null;

    public ScaleSetStatus ToStatus() => new() { Url = Url, Name = Name, Id = Id, SessionId = SessionId?.ToString() };
}

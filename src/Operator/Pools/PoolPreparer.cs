using System.Collections.Concurrent;
using Operator.Demand;
using Operator.Entities.Conditions;
using Operator.Entities.ResourceClasses;
using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerPools;
using Operator.Forges;
using Operator.ResourceClasses;
using Operator.Settings;

namespace Operator.Pools;

/// <summary>Checks the preconditions of a launch in order; the first unmet one stops the rest.</summary>
internal sealed class PoolPreparer(
    IStore<V1Alpha1ResourceClass> classes,
    CredentialsValidator credentials,
    PoolTemplates templates,
    MachineFits fits,
    PoolDemand demand,
    TimeProvider timeProvider)
{
    /// <summary>How often a ready pool is rechecked: a token may have been revoked or an image deregistered.</summary>
    private static readonly TimeSpan Recheck = TimeSpan.FromMinutes(5);

    // Lease changes must not cause early retries of failed calls to GitHub and EC2: one entry per pool, until it succeeds or is deleted.
    private readonly ConcurrentDictionary<NamespacedName, Failure> _failures = new();

    public async Task<PoolPreconditions> PrepareAsync(
        V1Alpha1RunnerPool pool, IReadOnlyList<V1Alpha1RunnerLease> leases, CancellationToken cancellationToken)
    {
        var prepared = new PoolPreconditions(pool, timeProvider.GetUtcNow(), demand);
        var read = PoolValidation.Read(pool, prepared.Now);
        if (read.Settings is not { } settings)
        {
            return prepared.NotMet(RunnerPoolConditions.Accepted, read.Reason, read.Message);
        }

        if (ResourceClassFinder.Find(classes.List(), pool.Spec.ResourceClassName) is not { } resourceClass)
        {
            return prepared.NotMet(RunnerPoolConditions.Accepted, RunnerLeaseReasons.ResourceClassNotFound, ResourceClassFinder.Advice(pool.Spec.ResourceClassName));
        }

        prepared.Met(RunnerPoolConditions.Accepted, RunnerPoolReasons.Valid, "the spec is valid");
        return await PrepareOutsideAsync(prepared, settings, leases, resourceClass, cancellationToken);
    }

    /// <summary>The state of a pool that cannot be recorded, or whose finalizer cannot be written: nothing may be created for it.</summary>
    public PoolPreconditions Refused(V1Alpha1RunnerPool pool, ProviderException refusal) =>
        new PoolPreconditions(pool, timeProvider.GetUtcNow(), demand).NotMet(
            RunnerPoolConditions.Accepted, refusal.Reason, refusal.Message, refusal.RetryAfter);

    /// <summary>The plan has been applied and the status stored.</summary>
    public void Applied(PoolPreconditions prepared) => demand.Applied(NamespacedName.From(prepared.Pool), prepared.Demand);

    /// <summary>The pool is gone.</summary>
    public void Gone(NamespacedName pool)
    {
        Forget(pool);
        demand.Forget(pool);
    }

    /// <summary>The pool is being deleted.</summary>
    public void Forget(NamespacedName pool) => _failures.TryRemove(pool, out _);

    private async Task<PoolPreconditions> PrepareOutsideAsync(
        PoolPreconditions prepared, PoolSettings settings, IReadOnlyList<V1Alpha1RunnerLease> leases, V1Alpha1ResourceClass resourceClass,
        CancellationToken cancellationToken)
    {
        prepared.Settings = settings;
        var (key, cause) = (settings.Key, new Cause(settings.Uid, prepared.Pool.Metadata.Generation, resourceClass.Metadata.Uid, resourceClass.Metadata.Generation, RefreshRequests.RequestOf(prepared.Pool)));
        if (_failures.TryGetValue(key, out var last) && last.Cause == cause && last.Until > prepared.Now)
        {
            prepared.Steps.AddRange(last.Steps);
            prepared.RetryAfter = last.Until - prepared.Now;
            return prepared;
        }

        var step = RunnerPoolConditions.CredentialsReady;
        try
        {
            var recheck = await credentials.ValidateAsync(prepared.Pool, cancellationToken);
            prepared.Met(step, RunnerPoolReasons.Valid, $"{settings.Forge} accepts the credentials");
            step = RunnerPoolConditions.TemplateReady;
            var made = await templates.EnsureAsync(prepared.Pool, leases, resourceClass, cancellationToken);
            prepared.Met(step, RunnerPoolReasons.Ready, $"launch template {made.First.Name}{(made.Absent is null ? "" : $", and none for the other architecture: {made.Absent}")}");
            settings = settings with { Template = made.First, FurtherTemplates = made.Further, ResourceClassName = resourceClass.Metadata.Name };
            prepared.Settings = settings with { Fit = await fits.FindAsync(prepared.Pool, settings, resourceClass, cancellationToken) };
            prepared.RetryAfter = made.Further.Any(further => further.Template is null) ? PoolTemplates.FurtherRetry : recheck ?? Recheck;
            Forget(key);
            return prepared;
        }
        catch (CredentialsPendingException e)
        {
            prepared.Unknown(step, e.Reason, e.Message, e.RetryAfter);
            return prepared;
        }
        catch (Exception e) when (RequestRefusedException.Expected(e) is { } failure)
        {
            // Existing runners continue to work; only new launches need what is missing.
            prepared.NotMet(step, failure.Reason, failure.Message, failure.RetryAfter ?? (step == RunnerPoolConditions.CredentialsReady ? CredentialsValidator.Reread : ProviderException.DefaultRetry));
            prepared.Steps[^1] = prepared.Steps[^1] with { IsTransient = failure is RegistryException { IsPermanent: false } or RequestRefusedException };
            _failures[key] = new(cause, prepared.Now + prepared.RetryAfter!.Value, [.. prepared.Steps.Where(known => known.Condition != RunnerPoolConditions.Accepted)]);
            return prepared;
        }
    }

    // What a pool is prepared from.
    private sealed record Cause(string PoolUid, long? PoolGeneration, string? ClassUid, long? ClassGeneration, string? Refresh);

    // A failed preparation, valid until its retry is due or its inputs change. The failed step comes last.
    private sealed record Failure(Cause Cause, DateTimeOffset Until, IReadOnlyList<PoolPrecondition> Steps);
}

/// <summary>The state of a pool's preconditions.</summary>
internal sealed class PoolPreconditions(V1Alpha1RunnerPool pool, DateTimeOffset now, PoolDemand demand)
{
    private DemandReading? _demand;

    public V1Alpha1RunnerPool Pool => pool;

    public DateTimeOffset Now => now;

    /// <summary>Null if the spec is invalid.</summary>
    public PoolSettings? Settings { get; set; }

    /// <summary>The pool's demand: read once, as late as possible.</summary>
    public DemandReading Demand => _demand ??= demand.Read(pool);

    public TimeSpan? RetryAfter { get; set; }

    /// <summary>Why leases could not be created or deleted; null on success.</summary>
    public RequestRefusedException? Refusal { get; set; }

    /// <summary>Until a schedule changes something.</summary>
    public TimeSpan? UntilSchedule => Settings?.NextScheduleTime - now;

    /// <summary>Time until a scheduled rotation, the next budget period, or the end of the interruption breaker.</summary>
    public TimeSpan? UntilLater => new[] { Settings?.RotateAt - now, Settings?.ReachedBudget?.Until - now, Settings?.OnDemandUntil - now }.Where(left => left > TimeSpan.Zero).Min();

    /// <summary>The checks, in order.</summary>
    public List<PoolPrecondition> Steps { get; } = [];

    /// <summary>The first check that has not passed.</summary>
    public PoolPrecondition? Open => Steps.FirstOrDefault(step => step.IsMet != true);

    public void Met(string condition, string reason, string message) => Steps.Add(new(condition, IsMet: true, reason, message));

    public void Unknown(string condition, string reason, string message, TimeSpan? retryAfter)
    {
        Steps.Add(new(condition, IsMet: null, reason, message));
        RetryAfter = retryAfter;
    }

    /// <summary>Whether the pool has a scale set that neither it nor any job needs any more.</summary>
    public bool HasScaleSetToRetire =>
        pool.Status?.ScaleSet is { } left && PoolValidation.DemandOf(pool) != DemandSource.ScaleSet && (left.Id is null || Demand.IsScaleSetLeft);

    /// <summary>Whether it has just been deleted.</summary>
    public bool IsScaleSetRetired { get; set; }

    /// <summary>The state of its Auto Scaling group; null where it has none.</summary>
    public GroupState? Group { get; set; }

    /// <summary>The name of its Auto Scaling group, once that exists.</summary>
    public string? GroupName { get; set; }

    /// <summary>Whether the group has just been removed.</summary>
    public bool IsGroupRemoved { get; set; }

    /// <summary>Why removal failed; null on success or if there was nothing to remove.</summary>
    public CleanupFailure? CleanupFailure { get; set; }

    public PoolPreconditions NotMet(string condition, string reason, string message, TimeSpan? retryAfter = null)
    {
        Steps.Add(new(condition, IsMet: false, reason, message));
        RetryAfter = retryAfter;
        return this;
    }

    /// <summary>Jobs that GitHub assigns to no runner.</summary>
    public UndeliveredJobsStatus? Undelivered { get; private set; } = pool.Status?.Undelivered;

    /// <summary>Jobs to serve, without undelivered ones; null while unknown.</summary>
    public int? CountJobs(IReadOnlyList<V1Alpha1RunnerLease> leases) =>
        UndeliveredJobs.Deduct(Undelivered, Demand.CountJobs(leases), leases, Settings?.MinIdle ?? 0);

    /// <summary>The planner's input; null if nothing can be planned.</summary>
    public RunnerPoolObservation? Observe(IReadOnlyList<V1Alpha1RunnerLease> leases)
    {
        if (Settings is null)
        {
            return null;
        }

        // Read before the statistics: a job that completes in between would look like one waiting for a machine.
        var done = FinishedOf(leases);
        Undelivered = UndeliveredJobs.Observe(Undelivered, Demand.UndeliveredJobs, leases, now);
        RetryAfter = UndeliveredJobs.NextCheck(Undelivered, Demand.UndeliveredJobs, leases, now) is { } look && !(RetryAfter < look) ? look : RetryAfter;
        return new(Settings, leases, CountJobs(leases), done, RolloutBudget.Compute(pool.Spec.Rollout?.Budget?.Value, leases.Count), now);
    }

    // A reusable runner's machine continues under its next registration.
    private HashSet<string> FinishedOf(IReadOnlyList<V1Alpha1RunnerLease> leases) => Settings?.Lifecycle == RunnerLifecycle.Reusable
        ? []
        : leases.Where(demand.HasFinished).Select(lease => lease.Metadata.Name!).ToHashSet(StringComparer.Ordinal);
}

/// <summary>A precondition.</summary>
/// <param name="Condition">The condition type.</param>
/// <param name="IsMet">Whether it is met; null while unknown.</param>
/// <param name="Reason">The condition reason.</param>
/// <param name="Message">What to do, for users.</param>
internal sealed record PoolPrecondition(string Condition, bool? IsMet, string Reason, string Message)
{
    /// <summary>Whether a failed check is inconclusive because it could not be completed at the moment.</summary>
    public bool IsTransient { get; init; }
}

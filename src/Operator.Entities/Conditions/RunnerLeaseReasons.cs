namespace Operator.Entities.Conditions;

/// <summary>
/// Reasons of a lease's conditions and events. The first three groups, from Completed to Unresponsive, say why and how a runner is
/// terminated.
/// </summary>
public static class RunnerLeaseReasons
{
    // Why a runner is terminated: the reason of the lease's deletion, or of draining a machine whose lease is still needed.
    /// <summary>Its job is done.</summary>
    public const string Completed = nameof(Completed);

    /// <summary>No job is left for it, and the pool has enough idle ones.</summary>
    public const string NotNeeded = nameof(NotNeeded);

    /// <summary>It was idle for longer than <c>idleTimeout</c>, above <c>minIdle</c>.</summary>
    public const string IdleTimeout = nameof(IdleTimeout);

    /// <summary>
    /// Its machine is not one that the pool would launch now: different template, type, usage class, subnet, region or account.
    /// </summary>
    public const string Drifted = nameof(Drifted);

    /// <summary>It was registered for a different URL, labels or demand source than the pool has now.</summary>
    public const string PoolChanged = nameof(PoolChanged);

    /// <summary>Its machine has reached <c>maxAge</c>.</summary>
    public const string Expired = nameof(Expired);

    /// <summary>Its <c>ttl</c> expired.</summary>
    public const string TtlExpired = nameof(TtlExpired);

    /// <summary>Its job has run for <c>maxRuntime</c>.</summary>
    public const string MaxRuntime = nameof(MaxRuntime);

    /// <summary>Its job is about to reach `maxRuntime`.</summary>
    public const string NearMaxRuntime = nameof(NearMaxRuntime);

    /// <summary>It is being drained, and its job is about to be cut at `drainTimeout`.</summary>
    public const string NearDrainTimeout = nameof(NearDrainTimeout);

    /// <summary>Its runner did not connect within <c>bootTimeout</c>.</summary>
    public const string BootTimeout = nameof(BootTimeout);

    /// <summary>GitHub has reported its runner as offline for minutes.</summary>
    public const string RunnerLost = nameof(RunnerLost);

    /// <summary>Its pool is being deleted.</summary>
    public const string PoolDeleted = nameof(PoolDeleted);

    // Unexpected terminations.
    /// <summary>EC2 reclaimed it.</summary>
    public const string SpotInterrupted = nameof(SpotInterrupted);

    /// <summary>EC2 has announced its interruption.</summary>
    public const string SpotInterruption = nameof(SpotInterruption);

    /// <summary>The capacity block that it runs in ends before another job could be sure to end.</summary>
    public const string CapacityBlockEnds = nameof(CapacityBlockEnds);

    /// <summary>EC2 recommends to leave it: the risk that it is taken back has risen.</summary>
    public const string RebalanceRecommended = nameof(RebalanceRecommended);

    /// <summary>EC2 terminated it because of an EC2 failure.</summary>
    public const string InstanceFailed = nameof(InstanceFailed);

    /// <summary>It is gone for an unknown reason.</summary>
    public const string InstanceLost = nameof(InstanceLost);

    /// <summary>It terminated before its runner connected.</summary>
    public const string BootFailed = nameof(BootFailed);

    /// <summary>Its folder of jobs could not be filled, or not in time, and it serves with an empty one.</summary>
    public const string WarmUpFailed = nameof(WarmUpFailed);

    /// <summary>EC2 could not use the key of one of its volumes.</summary>
    public const string VolumeKeyUnusable = nameof(VolumeKeyUnusable);

    /// <summary>A snapshot of its image does not exist.</summary>
    public const string SnapshotNotFound = nameof(SnapshotNotFound);

    /// <summary>A quota of the account is reached.</summary>
    public const string QuotaExceeded = nameof(QuotaExceeded);

    /// <summary>EC2 has no capacity for the request.</summary>
    public const string InsufficientCapacity = nameof(InsufficientCapacity);

    // How a machine was terminated.
    /// <summary>Without a job to lose.</summary>
    public const string Drained = nameof(Drained);

    /// <summary>With its job: the lease was deleted with <c>ec2runners.dev/force</c>.</summary>
    public const string Forced = nameof(Forced);

    /// <summary>With its job, when <c>drainTimeout</c> expired.</summary>
    public const string DrainDeadline = nameof(DrainDeadline);

    /// <summary>It did not accept its stop command.</summary>
    public const string Unresponsive = nameof(Unresponsive);

    // Why a lease waits to launch.
    /// <summary>The pool does not exist.</summary>
    public const string PoolNotFound = nameof(PoolNotFound);

    /// <summary>Its pool cannot launch yet.</summary>
    public const string PoolNotReady = nameof(PoolNotReady);

    /// <summary>Its pool is paused.</summary>
    public const string PoolPaused = nameof(PoolPaused);

    /// <summary>Its pool is being deleted.</summary>
    public const string PoolDeleting = nameof(PoolDeleting);

    /// <summary>Its pool has reached <c>maxRunners</c>.</summary>
    public const string PoolAtCapacity = nameof(PoolAtCapacity);

    /// <summary>The class does not exist.</summary>
    public const string ResourceClassNotFound = nameof(ResourceClassNotFound);

    /// <summary>It requests more than the pool's <c>jobOverrides</c> allow.</summary>
    public const string OverrideNotAllowed = nameof(OverrideNotAllowed);

    /// <summary>The image is made for another architecture than its machine is to have.</summary>
    public const string ArchitectureMismatch = nameof(ArchitectureMismatch);

    /// <summary>The image, or the lease's class, is of another operating system than the pool.</summary>
    public const string OperatingSystemMismatch = nameof(OperatingSystemMismatch);

    /// <summary>The first machines of the pool's template are being tried.</summary>
    public const string BootUnproven = nameof(BootUnproven);

    /// <summary>Machines of the pool terminate before they connect: one is tried at a time.</summary>
    public const string BootBackOff = nameof(BootBackOff);

    /// <summary>A machine is being requested from EC2.</summary>
    public const string Launching = nameof(Launching);

    /// <summary>The next attempt is due soon.</summary>
    public const string LaunchBackOff = nameof(LaunchBackOff);

    /// <summary>The result of the last attempt is not known yet.</summary>
    public const string LaunchUnresolved = nameof(LaunchUnresolved);

    // The state of a lease with a machine.
    /// <summary>It has a machine.</summary>
    public const string Launched = nameof(Launched);

    /// <summary>The machine is booting.</summary>
    public const string Booting = nameof(Booting);

    /// <summary>The machine's Auto Scaling group has been told to terminate it, by someone else; a running job is finished first.</summary>
    public const string ScaleIn = nameof(ScaleIn);

    /// <summary>The machine is being set up and stopped for standby.</summary>
    public const string PreparingStandby = nameof(PreparingStandby);

    /// <summary>The machine is stopped until a runner is needed.</summary>
    public const string OnStandby = nameof(OnStandby);

    /// <summary>EC2 did not start a machine on standby; it stays stopped, and another one or a new one serves.</summary>
    public const string StandbyStartFailed = nameof(StandbyStartFailed);

    /// <summary>A machine on standby was running although no runner was needed; it is stopped again.</summary>
    public const string StandbyStarted = nameof(StandbyStarted);

    /// <summary>A runner is being registered, or is starting for the next job.</summary>
    public const string Registering = nameof(Registering);

    /// <summary>The runner is being registered again: its labels or URL have changed.</summary>
    public const string Reregistering = nameof(Reregistering);

    /// <summary>The runner is not registered at its forge.</summary>
    public const string NotRegistered = nameof(NotRegistered);

    /// <summary>The runner is registered but has not connected.</summary>
    public const string NotConnected = nameof(NotConnected);

    /// <summary>The runner has connected.</summary>
    public const string Connected = nameof(Connected);

    /// <summary>The pool's scale set does not exist yet.</summary>
    public const string ScaleSetNotReady = nameof(ScaleSetNotReady);

    /// <summary>It is waiting for a job.</summary>
    public const string Idle = nameof(Idle);

    /// <summary>It is waiting for a job of its holder.</summary>
    public const string Leased = nameof(Leased);

    /// <summary>A job is running.</summary>
    public const string Busy = nameof(Busy);

    /// <summary>Its job was reported as completed; the runner is being deleted at GitHub.</summary>
    public const string Finishing = nameof(Finishing);

    /// <summary>GitHub could not be queried about the runner, or refused to answer: the last known state applies.</summary>
    public const string NotKnown = nameof(NotKnown);

    /// <summary>GitHub reports the runner as offline.</summary>
    public const string RunnerOffline = nameof(RunnerOffline);

    /// <summary>Its machine failed to boot and stays on for a look (<c>holdOnFailure</c>).</summary>
    public const string HeldAfterFailure = nameof(HeldAfterFailure);

    // How a lease or its machine changes hands.
    /// <summary>Another lease is taking over the machine.</summary>
    public const string Claimed = nameof(Claimed);

    /// <summary>It is taking over an idle machine.</summary>
    public const string TakingOver = nameof(TakingOver);

    /// <summary>It has taken over a machine.</summary>
    public const string TookOver = nameof(TookOver);

    /// <summary>The idle machine was taken by a job or another lease.</summary>
    public const string CandidateTaken = nameof(CandidateTaken);

    /// <summary>Its machine now serves another lease.</summary>
    public const string HandedOver = nameof(HandedOver);

    /// <summary>It no longer has a holder.</summary>
    public const string Released = nameof(Released);

    /// <summary>It gets another machine.</summary>
    public const string Replaced = nameof(Replaced);

    // Progress of a drain.
    /// <summary>It is being drained.</summary>
    public const string Draining = nameof(Draining);

    /// <summary>It is being drained; its job is still running.</summary>
    public const string DrainingBusy = nameof(DrainingBusy);

    /// <summary>Nothing is left to do.</summary>
    public const string Deleting = nameof(Deleting);

    /// <summary>GitHub does not delete its runner, which it considers busy.</summary>
    public const string RunnerStillBusy = nameof(RunnerStillBusy);

    /// <summary>No credentials are available for GitHub.</summary>
    public const string CredentialsGone = nameof(CredentialsGone);

    /// <summary>Something could not be removed and may remain.</summary>
    public const string LeftOver = nameof(LeftOver);

    /// <summary>Events about losses or leftovers that are reported nowhere else.</summary>
    public static IReadOnlyList<string> Losses { get; } =
    [
        LeftOver, CredentialsGone, DrainDeadline, MaxRuntime, Forced, "OrphanDeadline",
        SpotInterrupted, InstanceFailed, InstanceLost, RunnerLost,
    ];
}

namespace Operator.Entities.Conditions;

/// <summary>Reasons of a lease's conditions and events. Why and how a runner is terminated is in the first three groups: from Completed to Unresponsive.</summary>
public static class RunnerLeaseReasons
{
    // Why a runner is terminated: the reason of the lease's deletion, or of the drain of a machine whose lease is still wanted.
    /// <summary>Its job is done.</summary>
    public const string Completed = nameof(Completed);

    /// <summary>No job is left for it, and the pool has enough idle ones.</summary>
    public const string NotNeeded = nameof(NotNeeded);

    /// <summary>It was idle for longer than <c>idleTimeout</c>, above <c>minIdle</c>.</summary>
    public const string IdleTimeout = nameof(IdleTimeout);

    /// <summary>It was launched from another template, class or place than the pool declares now.</summary>
    public const string Drifted = nameof(Drifted);

    /// <summary>Its machine has reached <c>maxAge</c>.</summary>
    public const string Expired = nameof(Expired);

    /// <summary>Its holder's time is over.</summary>
    public const string TtlExpired = nameof(TtlExpired);

    /// <summary>Its job has run for <c>maxRuntime</c>.</summary>
    public const string MaxRuntime = nameof(MaxRuntime);

    /// <summary>Its runner did not connect within <c>bootTimeout</c>.</summary>
    public const string BootTimeout = nameof(BootTimeout);

    /// <summary>GitHub has not seen its runner for minutes.</summary>
    public const string RunnerLost = nameof(RunnerLost);

    /// <summary>Its pool is being deleted.</summary>
    public const string PoolDeleted = nameof(PoolDeleted);

    // Why a machine has ended that nobody here let go.
    /// <summary>EC2 has reclaimed it.</summary>
    public const string SpotInterrupted = nameof(SpotInterrupted);

    /// <summary>EC2 has ended it for a fault of its own.</summary>
    public const string InstanceFailed = nameof(InstanceFailed);

    /// <summary>It is gone, without a reason that is known.</summary>
    public const string InstanceLost = nameof(InstanceLost);

    /// <summary>It ended before its runner connected.</summary>
    public const string BootFailed = nameof(BootFailed);

    /// <summary>EC2 could not use the key of one of its volumes.</summary>
    public const string VolumeKeyUnusable = nameof(VolumeKeyUnusable);

    /// <summary>A snapshot of its image is not there.</summary>
    public const string SnapshotNotFound = nameof(SnapshotNotFound);

    /// <summary>A quota of the account is used up.</summary>
    public const string QuotaExceeded = nameof(QuotaExceeded);

    /// <summary>EC2 has no capacity left of what was asked for.</summary>
    public const string InsufficientCapacity = nameof(InsufficientCapacity);

    // How a machine was ended.
    /// <summary>Without a job to lose.</summary>
    public const string Drained = nameof(Drained);

    /// <summary>With its job: the lease was deleted with <c>ec2runners.dev/force</c>.</summary>
    public const string Forced = nameof(Forced);

    /// <summary>With its job, at the end of <c>drainTimeout</c>.</summary>
    public const string DrainDeadline = nameof(DrainDeadline);

    /// <summary>It had not taken its stop order.</summary>
    public const string Unresponsive = nameof(Unresponsive);

    // Why a lease waits to launch.
    /// <summary>There is no such pool.</summary>
    public const string PoolNotFound = nameof(PoolNotFound);

    /// <summary>Its pool cannot launch yet.</summary>
    public const string PoolNotReady = nameof(PoolNotReady);

    /// <summary>Its pool is paused.</summary>
    public const string PoolPaused = nameof(PoolPaused);

    /// <summary>Its pool is being deleted.</summary>
    public const string PoolDeleting = nameof(PoolDeleting);

    /// <summary>Its pool has <c>maxRunners</c>.</summary>
    public const string PoolAtCapacity = nameof(PoolAtCapacity);

    /// <summary>There is no such class.</summary>
    public const string ResourceClassNotFound = nameof(ResourceClassNotFound);

    /// <summary>Its class is for another architecture than the pool's image.</summary>
    public const string ArchitectureMismatch = nameof(ArchitectureMismatch);

    /// <summary>The first machines of the pool's template are being tried.</summary>
    public const string BootUnproven = nameof(BootUnproven);

    /// <summary>Machines of the pool end before they connect: one is tried at a time.</summary>
    public const string BootBackOff = nameof(BootBackOff);

    /// <summary>EC2 is asked for a machine.</summary>
    public const string Launching = nameof(Launching);

    /// <summary>The next attempt is due soon.</summary>
    public const string LaunchBackOff = nameof(LaunchBackOff);

    /// <summary>What the last attempt has launched is not known yet.</summary>
    public const string LaunchUnresolved = nameof(LaunchUnresolved);

    // How a lease with a machine stands.
    /// <summary>It has a machine.</summary>
    public const string Launched = nameof(Launched);

    /// <summary>The machine starts.</summary>
    public const string Booting = nameof(Booting);

    /// <summary>A runner is being registered, or starts for the next job.</summary>
    public const string Registering = nameof(Registering);

    /// <summary>The runner is registered anew: its labels or place have changed.</summary>
    public const string Reregistering = nameof(Reregistering);

    /// <summary>There is no registration at GitHub.</summary>
    public const string NotRegistered = nameof(NotRegistered);

    /// <summary>The registration's runner has not connected.</summary>
    public const string NotConnected = nameof(NotConnected);

    /// <summary>The runner has connected.</summary>
    public const string Connected = nameof(Connected);

    /// <summary>The pool's scale set is not there yet.</summary>
    public const string ScaleSetNotReady = nameof(ScaleSetNotReady);

    /// <summary>It waits for a job.</summary>
    public const string Idle = nameof(Idle);

    /// <summary>It waits for a job of its holder.</summary>
    public const string Leased = nameof(Leased);

    /// <summary>A job runs.</summary>
    public const string Busy = nameof(Busy);

    /// <summary>Its job is said to be over; GitHub is asked to delete the runner.</summary>
    public const string Finishing = nameof(Finishing);

    /// <summary>GitHub does not see the runner at the moment.</summary>
    public const string RunnerOffline = nameof(RunnerOffline);

    // How a lease or its machine changes hands.
    /// <summary>Another lease takes over the machine.</summary>
    public const string Claimed = nameof(Claimed);

    /// <summary>It takes over an idle machine.</summary>
    public const string TakingOver = nameof(TakingOver);

    /// <summary>It has taken over a machine.</summary>
    public const string TookOver = nameof(TookOver);

    /// <summary>The idle machine was taken by somebody else.</summary>
    public const string CandidateTaken = nameof(CandidateTaken);

    /// <summary>Its machine serves another lease now.</summary>
    public const string HandedOver = nameof(HandedOver);

    /// <summary>Nobody holds it any more.</summary>
    public const string Released = nameof(Released);

    /// <summary>It gets another machine.</summary>
    public const string Replaced = nameof(Replaced);

    // How a farewell stands.
    /// <summary>It is on its way out.</summary>
    public const string Draining = nameof(Draining);

    /// <summary>It is on its way out, and its job goes on.</summary>
    public const string DrainingBusy = nameof(DrainingBusy);

    /// <summary>Nothing is left to be done.</summary>
    public const string Deleting = nameof(Deleting);

    /// <summary>GitHub does not delete its runner, which it takes for busy.</summary>
    public const string RunnerStillBusy = nameof(RunnerStillBusy);

    /// <summary>There are no credentials that GitHub could be asked with.</summary>
    public const string CredentialsGone = nameof(CredentialsGone);

    /// <summary>Something could not be removed and may be left.</summary>
    public const string LeftOver = nameof(LeftOver);
}

namespace Operator.Entities.Conditions;

/// <summary>Condition types of a lease set.</summary>
public static class RunnerLeaseSetConditions
{
    /// <summary>All runners were ready, and are held.</summary>
    public const string Ready = "Ready";

    /// <summary>They will never be: the set has released what it had; present, and True, only then.</summary>
    public const string Failed = "Failed";
}

/// <summary>The phases of a lease set.</summary>
public static class RunnerLeaseSetPhases
{
    /// <summary>Its runners are being taken from the pool, or launched.</summary>
    public const string Provisioning = nameof(Provisioning);

    /// <summary>Its holder has all its runners.</summary>
    public const string Ready = nameof(Ready);

    /// <summary>It did not get all its runners.</summary>
    public const string Failed = nameof(Failed);

    /// <summary>Its holder has let them go.</summary>
    public const string Released = nameof(Released);

    /// <summary>All phases.</summary>
    public static IReadOnlyList<string> All { get; } = [Provisioning, Ready, Failed, Released];
}

/// <summary>Reasons of a lease set's conditions and events.</summary>
public static class RunnerLeaseSetReasons
{
    // While it waits, or has what it wants.
    /// <summary>Runners are being taken from the pool, or launched.</summary>
    public const string Provisioning = nameof(Provisioning);

    /// <summary>All runners were ready.</summary>
    public const string Provisioned = nameof(Provisioned);

    // Why it failed.
    /// <summary>Not all runners were ready within <c>provisionTimeout</c>.</summary>
    public const string ProvisionTimeout = nameof(ProvisionTimeout);

    /// <summary>It asks for more runners than the pool's <c>maxRunners</c>.</summary>
    public const string AboveMaxRunners = nameof(AboveMaxRunners);

    /// <summary>The runs of its repository would hold more than the pool's <c>access.maxPerRepository</c>.</summary>
    public const string QuotaReached = nameof(QuotaReached);

    /// <summary>The pool does not exist, or is being deleted.</summary>
    public const string PoolNotFound = nameof(PoolNotFound);

    /// <summary>A name that one of its leases must have is taken by another lease.</summary>
    public const string NameTaken = nameof(NameTaken);

    // Why it was released.
    /// <summary>Its holder was removed.</summary>
    public const string HolderRemoved = nameof(HolderRemoved);

    /// <summary>Its workflow run has completed.</summary>
    public const string RunCompleted = nameof(RunCompleted);

    /// <summary>Its <c>ttl</c> is over.</summary>
    public const string TtlExpired = nameof(TtlExpired);

    /// <summary>Its pool is gone, or being deleted.</summary>
    public const string PoolDeleted = nameof(PoolDeleted);
}

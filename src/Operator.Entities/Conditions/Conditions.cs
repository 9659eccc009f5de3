namespace Operator.Entities.Conditions;

/// <summary>Condition types of a pool, in the order in which they become true.</summary>
public static class RunnerPoolConditions
{
    /// <summary>The spec is valid; otherwise the reason says why not.</summary>
    public const string Accepted = "Accepted";

    /// <summary>The Secret exists and the forge accepts the credentials.</summary>
    public const string CredentialsReady = "CredentialsReady";

    /// <summary>Image and network were found, and the launch template exists.</summary>
    public const string TemplateReady = "TemplateReady";

    /// <summary>The operator receives the pool's jobs from GitHub; otherwise the reason says why not.</summary>
    public const string DemandReady = "DemandReady";

    /// <summary>Machines of the current launch template connect to GitHub; unknown until the first one has.</summary>
    public const string RegistrationHealthy = "RegistrationHealthy";

    /// <summary>No lease is waiting for EC2 capacity.</summary>
    public const string CapacityAvailable = "CapacityAvailable";

    /// <summary>
    /// GitHub gives jobs to the version of every runner; present, and False, from ten days before the first one stops getting jobs.
    /// </summary>
    public const string RunnerVersionSupported = "RunnerVersionSupported";

    /// <summary>
    /// GitHub delivers the jobs it assigns to runners; present, and False, only while it counts jobs that it delivers to none.
    /// </summary>
    public const string JobsDelivered = "JobsDelivered";

    /// <summary>Jobs that are lost with their machines are rerun; present, and False, only while GitHub refuses that.</summary>
    public const string LostJobsRerun = "LostJobsRerun";

    /// <summary>
    /// Spot machines are not interrupted too often; present, and False, only while the pool buys on demand because too many were reclaimed.
    /// </summary>
    public const string SpotStable = "SpotStable";

    /// <summary>Each of the pool's capacity reservations exists and fits; present, and False, only while one does not.</summary>
    public const string ReservationsUsable = "ReservationsUsable";

    /// <summary>The pool's Auto Scaling group exists and can launch and terminate machines; present where the pool has one.</summary>
    public const string AutoScalingGroupReady = "AutoScalingGroupReady";

    /// <summary>The pool has cost less than its budget allows; absent where it has none.</summary>
    public const string WithinBudget = "WithinBudget";

    /// <summary>Everything the pool no longer needs is removed; present, and False, only while something cannot be removed.</summary>
    public const string CleanedUp = "CleanedUp";

    /// <summary>The pool can launch and serve jobs.</summary>
    public const string Ready = "Ready";
}

/// <summary>Condition types of a class.</summary>
public static class ResourceClassConditions
{
    /// <summary>At least one instance type matches.</summary>
    public const string Ready = "Ready";

    /// <summary>So few instance types match that spot capacity may be hard to get.</summary>
    public const string LowFlexibility = "LowFlexibility";

    /// <summary>For a class marked as the default: whether it is the one in use.</summary>
    public const string DefaultClass = "DefaultClass";

    /// <summary>Prices are the region's own and up to date.</summary>
    public const string PricesCurrent = "PricesCurrent";
}

/// <summary>Condition types of a lease.</summary>
public static class RunnerLeaseConditions
{
    /// <summary>The machine exists.</summary>
    public const string Launched = "Launched";

    /// <summary>The runner is registered at GitHub and has connected.</summary>
    public const string Registered = "Registered";

    /// <summary>The runner can take a job, or is running one.</summary>
    public const string Ready = "Ready";

    /// <summary>EC2 has announced an interruption of the machine, or recommends rebalancing; present, and True, only then.</summary>
    public const string Interrupted = "Interrupted";

    /// <summary>Draining is complete: no job, no registration, no machine.</summary>
    public const string Drained = "Drained";
}

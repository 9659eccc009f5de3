namespace Operator.Entities.Conditions;

/// <summary>Condition types of a pool, in the order in which they come true.</summary>
public static class RunnerPoolConditions
{
    /// <summary>The spec can be served; what is wrong with it otherwise.</summary>
    public const string Accepted = "Accepted";

    /// <summary>The secret is there and GitHub takes what it holds.</summary>
    public const string CredentialsReady = "CredentialsReady";

    /// <summary>Image and network are found, and the launch template exists.</summary>
    public const string TemplateReady = "TemplateReady";

    /// <summary>GitHub tells the operator of the pool's jobs; what stands in the way otherwise.</summary>
    public const string DemandReady = "DemandReady";

    /// <summary>Machines of the present launch template connect to GitHub; unknown until the first one has.</summary>
    public const string RegistrationHealthy = "RegistrationHealthy";

    /// <summary>nothing is waiting for EC2 capacity last.</summary>
    public const string CapacityAvailable = "CapacityAvailable";

    /// <summary>What the pool does not need any more is removed; there only, and False, while something cannot be.</summary>
    public const string CleanedUp = "CleanedUp";

    /// <summary>The pool can launch and serve.</summary>
    public const string Ready = "Ready";
}

/// <summary>Condition types of a class.</summary>
public static class ResourceClassConditions
{
    /// <summary>At least one instance type matches.</summary>
    public const string Ready = "Ready";

    /// <summary>So few instance types match that spot capacity may be hard to get.</summary>
    public const string LowFlexibility = "LowFlexibility";
}

/// <summary>Condition types of a lease.</summary>
public static class RunnerLeaseConditions
{
    /// <summary>The machine exists.</summary>
    public const string Launched = "Launched";

    /// <summary>The runner is registered at GitHub and has connected.</summary>
    public const string Registered = "Registered";

    /// <summary>The runner can take a job, or runs one.</summary>
    public const string Ready = "Ready";

    /// <summary>Nothing is left to wait for: no job, no registration, no machine.</summary>
    public const string Drained = "Drained";
}

namespace Operator.Entities.Conditions;

/// <summary>Condition types of a pool.</summary>
public static class RunnerPoolConditions
{
    public const string Accepted = "Accepted";
    public const string CredentialsReady = "CredentialsReady";
    public const string TemplateReady = "TemplateReady";
    public const string CapacityAvailable = "CapacityAvailable";
    public const string Ready = "Ready";
}

/// <summary>Condition types of a class.</summary>
public static class ResourceClassConditions
{
    public const string Ready = "Ready";
    public const string LowFlexibility = "LowFlexibility";
}

/// <summary>Condition types of a lease.</summary>
public static class RunnerLeaseConditions
{
    public const string Launched = "Launched";
    public const string Registered = "Registered";
    public const string Ready = "Ready";
    public const string Drained = "Drained";
}

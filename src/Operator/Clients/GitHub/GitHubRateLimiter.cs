namespace Operator.Clients.GitHub;

/// <summary>Which calls go first when the budget is short.</summary>
internal enum GitHubPriority
{
    /// <summary>Work that a job waits for: registration.</summary>
    High,

    /// <summary>Looking and cleaning up.</summary>
    Low,
}

/// <summary>What is left of one budget.</summary>
/// <param name="Limit">Calls in the window.</param>
/// <param name="Remaining">Calls left in it.</param>
/// <param name="Reset">When it is full again.</param>
internal sealed record GitHubBudget(int Limit, int Remaining, DateTimeOffset Reset);

/// <summary>The budget of one connection.</summary>
internal sealed class GitHubRateLimiter;

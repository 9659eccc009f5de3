using Operator.GitHub.Rest;
using Operator.Runtime.Metrics;

namespace Operator.Observability;

/// <summary>The state of GitHub's hourly rate limits, from its last responses.</summary>
internal static class GitHubMetrics
{
    /// <summary>Creates the instruments.</summary>
    /// <param name="instruments">The instruments.</param>
    /// <param name="connections">The connections.</param>
    public static void AddTo(Instruments instruments, IGitHubConnections connections)
    {
        string[] labels = ["host", "credential", "resource"];
        instruments.Observe(
            "github_budget_remaining",
            "Remaining calls of the hour, by API host, credential (the first digits of its SHA-256) and GitHub's name of the limit.",
            () => Each(connections, budget => budget.Remaining),
            labels);
        instruments.Observe("github_budget_limit", "Hourly limit of calls.", () => Each(connections, budget => budget.Limit), labels);
    }

    private static IEnumerable<Reading> Each(IGitHubConnections connections, Func<GitHubBudget, int> value) =>
        from connection in connections.Budgets
        from budget in connection.Budgets
        select new Reading(value(budget.Value), connection.Host, connection.Credential, budget.Key);
}

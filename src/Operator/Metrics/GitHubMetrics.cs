using System.Diagnostics.Metrics;
using Operator.Clients.GitHub;
using Operator.Runtime.Metrics;

namespace Operator.Metrics;

/// <summary>What is left of GitHub's hourly budgets, as its last answers said.</summary>
internal sealed class GitHubMetrics
{
    private readonly IGitHubConnections _connections;

    public GitHubMetrics(Meter meter, IGitHubConnections connections)
    {
        _connections = connections;
        var labels = Labelled.By("host", "credential", "resource");
        meter.CreateObservableGauge(
            "github.budget.remaining",
            () => Each(budget => budget.Remaining),
            unit: null,
            "Calls left of the hour, by API host, credential (the first digits of its SHA-256) and GitHub's name of the budget.",
            labels);
        meter.CreateObservableGauge("github.budget.limit", () => Each(budget => budget.Limit), unit: null, "Calls that an hour has.", labels);
    }

    private IEnumerable<Measurement<int>> Each(Func<GitHubBudget, int> value) =>
        from connection in _connections.Budgets
        from budget in connection.Budgets
        select new Measurement<int>(
            value(budget.Value), new("host", connection.Host), new("credential", connection.Credential), new KeyValuePair<string, object?>("resource", budget.Key));
}

using Operator.Simulator.GitHub.Runners;
using Operator.Simulator.GitHub.Web;

namespace Operator.Simulator.GitHub.ScaleSets;

/// <summary>Runners as the service shows them, where they are called agents.</summary>
/// <param name="fleet">The runners.</param>
/// <param name="runners">Their registrations.</param>
internal sealed class AgentEndpoints(RunnerFleet fleet, RunnerRegister runners)
{
    private const string Route = $"{GitHubEndpoint.Service}/distributedtask/pools/{{pool}}/agents";

    public IEnumerable<GitHubEndpoint> All() =>
    [
        new("ListAgents", "GET", Route, Audience.ScaleSetAdmin, List),
        new("GetAgent", "GET", $"{Route}/{{id:long}}", Audience.ScaleSetAdmin, Get),
        new("DeleteAgent", "DELETE", $"{Route}/{{id:long}}", Audience.ScaleSetAdmin, Delete),
    ];

    private GitHubReply List(GitHubRequest request)
    {
        runners.Sweep();
        var name = request.Query("agentName");
        var found = request.Place.Runners.Values
            .Where(runner => string.IsNullOrEmpty(name) || string.Equals(runner.Name, name, StringComparison.OrdinalIgnoreCase));
        return GitHubReply.Json(200, CountedJson<AgentJson>.Create(found.Select(Show)), ServiceWire.Default.CountedJsonAgentJson);
    }

    private GitHubReply Get(GitHubRequest request)
    {
        runners.Sweep();
        return request.Place.Runners.TryGetValue(IdOf(request), out var runner)
            ? GitHubReply.Json(200, Show(runner), ServiceWire.Default.AgentJson)
            : ServiceReply.Error(404, "AgentNotFoundException", $"No agent found with identifier {IdOf(request)}.");
    }

    // It is no error that there is nothing to delete.
    private GitHubReply Delete(GitHubRequest request) => fleet.Delete(request.Place, IdOf(request), request.Callbacks) == Deletion.Busy
        ? ServiceReply.Error(400, "JobStillRunningException", $"The agent {IdOf(request)} is still running a job.")
        : GitHubReply.NoContent;

    private static AgentJson Show(RunnerRecord runner) =>
        new(runner.Id, runner.Name, runner.ScaleSet?.Id ?? 0, runner.IsOnline ? "online" : "offline", runner.CreatedAt);

    private static long IdOf(GitHubRequest request) => long.Parse(request.Route("id"));
}

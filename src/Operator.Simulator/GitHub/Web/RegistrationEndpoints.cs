using System.Text.Json;
using Operator.Simulator.GitHub.Accounts;
using Operator.Simulator.GitHub.Runners;

namespace Operator.Simulator.GitHub.Web;

/// <summary>What GitHub counts as registrations: JIT configs and registration tokens.</summary>
/// <param name="fleet">Registers runners.</param>
/// <param name="show">How a runner is shown.</param>
/// <param name="window">How many registrations are allowed.</param>
/// <param name="credentials">Issues tokens.</param>
internal sealed class RegistrationEndpoints(
    RunnerFleet fleet, Func<RunnerRecord, RunnerJson> show, RegistrationWindow window, CredentialDirectory credentials)
{
    public IEnumerable<GitHubEndpoint> All() => GitHubEndpoint.Scopes.SelectMany(scope => (IEnumerable<GitHubEndpoint>)
    [
        Register("GenerateJitConfig", $"{scope}/actions/runners/generate-jitconfig", GenerateJitConfig),
        Register("CreateRegistrationToken", $"{scope}/actions/runners/registration-token", CreateToken),
    ]);

    private static GitHubEndpoint Register(string name, string pattern, Func<GitHubRequest, GitHubReply> handle) =>
        new(name, "POST", pattern, Audience.RunnerManager, handle) { IsRegistration = true };

    private GitHubReply CreateToken(GitHubRequest request)
    {
        var token = credentials.IssueRegistrationToken(request.Place, request.Now);
        return GitHubReply.Json(201, new TokenJson(token.Value, token.ExpiresAt), GitHubWire.Default.TokenJson);
    }

    private GitHubReply GenerateJitConfig(GitHubRequest request)
    {
        var (config, problem) = JitRequest.Read(request.Body);
        if (config is null)
        {
            return GitHubReply.Error(422, problem);
        }

        if (request.Place.Groups.All(group => group.Id != config.GroupId))
        {
            return GitHubReply.NotFound;
        }

        if (request.Place.RunnersByName.ContainsKey(config.Name))
        {
            return GitHubReply.Error(409, $"Already exists - A runner with the name {config.Name} already exists.");
        }

        if (window.Refuse(request.Place, request.Now) is { } wait)
        {
            return CallerBudget.SecondaryLimit(wait);
        }

        var runner = fleet.Register(request.Place, config.Name, config.GroupId, config.Labels);
        var answer = new JitConfigJsonAnswer(show(runner), JitConfig.Encode(runner, request.Server, config.WorkFolder));
        return GitHubReply.Json(201, answer, GitHubWire.Default.JitConfigJsonAnswer);
    }

    private sealed record JitRequest(string Name, long GroupId, IReadOnlyList<string> Labels, string WorkFolder)
    {
        private const int LongestName = 64;
        private const int MostLabels = 100;
        private const int LongestLabel = 256;

        public static (JitRequest? Request, string Problem) Read(byte[] body)
        {
            try
            {
                var json = JsonElement.Parse(body);
                var labels = json.GetProperty("labels").EnumerateArray().Select(label => label.GetString() ?? "").ToList();
                var request = new JitRequest(
                    json.GetProperty("name").GetString() ?? "",
                    json.GetProperty("runner_group_id").GetInt64(),
                    labels,
                    json.TryGetProperty("work_folder", out var folder) ? folder.GetString() ?? "" : "_work");
                return request.Problem() is { } problem ? (null, problem) : (request, "");
            }
            catch (Exception exception) when (exception is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
            {
                return (null, "Invalid request.\n\n\"name\", \"runner_group_id\", \"labels\" weren't supplied.");
            }
        }

        private string? Problem() =>
            Name.Length is 0 or > LongestName ? $"Invalid request.\n\nname must be 1 to {LongestName} characters long."
            : Labels.Count is 0 or > MostLabels ? $"Invalid request.\n\nlabels must have 1 to {MostLabels} items."
            : Labels.Any(label => label.Trim().Length is 0 or > LongestLabel) ? "Invalid request.\n\nA label is empty or too long."
            : null;
    }
}

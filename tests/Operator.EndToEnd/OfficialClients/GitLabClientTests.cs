using System.Globalization;
using System.Text.RegularExpressions;
using Operator.EndToEnd.Support;
using Operator.Simulator.GitHub;
using Operator.Simulator.GitLab;

namespace Operator.EndToEnd.OfficialClients;

/// <summary>Runs <c>tests/javascript/gitlab</c>, a widely used client of GitLab, against the simulated GitLab.</summary>
public sealed partial class GitLabClientTests
{
    [NodeFact]
    public async Task SimulatedGitLab_WithAWidelyUsedClient_PassesItsSuite()
    {
        await using var gitLab = await SimulatedGitLab.StartAsync(new SimulationGround(TimeProvider.System));

        var passed = (await JavaScriptSuite.RunAsync("gitlab", Prepare(gitLab))).Require();

        Assert.True(int.Parse(PassCount().Match(passed).Groups["count"].Value, CultureInfo.InvariantCulture) >= 7, passed);
    }

    private static Dictionary<string, string> Prepare(SimulatedGitLab gitLab)
    {
        gitLab.AddGroup("my-group");
        gitLab.AddProject("my-group/app");
        gitLab.AddAccessToken("glpat-suite");
        gitLab.AddAccessToken("glpat-reader", "read_api");
        for (var i = 0; i < 30; i++)
        {
            gitLab.QueueJob("my-group/app", ["a"], TimeSpan.FromMinutes(1));
        }

        return new Dictionary<string, string>
        {
            ["SIMULATOR_URL"] = gitLab.Address.AbsoluteUri.TrimEnd('/'),
            ["SIMULATOR_TOKEN"] = "glpat-suite",
            ["SIMULATOR_READER"] = "glpat-reader",
        };
    }

    [GeneratedRegex(@"^# pass (?<count>\d+)$", RegexOptions.Multiline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex PassCount();
}

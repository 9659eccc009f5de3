using System.Globalization;
using System.Text.RegularExpressions;
using Operator.EndToEnd.Support;
using Operator.Simulator.GitHub;

namespace Operator.EndToEnd.OfficialClients;

/// <summary>Runs <c>tests/javascript/github</c>, GitHub's own client and API description, against the simulated GitHub.</summary>
public sealed partial class OfficialGitHubClientTests
{
    [NodeFact]
    public async Task SimulatedGitHub_WithTheOfficialClient_PassesItsSuite()
    {
        await using var github = await SimulatedGitHub.StartAsync(new SimulationGround(TimeProvider.System));

        var passed = (await JavaScriptSuite.RunAsync("github", Prepare(github))).Require();

        Assert.True(int.Parse(PassCount().Match(passed).Groups["count"].Value, CultureInfo.InvariantCulture) >= 44, passed);
    }

    private static Dictionary<string, string> Prepare(SimulatedGitHub github)
    {
        github.AddRepository("octo-org/app");
        github.AddEnterprise("octo-corp", "octo-org");
        github.AddRunnerGroup("orgs/octo-org", "gpu");
        github.AddForeignRunner("orgs/octo-org", "busy", ["large"], busy: true);
        foreach (var number in Enumerable.Range(0, 120))
        {
            github.AddForeignRunner("orgs/octo-org", $"foreign-{number}", ["large"]);
        }

        github.AddPersonalAccessToken("ghp_official");
        var key = github.AddApp("12345");
        github.AddInstallation("12345", 77, "octo-org");
        return new Dictionary<string, string>
        {
            ["SIMULATOR_URL"] = github.Address.AbsoluteUri.TrimEnd('/'),
            ["SIMULATOR_TOKEN"] = "ghp_official",
            ["SIMULATOR_APP_ID"] = "12345",
            ["SIMULATOR_INSTALLATION_ID"] = "77",
            ["SIMULATOR_APP_KEY"] = key,
        };
    }

    [GeneratedRegex(@"^# pass (?<count>\d+)$", RegexOptions.Multiline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex PassCount();
}

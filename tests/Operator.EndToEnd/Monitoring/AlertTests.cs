using System.Text.RegularExpressions;
using Operator.EndToEnd.Support;

namespace Operator.EndToEnd.Monitoring;

/// <summary>The alerts by themselves.</summary>
public sealed partial class AlertTests
{
    private static readonly string Rules = Repository.PathOf("charts/ec2runners/files/rules/ec2runners.yaml");
    private static readonly string Tests = Repository.PathOf("tests/prometheus/alerts.test.yaml");

    [ProgramFact("promtool")]
    public async Task Rules_ForPromtool_AreRules()
    {
        var result = await Tool.RunAsync("promtool", ["check", "rules", Rules]);

        Assert.True(result.ExitCode == 0, result.Output + result.Error);
    }

    [ProgramFact("promtool")]
    public async Task Rules_InTheirTests_FireAndKeepStill()
    {
        var result = await Tool.RunAsync("promtool", ["test", "rules", Tests]);

        Assert.True(result.ExitCode == 0, result.Output + result.Error);
    }

    [Fact]
    public async Task EachAlert_IsTestedBothWays_AndHasARunbook()
    {
        var tests = await File.ReadAllTextAsync(Tests);
        var alerts = Alert().Matches(await File.ReadAllTextAsync(Rules)).Select(match => match.Groups["name"].Value).ToList();

        Assert.NotEmpty(alerts);
        Assert.All(alerts, alert =>
        {
            var outcomes = Regex.Matches(tests, $@"ALERTS\{{alertname=""{alert}"", alertstate=""firing""\}}\n.*\n +exp_samples:(?<none> \[\])?", RegexOptions.None, TimeSpan.FromSeconds(5));
            Assert.Equal([false, true], outcomes.Select(outcome => outcome.Groups["none"].Success).Order());
            Assert.StartsWith($"# {alert}\n", File.ReadAllText(Repository.PathOf($"docs/runbooks/{alert}.md")), StringComparison.Ordinal);
        });
    }

    [GeneratedRegex(@"- alert: (?<name>\w+)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 5000)]
    private static partial Regex Alert();
}

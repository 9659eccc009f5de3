using Operator.Commands.Cleanup;
using Operator.GitHub;
using Operator.Simulator.World;
using Xunit.Abstractions;

namespace Operator.Scenarios.Doctor;

/// <summary>Operator and kinds are gone: one command removes everything it created.</summary>
public sealed class CleanupTests(ITestOutputHelper output)
{
    [Fact]
    public async Task Cleanup_OperatorAndKindsGone_LeavesNothingOfThisClusterAndAllOfOthers()
    {
        await using var scenario = await StartAsync();
        var foreign = scenario.World.Aws.AddForeignInstance(new Dictionary<string, string> { ["ec2runners.dev:cluster"] = "another" });
        var foreignRunner = scenario.World.GitHub.AddForeignRunner($"orgs/{SimulatedWorld.Organization}", "somebody-elses", ["linux"]);

        var (exitCode, text) = await CleanAsync(scenario, isDryRun: false);

        output.WriteLine(text);
        Assert.Equal(0, exitCode);
        Assert.Equal(foreign, Assert.Single(scenario.Living).Id);
        Assert.Equal(foreignRunner, Assert.Single(scenario.World.GitHub.Runners).Id);
        Assert.Empty(scenario.World.Aws.LaunchTemplates);
        Assert.Empty(scenario.World.Aws.Parameters);
        Assert.Contains("removed scale set runners", text, StringComparison.Ordinal);
        var (again, nothing) = await CleanAsync(scenario, isDryRun: false);
        Assert.Equal(0, again);
        Assert.StartsWith("0 removed, 0 not", nothing, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Cleanup_DryRun_ChangesNothing()
    {
        await using var scenario = await StartAsync();

        var (exitCode, text) = await CleanAsync(scenario, isDryRun: true);

        Assert.Equal(0, exitCode);
        Assert.Equal(2, scenario.Living.Count);
        Assert.Equal(2, scenario.World.GitHub.Runners.Count);
        Assert.NotEmpty(scenario.World.Aws.LaunchTemplates);
        Assert.All(scenario.Living, instance => Assert.Contains($"would remove instance {instance.Id}", text, StringComparison.Ordinal));
        Assert.All(scenario.World.GitHub.Runners, runner => Assert.Contains($"would remove registration {runner.Name}", text, StringComparison.Ordinal));
    }

    // The group would launch again what is terminated without it, if its processes were resumed.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Cleanup_Group_GoesWithItsMachines_OrIsSaidNotToBeLookedFor(bool isAllowed)
    {
        await using var scenario = await StartAsync("backend: AutoScalingGroup");
        if (!isAllowed)
        {
            scenario.World.Aws.Faults.On("autoscaling:DescribeAutoScalingGroups").Error(403, "AccessDenied");
        }

        var (exitCode, text) = await CleanAsync(scenario, isDryRun: false);

        Assert.Equal(0, exitCode);
        Assert.Empty(scenario.Living);
        Assert.Equal(isAllowed ? 0 : 1, scenario.World.Aws.Groups.All.Count);
        Assert.Contains(isAllowed ? "removed Auto Scaling group ec2runners-" : "not looked for: Auto Scaling groups", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Cleanup_WhatIsRefused_IsNamed_AndTheRestGoes()
    {
        await using var scenario = await StartAsync();
        scenario.World.Aws.Faults.On("ec2:DeleteLaunchTemplate").Error(403, "UnauthorizedOperation");

        var (exitCode, text) = await CleanAsync(scenario, isDryRun: false);

        Assert.Equal(1, exitCode);
        Assert.Empty(scenario.Living);
        Assert.Contains("NOT removed: launch template", text, StringComparison.Ordinal);
        Assert.Contains("AccessDenied: AWS refuses DeleteLaunchTemplate", text, StringComparison.Ordinal);
    }

    private static async Task<Scenario> StartAsync(string launch = "")
    {
        var scenario = await Scenario.StartAsync();
        await scenario.StartOperatorAsync();
        scenario.ApplyPool(minIdle: 2, launch: launch);
        await scenario.UntilIdleAsync(2);
        await scenario.KillOperatorAsync();
        return scenario;
    }

    private static async Task<(int ExitCode, string Text)> CleanAsync(Scenario scenario, bool isDryRun)
    {
        Assert.True(GitHubTarget.TryParse(scenario.World.GitHub.UrlOf(SimulatedWorld.Organization).ToString(), out var target, out _));
        var cluster = scenario.World.Kubernetes.Objects.Get("namespaces", "", "kube-system")!["metadata"]!["uid"]!.GetValue<string>();
        using var text = new StringWriter();
        var exitCode = await CleanupRun.CleanAsync(
            new()
            {
                Cluster = new(cluster),
                IsDryRun = isDryRun,
                GitHub = new(target!, new GitHubCredentials.Token(SimulatedWorld.Token), "default"),
                ScaleSets = [Scenario.Pool],
            },
            scenario.World.DependenciesOf(new CallGate()) with { Time = TimeProvider.System },
            text,
            CancellationToken.None);
        return (exitCode, text.ToString());
    }
}

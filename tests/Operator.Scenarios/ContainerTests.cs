namespace Operator.Scenarios;

/// <summary>Pools whose runners run in a container (<c>runner.container</c>).</summary>
public sealed class ContainerTests
{
    private const string Container = "container: {image: \"ghcr.io/my-org/ci-runner:1.4\", env: {TZ: Europe/Berlin}, secretRefs: [{name: NPM_TOKEN, secretName: npm, key: token}]}";

    [Theory]
    [InlineData("ScaleSet")]
    [InlineData("LeasesOnly")]
    public async Task Machines_GetTheContainerAndItsSecrets_AndServe(string demand)
    {
        await using var scenario = await Scenario.StartAsync();
        scenario.ApplySecret("token: hush-hush", "npm");
        scenario.ApplyPool(minIdle: 1, demand, runner: "setup: Standard, " + Container);
        await scenario.StartOperatorAsync();

        await scenario.UntilIdleAsync(1);
        await scenario.Driver.RunForAsync(TimeSpan.FromMinutes(2));

        var machine = Assert.Single(scenario.Living);
        Assert.Contains("pulling ghcr.io/my-org/ci-runner:1.4", machine.Console, StringComparison.Ordinal);
        Assert.NotEqual("", scenario.World.Hosts.Secrets(machine.Id));
        Assert.Empty(scenario.World.Aws.Parameters);
        await scenario.UntilTidyAsync();
    }

    // What is missing is said where one looks first, and not on the console alone.
    [Fact]
    public async Task ImageHasNoDocker_TheEventSaysSo()
    {
        await using var scenario = await Scenario.StartAsync();
        scenario.ApplyPool(minIdle: 1, runner: "container: {image: ci-runner}");
        await scenario.StartOperatorAsync();

        await scenario.Driver.RunUntilAsync(
            () => scenario.Events.Any(item => item.Message.Contains("powered off before its runner connected: runner.container needs docker", StringComparison.Ordinal)),
            TimeSpan.FromMinutes(10), "the reason");

        await scenario.UntilTidyAsync();
    }
}

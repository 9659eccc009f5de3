using System.CommandLine;
using System.Text.Json.Nodes;
using Operator.Commands;
using Operator.Commands.Migrate;

namespace Operator.Scenarios;

/// <summary>What <c>operator migrate</c> prints is accepted by the API server's schema and by the operator.</summary>
public sealed class MigrateTests
{
    public static TheoryData<string, string[], string> Settings() => new()
    {
        {
            """
            githubConfigUrl: GITHUB
            githubConfigSecret: {github_token: SECRET}
            runnerScaleSetName: linux-large
            minRunners: 0
            template: {spec: {containers: [{name: runner, resources: {requests: {cpu: 1500m, memory: 4Gi, ephemeral-storage: 40Gi}}, env: [{name: CACHE, value: "1"}]}]}}
            """,
            ["arc"], "linux-large"
        },
        {
            """
            mode: refresh
            ami: IMAGE
            iam-instance-profile: ci-runner
            security-group-ids: GROUP
            subnet-ids: SUBNET
            aws-region: eu-central-1
            pre-runner-script: "#!/bin/bash"
            resource-class-config: '{"default": {"cpu": 2, "mem_mb": 4096}, "large": {"cpu": 4, "mem_mb": 8192, "disk_gb": 100}}'
            """,
            ["pool-manager", "--github-url", "GITHUB", "--owner-id", "65"], "shared"
        },
    };

    [Theory]
    [MemberData(nameof(Settings))]
    public async Task Printed_IsAccepted(string settings, string[] arguments, string pool)
    {
        await using var scenario = await Scenario.StartAsync();
        scenario.ApplyPool(minIdle: 0, demand: "LeasesOnly"); // its Secret is what the other one names
        await scenario.StartOperatorAsync();
        string Known(string text) => text.Replace("GITHUB", "https://github.com/my-org", StringComparison.Ordinal).Replace("SECRET", "fake-token", StringComparison.Ordinal)
            .Replace("IMAGE", "ami-0123456789abcdef0", StringComparison.Ordinal).Replace("GROUP", "sg-0123456789abcdef0", StringComparison.Ordinal)
            .Replace("SUBNET", "subnet-0123456789abcdef0", StringComparison.Ordinal);
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, Known(settings));
        using var output = new StringWriter();
        using var errors = new StringWriter();

        var exitCode = await CommandLine.RunAsync(new RootCommand { MigrateCommand.Create() }, ["migrate", .. arguments.Select(Known), "-f", file, "--strict"], output, errors);
        File.Delete(file);
        Assert.True(exitCode == 0, errors.ToString());
        scenario.World.Apply(output.ToString());

        await scenario.Driver.RunUntilAsync(
            () => scenario.ConditionOf("runnerpools", pool, "Accepted") is ("True", _, _), TimeSpan.FromMinutes(1), "the pool is accepted");
        Assert.All(scenario.World.Kubernetes.Objects.List("resourceclasses"), stored => Assert.NotNull(((JsonNode)stored)["spec"]));
    }
}

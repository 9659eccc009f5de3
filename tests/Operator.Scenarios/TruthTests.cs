using Operator.Simulator.World;

namespace Operator.Scenarios;

/// <summary>A status only contains what has happened; failures are retried when due, regardless of who triggers a reconcile.</summary>
[Trait("Pace", "Slow")]
public sealed class TruthTests
{
    [Fact]
    public async Task GitHubAnswersInASecond_TheFirstCheckIsUnknown_AndNothingIsWarnedOf()
    {
        await using var scenario = await Scenario.StartAsync();
        scenario.World.GitHubFaults.On("github:ListRunners").Delay(TimeSpan.FromSeconds(1));
        scenario.ApplyPool(minIdle: 0, demand: "LeasesOnly");
        await scenario.StartOperatorAsync();
        var seen = new HashSet<(string, string)>();
        await scenario.Driver.RunUntilAsync(
            () =>
            {
                foreach (var condition in new[] { "CredentialsReady", "Ready" }.Select(type => scenario.ConditionOf("runnerpools", Scenario.Pool, type)).OfType<(string, string, string)>())
                {
                    seen.Add((condition.Item1, condition.Item2));
                }

                return scenario.ConditionOf("runnerpools", Scenario.Pool, "TemplateReady")?.Status == "True";
            },
            TimeSpan.FromMinutes(1), "a ready pool");

        Assert.Contains(("Unknown", "Checking"), seen);
        Assert.DoesNotContain(seen, condition => condition.Item1 == "False");
        Assert.DoesNotContain(scenario.Events, item => item.Reason is "GitHubSlow" or "Checking");
    }

    [Theory]
    [InlineData("revoked", "GitHubUnauthorized")]
    [InlineData("cut", "GitHubUnreachable")]
    public async Task GitHubIsAway_BesideAnIdleRunner_IsNotItsFault(string how, string poolReason)
    {
        await using var scenario = await Scenario.StartAsync();
        scenario.ApplyPool(minIdle: 1, demand: "Webhook");
        await scenario.StartOperatorAsync();
        await scenario.UntilIdleAsync(1);
        await scenario.Driver.RunForAsync(TimeSpan.FromMinutes(1));
        var since = IdleSince(scenario);
        if (how == "cut")
        {
            scenario.World.GitHubFaults.On("github:*").Cut();
        }
        else
        {
            scenario.World.GitHub.RevokeToken(SimulatedWorld.Token);
        }

        await scenario.Driver.RunUntilAsync(
            () => scenario.ConditionOf("runnerpools", Scenario.Pool, "CredentialsReady")?.Reason == poolReason, TimeSpan.FromMinutes(8), "the pool says so");
        for (var minute = 0; minute < 8; minute++)
        {
            await scenario.Driver.RunForAsync(TimeSpan.FromMinutes(1));
            Assert.Equal((1, since), (scenario.Leases("Idle"), IdleSince(scenario)));
            Assert.DoesNotContain("offline", Ready(scenario).Message, StringComparison.Ordinal);
        }

        Assert.Single(scenario.World.Aws.Instances);
    }

    [Fact]
    public async Task UrlChanged_BesideAnIdleRunner_IsNotAJobThatIsDone()
    {
        await using var scenario = await Scenario.StartAsync();
        scenario.ApplyPool(minIdle: 1, demand: "Webhook");
        scenario.World.AddWebhook(Scenario.WebhookSecret);
        await scenario.StartOperatorAsync();
        await scenario.UntilIdleAsync(1);

        scenario.PatchPool($$"""{"github": {"url": "{{scenario.World.GitHub.UrlOf(SimulatedWorld.Repository)}}"} }""");
        await scenario.Driver.RunUntilAsync(
            () => scenario.World.Aws.Instances.Count == 2 && scenario.Leases("Idle") == 1, TimeSpan.FromMinutes(30), "an idle runner at the new address");

        Assert.DoesNotContain(scenario.Events, item => item.Reason == "Completed");
        Assert.Contains(scenario.Events, item => item.Reason == "PoolChanged");
    }

    [Theory]
    [InlineData("revoked")]
    [InlineData("secret")]
    public async Task OneCredential_IsJudgedForAllItsPools_WhenItIsRefused_AndWhenItIsRepaired(string what)
    {
        await using var scenario = await Scenario.StartAsync();
        scenario.ApplyPool(minIdle: 0, demand: "LeasesOnly");
        await scenario.StartOperatorAsync();
        await scenario.Driver.RunUntilAsync(
            () => scenario.ConditionOf("runnerpools", Scenario.Pool, "TemplateReady")?.Status == "True", TimeSpan.FromMinutes(2), "a pool");
        string[] pools = [Scenario.Pool, "second", "third", "fourth"];
        foreach (var name in pools[1..])
        {
            scenario.CopyPool(name, "default", $"[{name}]", name == "second" ? null : scenario.World.GitHub.UrlOf(SimulatedWorld.Repository).ToString());
            await scenario.Driver.RunForAsync(TimeSpan.FromSeconds(70)); // each at its own pace
        }

        await scenario.Driver.RunUntilAsync(() => pools.All(name => Credentials(scenario, name) == "True"), TimeSpan.FromMinutes(2), "all accepted");

        scenario.World.GitHub.RevokeToken(SimulatedWorld.Token);
        await scenario.Driver.RunUntilAsync(() => pools.Any(name => Credentials(scenario, name) == "False"), TimeSpan.FromMinutes(6), "the first says so");
        await scenario.Driver.RunUntilAsync(() => pools.All(name => Credentials(scenario, name) == "False"), TimeSpan.FromSeconds(10), "all say so");

        scenario.World.GitHub.AddPersonalAccessToken(what == "secret" ? "another" : SimulatedWorld.Token);
        if (what == "secret")
        {
            scenario.ApplySecret("github_token: another");
        }

        await scenario.Driver.RunUntilAsync(() => pools.All(name => Credentials(scenario, name) == "True"), TimeSpan.FromSeconds(30), "all are accepted again");
        for (var second = 0; second < 600; second += 5)
        {
            await scenario.Driver.RunForAsync(TimeSpan.FromSeconds(5));
            Assert.All(pools, name => Assert.Equal("True", Credentials(scenario, name)));
        }
    }

    [Fact]
    public async Task UnansweredLaunch_IsNotRepeatedBeforeItsTime()
    {
        await using var scenario = await Scenario.StartAsync();
        scenario.World.Aws.Faults.On("ec2:CreateFleet").Error(503, "ServiceUnavailable").Times(1);
        scenario.ApplyPool(minIdle: 1);
        await scenario.StartOperatorAsync();
        await scenario.Driver.RunUntilAsync(() => scenario.World.Aws.Calls.Count("ec2:CreateFleet") == 1, TimeSpan.FromMinutes(2), "the first request");

        await scenario.Driver.RunForAsync(TimeSpan.FromSeconds(9));
        Assert.Equal(1, scenario.World.Aws.Calls.Count("ec2:CreateFleet"));
        await scenario.UntilIdleAsync(1);
        Assert.Single(scenario.World.Aws.Instances);
    }

    [Fact]
    public async Task RefusedRegistration_IsNotRepeatedBeforeItsTime()
    {
        await using var scenario = await Scenario.StartAsync();
        scenario.World.GitHubFaults.On("github:GenerateJitConfig").Error(403, "Forbidden");
        scenario.ApplyPool(minIdle: 1, demand: "Webhook");
        await scenario.StartOperatorAsync();
        await scenario.Driver.RunUntilAsync(() => scenario.World.GitHubCalls.Count("github:GenerateJitConfig") == 1, TimeSpan.FromMinutes(2), "the first call");

        await scenario.Driver.RunForAsync(TimeSpan.FromSeconds(10));
        Assert.Equal(1, scenario.World.GitHubCalls.Count("github:GenerateJitConfig"));
        scenario.World.GitHubFaults.Clear();
        await scenario.UntilIdleAsync(1);
    }

    // Leases are created and deleted all the time.
    [Fact]
    public async Task RefusedRemovalOfAScaleSet_OfABusyPool_IsNotRepeatedBeforeItsTime()
    {
        await using var scenario = await Scenario.StartAsync();
        scenario.World.AddWebhook(Scenario.WebhookSecret);
        scenario.ApplyPool(minIdle: 2);
        await scenario.StartOperatorAsync();
        await scenario.UntilIdleAsync(2);
        scenario.World.GitHubFaults.On("github:DeleteScaleSet").Error(403, "Forbidden");
        scenario.PatchPool("""{"github": {"demand": "Webhook"}, "capacity": {"maxRunners": 20} }""");
        await scenario.Driver.RunUntilAsync(() => scenario.World.GitHubCalls.Count("github:DeleteScaleSet") == 1, TimeSpan.FromMinutes(5), "the first try");

        for (var job = 0; job < 12; job++)
        {
            scenario.World.GitHub.QueueJob(SimulatedWorld.Repository, ["linux"], TimeSpan.FromSeconds(20));
            await scenario.Driver.RunForAsync(TimeSpan.FromSeconds(10));
        }

        Assert.InRange(scenario.World.GitHubCalls.Count("github:DeleteScaleSet"), 2, 9);
        scenario.World.GitHubFaults.Clear();
        await scenario.Driver.RunUntilAsync(() => scenario.World.GitHub.ScaleSets.All.Count == 0, TimeSpan.FromMinutes(2), "it is gone");
    }

    private static string? Credentials(Scenario scenario, string pool) => scenario.ConditionOf("runnerpools", pool, "CredentialsReady")?.Status;

    private static string? IdleSince(Scenario scenario) => scenario.World.Kubernetes.Objects.List("runnerleases", "default").Single()["status"]?["idleSince"]?.ToString();

    private static (string Status, string Reason, string Message) Ready(Scenario scenario) =>
        scenario.ConditionOf("runnerleases", scenario.World.Kubernetes.Objects.List("runnerleases", "default").Single()["metadata"]!["name"]!.ToString(), "Ready")!.Value;
}

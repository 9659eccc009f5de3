using System.Text;

namespace Operator.Scenarios;

/// <summary>Secrets of a pool's scripts (<c>runner.secretRefs</c>).</summary>
public sealed class SecretRefTests
{
    private const string References = "secretRefs: [{name: NPM_TOKEN, secretName: npm, key: token}]";

    [Theory]
    [InlineData("ScaleSet")]
    [InlineData("Webhook")]
    [InlineData("LeasesOnly")]
    public async Task Machines_GetThem_AndNothingElseDoes(string demand)
    {
        await using var scenario = await Scenario.StartAsync();
        scenario.ApplySecret("token: hush-hush", "npm");
        scenario.ApplyPool(minIdle: 2, demand, runner: References);
        if (demand == "Webhook")
        {
            scenario.World.AddWebhook(Scenario.WebhookSecret);
        }

        await scenario.StartOperatorAsync();
        await scenario.UntilIdleAsync(2);
        await scenario.Driver.RunForAsync(TimeSpan.FromMinutes(2));

        Assert.All(scenario.Living, instance => Assert.Contains("TlBNX1RPS0VOIGFIVnphQzFvZFhObw", scenario.World.Hosts.Secrets(instance.Id), StringComparison.Ordinal));
        Assert.DoesNotContain(scenario.World.Aws.Parameters, parameter => parameter.Key.EndsWith(".secrets", StringComparison.Ordinal));
        var stored = string.Concat(scenario.World.Kubernetes.Objects.List("runnerleases").Concat(scenario.World.Kubernetes.Objects.List("events")).Concat(scenario.World.Kubernetes.Objects.List("runnerpools")));
        foreach (var secret in new[] { "hush-hush", Convert.ToBase64String(Encoding.UTF8.GetBytes("hush-hush")) })
        {
            Assert.DoesNotContain(secret, stored, StringComparison.Ordinal);
        }

        await scenario.UntilTidyAsync();
    }

    [Fact]
    public async Task SecretIsMissing_ThePoolSaysSo_AndLaunchesOnceItIsThere()
    {
        await using var scenario = await Scenario.StartAsync();
        scenario.ApplyPool(minIdle: 1, runner: References);
        await scenario.StartOperatorAsync();
        await scenario.Driver.RunUntilAsync(
            () => scenario.ConditionOf("runnerpools", Scenario.Pool, "TemplateReady")?.Reason == "SecretsUnusable", TimeSpan.FromMinutes(5), "the reason");
        Assert.Contains("create the Secret 'default/npm' with text in the key 'token'", scenario.ConditionOf("runnerpools", Scenario.Pool, "TemplateReady")!.Value.Message, StringComparison.Ordinal);
        Assert.Empty(scenario.World.Aws.Instances);

        scenario.ApplySecret("token: hush-hush", "npm");

        await scenario.UntilIdleAsync(1);
        await scenario.UntilTidyAsync();
    }

    // A machine that ends before it has read them leaves none behind.
    [Fact]
    public async Task MachineNeverBoots_TheyAreRemovedWithIt()
    {
        await using var scenario = await Scenario.StartAsync();
        scenario.World.Aws.HangBoot();
        scenario.ApplySecret("token: hush-hush", "npm");
        scenario.ApplyPool(minIdle: 1, runner: References);
        await scenario.StartOperatorAsync();
        await scenario.Driver.RunUntilAsync(
            () => scenario.World.Aws.Parameters.Any(parameter => parameter.Key.EndsWith(".secrets", StringComparison.Ordinal)), TimeSpan.FromMinutes(5), "secrets in a mailbox");

        await scenario.UntilIdleAsync(1);

        await scenario.UntilTidyAsync();
    }

    // Not sent, or sent and not recorded: the machine has them in the end, and they are nowhere else, even if they were sent again after it had read them.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task OperatorDies_AroundTheCall_TheMachineGetsThem(bool afterEffect)
    {
        await using var scenario = await Scenario.StartAsync();
        scenario.ApplySecret("token: hush-hush", "npm");
        scenario.ApplyPool(minIdle: 1, runner: References);
        await scenario.StartOperatorAsync(new() { KillWhen = (_, body) => body.Contains(".secrets", StringComparison.Ordinal), KillAfterEffect = afterEffect });
        await scenario.Driver.RunUntilAsync(() => scenario.Operator.Gate.IsDead, TimeSpan.FromMinutes(5), "the kill");
        await scenario.KillOperatorsAsync();
        await scenario.Driver.RunForAsync(TimeSpan.FromMinutes(2));
        await scenario.StartOperatorAsync();

        await scenario.UntilIdleAsync(1);

        Assert.NotEqual("", scenario.World.Hosts.Secrets(Assert.Single(scenario.Living).Id));
        Assert.Empty(scenario.World.Aws.Parameters);
        await scenario.UntilTidyAsync();
    }
}

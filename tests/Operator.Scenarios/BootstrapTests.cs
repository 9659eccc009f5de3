using Operator.Simulator.Aws.Ec2.Instances;
using Operator.Simulator.World;

namespace Operator.Scenarios;

/// <summary>Machines without cloud-init, whose host script is started by Systems Manager.</summary>
[Trait("Pace", "Slow")]
public sealed class BootstrapTests
{
    [Theory]
    [InlineData("ScaleSet")]
    [InlineData("Webhook")]
    public async Task Job_IsServed_ByOneCommandForItsMachine(string demand)
    {
        await using var scenario = await StartAsync(demand);
        scenario.World.GitHub.QueueJob(SimulatedWorld.Repository, ["linux"], TimeSpan.FromMinutes(3));
        await scenario.UntilServedAsync();

        Assert.Equal(Assert.Single(scenario.World.Aws.Instances).Id, Assert.Single(scenario.World.Aws.CommandedInstances));
        await scenario.UntilTidyAsync();
    }

    [Fact]
    public async Task IdleRunner_HasItsCommandInTheStatus_AndIsSilent()
    {
        await using var scenario = await StartAsync(minIdle: 1);
        await scenario.UntilIdleAsync(1);
        var bootstrap = scenario.World.Kubernetes.Objects.Get("runnerleases", "default", "runners-0")!["status"]!["instance"]!["bootstrap"]!;
        Assert.NotNull(bootstrap["commandId"]);
        Assert.Null(bootstrap["status"]);

        var calls = Calls(scenario);
        await scenario.Driver.RunForAsync(TimeSpan.FromMinutes(30));
        Assert.Equal(calls, Calls(scenario));
        await scenario.UntilTidyAsync();
    }

    // Run Command refuses a machine whose agent is not online: it is asked for calmly, and given up at bootTimeout.
    [Fact]
    public async Task AgentNeverComesOnline_IsReplacedAtBootTimeout_AndSaysWhy()
    {
        await using var scenario = await StartAsync(minIdle: 1, start: scenario => scenario.World.Aws.LeaveOutAgents());
        await scenario.Driver.RunUntilAsync(() => scenario.ConditionOf("runnerleases", "runners-0", "Ready")?.Reason == "AgentNotOnline", TimeSpan.FromMinutes(2), "the reason");
        await scenario.UntilIdleAsync(1);

        Assert.Equal(2, scenario.World.Aws.Instances.Count);
        Assert.Contains(scenario.Events, told => told.Reason == "BootTimeout" && told.Message.Contains("SSM agent", StringComparison.Ordinal));
        Assert.InRange(scenario.World.Aws.Calls.Count("ssm:DescribeInstanceInformation"), 10, 130); // every five seconds for ten minutes
        Assert.Equal(1, scenario.World.Aws.Calls.Count("ssm:SendCommand"));
    }

    // The script has ended, and the machine with it: nobody waits for bootTimeout.
    [Fact]
    public async Task CommandFails_MachineIsReplacedAtOnce_AndItsOutputIsShown()
    {
        await using var scenario = await StartAsync(minIdle: 1, start: scenario => scenario.World.Aws.FailCommands(1, 3, new string('x', 20_000) + " gunzip: not in gzip format"));
        var begun = scenario.World.Clock.GetUtcNow();
        await scenario.UntilIdleAsync(1);

        Assert.InRange(scenario.World.Clock.GetUtcNow() - begun, TimeSpan.Zero, TimeSpan.FromMinutes(3));
        var told = Assert.Single(scenario.Events, told => told.Reason == "BootFailed" && told.Message.Contains("Failed", StringComparison.Ordinal));
        Assert.Contains("exit code 3", told.Message, StringComparison.Ordinal);
        Assert.Contains("gunzip: not in gzip format", told.Message, StringComparison.Ordinal);
        Assert.Equal(InstanceState.Terminated, scenario.World.Aws.Instances[0].State);
    }

    [Fact]
    public async Task EveryCommandFails_ForAnHour_TenMachinesAtMost()
    {
        await using var scenario = await StartAsync(minIdle: 3, start: scenario => scenario.World.Aws.FailCommands(1000, 1, "no such file"));
        await scenario.Driver.RunForAsync(TimeSpan.FromHours(1));

        Assert.InRange(scenario.World.Aws.Instances.Count, 3, 13);
        Assert.Equal("BootsFailing", scenario.ConditionOf("runnerpools", Scenario.Pool, "Ready")?.Reason);
    }

    // The process dies around each call: one command starts the script, and the machine serves.
    [Theory]
    [InlineData("DescribeInstanceInformation", "", false)]
    [InlineData("DescribeInstanceInformation", "", true)]
    [InlineData("PATCH runnerleases/status", "\"requestedAt\"", false)]
    [InlineData("PATCH runnerleases/status", "\"requestedAt\"", true)]
    [InlineData("SendCommand", "", false)]
    [InlineData("SendCommand", "", true)]
    [InlineData("PATCH runnerleases/status", "\"commandId\"", false)]
    [InlineData("PATCH runnerleases/status", "\"commandId\"", true)]
    [InlineData("GetCommandInvocation", "", false)]
    [InlineData("GetCommandInvocation", "", true)]
    public async Task KilledAtACall_OneCommandIsSent(string name, string body, bool afterEffect)
    {
        var gate = new CallGate { KillWhen = (call, text) => call.EndsWith(name, StringComparison.Ordinal) && text.Contains(body, StringComparison.Ordinal), KillAfterEffect = afterEffect };
        await using var scenario = await StartAsync(minIdle: 1, gate: gate);
        await scenario.Driver.RunUntilAsync(() => gate.IsDead, TimeSpan.FromMinutes(10), "the call");
        await scenario.KillOperatorsAsync();
        await scenario.Driver.RunForAsync(TimeSpan.FromSeconds(20));
        await scenario.StartOperatorAsync();
        await scenario.UntilIdleAsync(1);

        Assert.Equal(Assert.Single(scenario.World.Aws.Instances).Id, Assert.Single(scenario.World.Aws.CommandedInstances));
        scenario.DeletePool();
        await scenario.UntilEmptyAsync();
    }

    private static int Calls(Scenario scenario) => scenario.World.Aws.Calls.Count("ssm:SendCommand") + scenario.World.Aws.Calls.Count("ssm:GetCommand")
        + scenario.World.Aws.Calls.Count("ssm:ListCommands") + scenario.World.Aws.Calls.Count("ssm:DescribeInstance");

    private static async Task<Scenario> StartAsync(string demand = "ScaleSet", int minIdle = 0, Action<Scenario>? start = null, CallGate? gate = null)
    {
        var scenario = await Scenario.StartAsync();
        scenario.ApplyPool(minIdle, demand);
        scenario.PatchPool("""{"launch": {"bootstrap": "SSM"}}""");
        if (demand == "Webhook")
        {
            scenario.World.AddWebhook(Scenario.WebhookSecret);
        }

        start?.Invoke(scenario);
        await scenario.StartOperatorAsync(gate);
        if (gate is null)
        {
            await scenario.UntilOpenAsync();
        }

        return scenario;
    }
}

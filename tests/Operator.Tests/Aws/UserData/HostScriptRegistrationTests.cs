using System.Text;

namespace Operator.Tests.Aws.UserData;

/// <summary>The host registers its runner itself, with a token that is no argument and does not last.</summary>
public sealed class HostScriptRegistrationTests
{
    private const string Token = "AABBCCDD";

    [HostFact]
    public async Task Configure_RegistersWithoutStarting_AndTheNextCommandStarts()
    {
        await using var machine = await Machine.BootAsync(prepare: WithConfig(0));

        machine.Services.Put(Configure("linux-0-1", "Build machines"));
        await machine.SeeAsync("console ec2runners: registered linux-0-1");
        Assert.Equal(0, machine.Events.Count("runner started"));
        Assert.Equal(
            "--unattended --url https://ghes.example.com/my-org --name linux-0-1 --labels linux,gpu --work _work --replace --ephemeral --disableupdate --no-default-labels --runnergroup Build machines",
            machine.Read("opt/actions-runner/config-arguments").Trim());
        Assert.Equal(Token, machine.Read("opt/actions-runner/config-token").Trim());

        machine.Services.Put(Run("linux-0-1"));
        await machine.SeeAsync("runner started none as");
        Assert.DoesNotContain(Token, machine.Read("opt/actions-runner/environment"), StringComparison.Ordinal);
        Assert.Equal(0, machine.Events.Count(Token));
    }

    [HostFact]
    public async Task Run_Again_IsDoneOnce()
    {
        await using var machine = await Machine.BootAsync(prepare: WithConfig(0));
        machine.Services.Put(Configure("linux-0-1"));
        await machine.SeeAsync("console ec2runners: registered linux-0-1");
        machine.Services.Put(Run("linux-0-1"));
        await machine.SeeAsync("runner started none as");

        machine.Services.Put(Run("linux-0-1"));
        await machine.SeeAsync("console ec2runners: command: run, which was done");

        Assert.Equal(1, machine.Events.Count("runner started none as"));
        Assert.Equal(0, machine.Events.Count("runner interrupted"));
    }

    [HostFact]
    public async Task Configure_Fails_SaysWhy_AndTakesAnotherToken()
    {
        await using var machine = await Machine.BootAsync(prepare: WithConfig(3));

        machine.Services.Put(Configure("linux-0-1"));
        await machine.SeeAsync("console ec2runners: cannot register linux-0-1, code 3: Http response code: NotFound");
        FakeImage.Script(machine.Root, "opt/actions-runner/config.sh", Script(0));
        machine.Services.Put(Configure("linux-0-1"));

        await machine.SeeAsync("console ec2runners: registered linux-0-1");
    }

    [HostFact]
    public async Task Configure_WhileARunnerListens_TakesItsPlace()
    {
        await using var machine = await Machine.BootAsync(prepare: WithConfig(0));
        await machine.StartRunnerAsync("wait");

        machine.Services.Put(Configure("linux-0-2"));
        await machine.SeeAsync("runner interrupted");
        await machine.SeeAsync("console ec2runners: registered linux-0-2");
        machine.Services.Put(Run("linux-0-2"));

        await machine.SeeAsync("runner started none as");
    }

    private static object Configure(string name, string group = "") => new
    {
        action = "configure",
        configuration = Convert.ToBase64String(Encoding.UTF8.GetBytes($"https://ghes.example.com/my-org\n{name}\nlinux,gpu\n{group}")),
        token = Token,
    };

    private static object Run(string runnerName) => new { action = "run", afterwards = "wait", runnerName };

    private static Action<string, MachineServices> WithConfig(int code) => (root, _) => FakeImage.Script(root, "opt/actions-runner/config.sh", Script(code));

    private static string Script(int code) => $$"""
        #!/bin/bash
        echo "$*" >config-arguments
        echo "$ACTIONS_RUNNER_INPUT_TOKEN" >config-token
        touch .runner
        echo "Http response code: NotFound"
        exit {{code}}
        """;
}

using System.Text;
using System.Text.Encodings.Web;

namespace Operator.Tests.Aws.UserData.Windows;

public sealed class HostScriptWindowsCommandTests
{
    private const string Other = "b3RoZXI=";
    private const string Token = "AABBCCDD";

    [WindowsHostFact]
    public async Task Command_Run_IsTakenBeforeTheRunnerStarts_AndSigned()
    {
        await using var machine = await WindowsMachine.BootAsync(WindowsMachine.Settings with { Environment = new Dictionary<string, string> { ["MIRROR"] = "https://mirror/" } });

        await machine.StartRunnerAsync();

        var events = machine.Events.All.ToList();
        Assert.True(events.IndexOf("command taken") < events.FindIndex(e => e.StartsWith("runner started", StringComparison.Ordinal)));
        Assert.Equal(0, machine.Events.Count("ssm refused"));
        Assert.Equal("run", machine.Read("actions-runner/arguments").Trim());
        Assert.Contains("\nMIRROR=https://mirror/\n", machine.Read("actions-runner/environment"), StringComparison.Ordinal);
        Assert.DoesNotContain(Machine.Jit, machine.Read("actions-runner/environment"), StringComparison.Ordinal);
    }

    [WindowsHostFact]
    public async Task Command_WithAScript_RunsItOnceBeforeTheRunner_HoweverOftenItIsSent()
    {
        await using var machine = await WindowsMachine.BootAsync();
        var script = Convert.ToBase64String(Encoding.UTF8.GetBytes("#!powershell\ncurl -s --data-binary 'script r\u00e4n' \"$env:EC2RUNNERS_SERVICES/events\"\n"));

        machine.Services.Put(WithScript(script, "wait"));
        await machine.SeeAsync("runner started");
        machine.Services.Put(WithScript(script, "wait", Other));
        await machine.SeeAsync("runner started " + Other);

        Assert.Equal(1, machine.Events.Count("script r\u00e4n"));
    }

    [WindowsHostFact]
    public async Task Command_WithAScriptThatFails_ShowsItsEnd_AndPowersOffWithoutARunner()
    {
        await using var machine = await WindowsMachine.BootAsync();

        machine.Services.Put(WithScript(Convert.ToBase64String("throw 'no such package'"u8), "shutdown"));

        await machine.SeePowerOffAsync("the lease's script failed with code 1");
        Assert.NotEqual(0, machine.Events.Count("no such package"));
        Assert.Equal(0, machine.Events.Count("runner started"));
    }

    [WindowsHostFact]
    public async Task Command_AnswerIsFullOfEscapesAndSpaces_IsUnderstood()
    {
        var jit = string.Concat(Enumerable.Repeat("u0022+/u002B", 500));
        await using var machine = await WindowsMachine.BootAsync(prepare: (_, services) =>
            services.Format = new() { Encoder = JavaScriptEncoder.Default, WriteIndented = true });

        machine.Services.Put(Machine.Run(jit));

        await machine.SeeAsync("runner started " + jit);
    }

    [WindowsHostFact]
    public async Task Mailbox_NoWakeUpTag_IsReadOnceAndThenLeftAlone_UntilItWakesUp()
    {
        await using var machine = await WindowsMachine.BootAsync();
        await machine.SeeAsync("imds meta-data/spot/instance-action", 5);
        Assert.Equal(1, machine.Events.Count("ssm GetParameter"));

        machine.Services.Put(Machine.Run());
        await machine.SeeAsync("runner started");
        Assert.Equal(2, machine.Events.Count("ssm GetParameter"));
    }

    [WindowsHostFact]
    public async Task Mailbox_WakeUpTagIsBroken_IsReadEverySoOften()
    {
        await using var machine = await WindowsMachine.BootAsync(timings: ("slowPoll", 300));
        await machine.SeeAsync("ssm GetParameter");

        machine.Services.Put(Machine.Run(), wake: false);

        await machine.SeeAsync("runner started");
    }

    [WindowsHostFact]
    public async Task Command_WithdrawnBetweenReadAndDelete_IsNotActedOn()
    {
        await using var machine = await WindowsMachine.BootAsync(prepare: (_, services) => services.AfterGet = services.Withdraw);
        machine.Services.Put(Machine.Run());
        await machine.SeeAsync("command missed");

        machine.Services.AfterGet = null;
        machine.Services.Put(Machine.Run(Other));

        await machine.SeeAsync("runner started " + Other);
        Assert.Equal(0, machine.Events.Count("runner started " + Machine.Jit));
    }

    [WindowsHostFact]
    public async Task Command_CannotBeDeletedAtFirst_IsActedOnOnce()
    {
        await using var machine = await WindowsMachine.BootAsync(prepare: (_, services) => services.AfterGet = () =>
        {
            services.Failures.Enqueue((400, "ThrottlingException"));
            services.Failures.Enqueue((500, "InternalServerError"));
        });

        await machine.StartRunnerAsync();

        await machine.SeeAsync("ssm DeleteParameter", 3);
        Assert.Equal(1, machine.Events.Count("runner started " + Machine.Jit));
    }

    [WindowsHostFact]
    public async Task Command_CannotBeDeletedAtAll_IsNotActedOnUntilItCan()
    {
        await using var machine = await WindowsMachine.BootAsync(prepare: (_, services) => services.DeniedDeletes = 5);

        await machine.StartRunnerAsync();

        Assert.True(machine.Events.Count("ssm GetParameter") >= 2);
        Assert.Equal((1, 1), (machine.Events.Count("command taken"), machine.Events.Count("runner started " + Machine.Jit)));
    }

    [WindowsHostFact]
    public async Task Command_DeleteWentThroughUnheardAndIsDeniedNow_IsActedOn()
    {
        await using var machine = await WindowsMachine.BootAsync(prepare: (_, services) => services.AfterGet = () =>
        {
            services.AfterGet = null;
            services.Withdraw();
            services.Failures.Enqueue((500, "InternalServerError"));
            services.Failures.Enqueue((400, "AccessDeniedException"));
            services.Failures.Enqueue((400, "AccessDeniedException"));
        });

        await machine.StartRunnerAsync();

        Assert.Equal(2, machine.Events.Count("ssm DeleteParameter"));
    }

    [WindowsHostFact]
    public async Task Mailbox_RefusesAndThrottles_BacksOffAndSaysEachOnce()
    {
        await using var machine = await WindowsMachine.BootAsync(prepare: (_, services) =>
        {
            Enumerable.Range(0, 3).ToList().ForEach(_ => services.Failures.Enqueue((403, "UnrecognizedClientException")));
            services.Failures.Enqueue((400, "ThrottlingException"));
            services.Put(Machine.Run(), wake: false);
        });

        await machine.SeeAsync("runner started");

        Assert.Equal(5, machine.Events.Count("ssm GetParameter"));
        Assert.Equal(1, machine.Events.Count("console ec2runners: mailbox: HTTP 403"));
        Assert.Equal(1, machine.Events.Count("console ec2runners: mailbox: HTTP 400"));
    }

    [WindowsHostFact]
    public async Task Mailbox_DeniedWithoutTheWakeUpTag_IsLeftAloneAsIfEmpty()
    {
        await using var machine = await WindowsMachine.BootAsync(prepare: (_, services) => services.Failures.Enqueue((400, "AccessDeniedException")));
        await machine.SeeAsync("imds meta-data/spot/instance-action", 6);

        Assert.Equal(1, machine.Events.Count("ssm GetParameter"));
        Assert.Equal(1, machine.Events.Count("console ec2runners: mailbox: no command, or the role may not read it: HTTP 400"));
    }

    [WindowsHostFact]
    public async Task Mailbox_DeniedAfterTheWakeUpTag_IsAskedAgainSoon()
    {
        await using var machine = await WindowsMachine.BootAsync(prepare: (_, services) =>
        {
            Enumerable.Range(0, 3).ToList().ForEach(_ => services.Failures.Enqueue((400, "AccessDeniedException")));
            services.Put(Machine.Run());
        });

        await machine.SeeAsync("runner started");

        Assert.Equal(4, machine.Events.Count("ssm GetParameter"));
    }

    [WindowsHostFact]
    public async Task Mailbox_NoRole_SaysSo_AndNewCredentialsAndTokensAreUsed()
    {
        await using var machine = await WindowsMachine.BootAsync(prepare: (_, services) => services.Forget("meta-data/iam/security-credentials/"));
        await machine.SeeAsync("console ec2runners: mailbox: HTTP 404 no credentials");

        machine.Services.Metadata["meta-data/iam/security-credentials/"] = "ci-runner";
        machine.Services.RotateCredentials("second");
        machine.Services.ExpireTokens();
        await machine.SeeAsync("imds new token", 2);

        await machine.StartRunnerAsync();
        Assert.Equal(0, machine.Events.Count("ssm refused"));
    }

    [WindowsHostFact]
    public async Task Command_NobodyUnderstands_IsTakenAndIgnored()
    {
        await using var machine = await WindowsMachine.BootAsync();
        await machine.StartRunnerAsync();

        machine.Services.Put(new { greeting = "hello" });
        await machine.SeeAsync("console ec2runners: unreadable command");
        machine.Services.Put(new { action = "run" });
        await machine.SeeAsync("console ec2runners: unreadable command", 2);

        machine.Services.Tell("job");
        await machine.SeeAsync("runner runs a job");
        Assert.Equal(3, machine.Events.Count("command taken"));
    }

    // Whole life: neither on the console nor in a file. The configuration is in one while the runner starts.
    [WindowsHostFact]
    public async Task Secrets_AreNeitherOnDiskNorOnTheConsole()
    {
        await using var machine = await WindowsMachine.BootAsync();
        await machine.StartJobAsync("wait");

        var disk = string.Concat(Directory.EnumerateFiles(machine.Root, "*", SearchOption.AllDirectories).Select(File.ReadAllText));
        var console = string.Concat(machine.Events.All.Where(e => e.StartsWith("console", StringComparison.Ordinal)));
        foreach (var secret in new[] { Machine.Jit, machine.Services.Secret, "ASIAfirst", "session/first", "imds-token-1" })
        {
            Assert.DoesNotContain(secret, disk, StringComparison.Ordinal);
            Assert.DoesNotContain(secret, console, StringComparison.Ordinal);
        }
    }

    [WindowsHostFact]
    public async Task Configure_RegistersWithoutStarting_AndTheNextCommandStartsOnce()
    {
        await using var machine = await WindowsMachine.BootAsync();

        machine.Services.Put(Configure("win-0-1", "Build machines"));
        await machine.SeeAsync("console ec2runners: registered win-0-1");
        Assert.Equal(
            "configure --unattended --url https://ghes.example.com/my-org --name win-0-1 --labels windows,gpu --work _work --replace --ephemeral --disableupdate --no-default-labels --runnergroup Build machines",
            machine.Read("actions-runner/config-arguments").Trim());
        Assert.Equal(Token, machine.Read("actions-runner/config-token").Trim());

        machine.Services.Put(Run("win-0-1"));
        await machine.SeeAsync("runner started none");
        Assert.DoesNotContain(Token, machine.Read("actions-runner/environment"), StringComparison.Ordinal);

        machine.Services.Put(Run("win-0-1"));
        await machine.SeeAsync("console ec2runners: command: run, which was done");
        Assert.Equal((1, 0), (machine.Events.Count("runner started none"), machine.Events.Count(Token)));
    }

    [WindowsHostFact]
    public async Task Configure_Fails_SaysWhy()
    {
        await using var machine = await WindowsMachine.BootAsync(prepare: (root, _) => File.WriteAllText(Path.Combine(root, "actions-runner/config-code"), "3"));

        machine.Services.Put(Configure("win-0-1"));

        await machine.SeeAsync("console ec2runners: cannot register win-0-1, code 3: Http response code: NotFound");
    }

    private static object WithScript(string preRunnerScript, string afterwards, string jitConfig = Machine.Jit) => new { action = "run", jitConfig, afterwards, preRunnerScript };

    private static object Configure(string name, string group = "") => new
    {
        action = "configure",
        configuration = Convert.ToBase64String(Encoding.UTF8.GetBytes($"https://ghes.example.com/my-org\n{name}\nwindows,gpu\n{group}")),
        token = Token,
    };

    private static object Run(string runnerName) => new { action = "run", afterwards = "wait", runnerName };
}

using System.Text;
using System.Text.Encodings.Web;

namespace Operator.Tests.Aws.UserData;

public sealed class HostScriptCommandTests
{
    private const string Other = "b3RoZXI=";

    [HostFact]
    public async Task Command_Run_IsTakenBeforeTheRunnerStarts()
    {
        await using var machine = await Machine.BootAsync();

        await machine.StartRunnerAsync();

        var events = machine.Events.All.ToList();
        Assert.True(events.IndexOf("command taken") < events.FindIndex(e => e.StartsWith("runner started", StringComparison.Ordinal)));
        Assert.Equal(0, machine.Events.Count("ssm refused"));
        Assert.Equal("", machine.Read("opt/actions-runner/arguments").Trim());
    }

    [HostFact]
    public async Task Command_WithAScript_RunsItOnceBeforeTheRunner_HoweverOftenItIsSent()
    {
        await using var machine = await Machine.BootAsync();
        var script = Convert.ToBase64String(Encoding.UTF8.GetBytes("#!/bin/bash\ncurl -s --data-binary \"script ran as $(id -un) $(umask)\" \"$EC2RUNNERS_IMDS/events\"\n"));

        machine.Services.Put(WithScript(script, "wait"));
        await machine.SeeAsync("runner started");
        machine.Services.Put(WithScript(script, "wait", Other));
        await machine.SeeAsync("runner started " + Other);

        var events = machine.Events.All.ToList();
        Assert.Equal(1, machine.Events.Count("script ran as"));
        Assert.True(events.FindIndex(e => e.StartsWith("script ran as", StringComparison.Ordinal)) < events.FindIndex(e => e.StartsWith("runner started", StringComparison.Ordinal)));
        Assert.EndsWith(" 0022", events.Find(e => e.StartsWith("script ran as", StringComparison.Ordinal)), StringComparison.Ordinal);
    }

    [HostFact]
    public async Task Command_WithAScriptThatFails_ShowsItsEnd_AndPowersOffWithoutARunner()
    {
        await using var machine = await Machine.BootAsync();

        machine.Services.Put(WithScript(Convert.ToBase64String(Encoding.UTF8.GetBytes("#!/bin/bash\necho no such package >&2\nexit 9\n")), "shutdown"));

        await machine.SeePowerOffAsync("the lease's script failed with code 9");
        await machine.SeeAsync("console ec2runners: lease-script: no such package");
        Assert.Equal(0, machine.Events.Count("runner started"));
    }

    private static object WithScript(string preRunnerScript, string afterwards, string jitConfig = Machine.Jit) => new { action = "run", jitConfig, afterwards, preRunnerScript };

    [HostFact]
    public async Task Command_AnswerIsFullOfEscapesAndSpaces_IsUnderstood()
    {
        var jit = string.Concat(Enumerable.Repeat("u0022+/u002B", 500));
        await using var machine = await Machine.BootAsync(prepare: (_, services) =>
            services.Format = new() { Encoder = JavaScriptEncoder.Default, WriteIndented = true });

        machine.Services.Put(Machine.Run(jit));

        await machine.SeeAsync("runner started " + jit + " as");
    }

    [HostFact]
    public async Task Command_WaitsThereAtBoot_IsReadWithoutTheWakeUpTag()
    {
        await using var machine = await Machine.BootAsync(prepare: (_, services) => services.Put(Machine.Run(), wake: false));

        await machine.SeeAsync("runner started " + Machine.Jit);
    }

    [HostFact]
    public async Task Mailbox_NoWakeUpTag_IsReadOnceAndThenLeftAlone()
    {
        await using var machine = await Machine.BootAsync();

        // Each tick reads the metadata, so the number of ticks would be the number of reads.
        await machine.SeeAsync("imds meta-data/spot/instance-action", 10);
        Assert.Equal(1, machine.Events.Count("ssm GetParameter"));

        machine.Services.Put(Machine.Run());
        await machine.SeeAsync("runner started");
        Assert.Equal(2, machine.Events.Count("ssm GetParameter"));
    }

    [HostFact]
    public async Task Mailbox_WakeUpTagIsBroken_IsReadEverySoOften()
    {
        await using var machine = await Machine.BootAsync(timings: ("SLOW_POLL", "300"));
        await machine.SeeAsync("ssm GetParameter");

        machine.Services.Put(Machine.Run(), wake: false);

        await machine.SeeAsync("runner started");
    }

    [HostFact]
    public async Task Command_WithdrawnBetweenReadAndDelete_IsNotActedOn()
    {
        await using var machine = await Machine.BootAsync(prepare: (_, services) => services.AfterGet = services.Withdraw);
        machine.Services.Put(Machine.Run());
        await machine.SeeAsync("command missed");

        machine.Services.AfterGet = null;
        machine.Services.Put(Machine.Run(Other));

        await machine.SeeAsync("runner started " + Other);
        Assert.Equal(0, machine.Events.Count("runner started " + Machine.Jit));
    }

    [HostFact]
    public async Task Command_CannotBeDeletedAtFirst_IsActedOnOnce()
    {
        await using var machine = await Machine.BootAsync(prepare: (_, services) => services.AfterGet = () =>
        {
            services.Failures.Enqueue((400, "ThrottlingException"));
            services.Failures.Enqueue((500, "InternalServerError"));
        });

        await machine.StartRunnerAsync();

        await machine.SeeAsync("ssm DeleteParameter", 3);
        Assert.Equal(1, machine.Events.Count("runner started " + Machine.Jit));
    }

    [HostFact]
    public async Task Command_CannotBeDeletedAtAll_IsNotActedOnUntilItCan()
    {
        await using var machine = await Machine.BootAsync(prepare: (_, services) => services.DeniedDeletes = 5);

        await machine.StartRunnerAsync();

        Assert.True(machine.Events.Count("ssm GetParameter") >= 2);
        Assert.Equal(1, machine.Events.Count("command taken"));
        Assert.Equal(1, machine.Events.Count("runner started " + Machine.Jit));
    }

    [HostFact]
    public async Task Mailbox_RefusesAndThrottles_BacksOffAndSaysEachOnce()
    {
        await using var machine = await Machine.BootAsync(prepare: (_, services) =>
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

    [HostFact]
    public async Task Mailbox_DeniedWithoutTheWakeUpTag_IsLeftAloneAsIfEmpty()
    {
        await using var machine = await Machine.BootAsync(prepare: (_, services) => services.Failures.Enqueue((400, "AccessDeniedException")));

        // Each tick reads the metadata; a back-off of 10 ms would have retried long before.
        await machine.SeeAsync("imds meta-data/spot/instance-action", 10);

        Assert.Equal(1, machine.Events.Count("ssm GetParameter"));
        Assert.Equal(1, machine.Events.Count("console ec2runners: mailbox: no command, or the role may not read it: HTTP 400"));
    }

    [HostFact]
    public async Task Mailbox_DeniedAfterTheWakeUpTag_IsAskedAgainSoon()
    {
        await using var machine = await Machine.BootAsync(prepare: (_, services) =>
        {
            Enumerable.Range(0, 3).ToList().ForEach(_ => services.Failures.Enqueue((400, "AccessDeniedException")));
            services.Put(Machine.Run());
        });

        await machine.SeeAsync("runner started");

        Assert.Equal(4, machine.Events.Count("ssm GetParameter"));
    }

    [HostFact]
    public async Task Command_DeleteWentThroughUnheardAndIsDeniedNow_IsActedOn()
    {
        await using var machine = await Machine.BootAsync(prepare: (_, services) => services.AfterGet = () =>
        {
            // The first delete succeeded and its answer was lost; from now on the tag policy denies access.
            services.AfterGet = null;
            services.Withdraw();
            services.Failures.Enqueue((500, "InternalServerError"));
            services.Failures.Enqueue((400, "AccessDeniedException"));
            services.Failures.Enqueue((400, "AccessDeniedException"));
        });

        await machine.StartRunnerAsync();

        Assert.Equal(2, machine.Events.Count("ssm DeleteParameter"));
    }

    [HostFact]
    public async Task Mailbox_WakeUpTagWasSeenOnce_IsReadSeldomWithoutIt()
    {
        await using var machine = await Machine.BootAsync(timings: [("SLOW_POLL", "90"), ("WOKEN_POLL", "60000")]);
        machine.Services.Put(Machine.Run(afterwards: "wait"));
        await machine.SeeAsync("runner started");
        var reads = machine.Events.Count("ssm GetParameter");

        await machine.SeeAsync("imds meta-data/spot/instance-action", machine.Events.Count("imds meta-data/spot/instance-action") + 10);

        Assert.Equal(reads, machine.Events.Count("ssm GetParameter"));
    }

    [HostFact]
    public async Task Mailbox_NoRole_SaysSoAndGoesOnWhenThereIsOne()
    {
        await using var machine = await Machine.BootAsync(
            prepare: (_, services) => services.Forget("meta-data/iam/security-credentials/"));
        await machine.SeeAsync("console ec2runners: mailbox: HTTP 404 no credentials");

        machine.Services.Metadata["meta-data/iam/security-credentials/"] = "ci-runner";

        await machine.SeeAsync("ssm GetParameter");
    }

    [HostFact]
    public async Task Mailbox_CredentialsAndTokenChange_UsesTheNewOnes()
    {
        await using var machine = await Machine.BootAsync();
        await machine.SeeAsync("ssm GetParameter");

        machine.Services.RotateCredentials("second");
        machine.Services.ExpireTokens();
        await machine.SeeAsync("imds new token", 2);

        await machine.StartRunnerAsync();
        Assert.Equal(0, machine.Events.Count("ssm refused"));
    }

    [HostFact]
    public async Task Command_NobodyUnderstands_IsTakenAndIgnored()
    {
        await using var machine = await Machine.BootAsync();
        await machine.StartRunnerAsync();

        machine.Services.Put(new { greeting = "hello" });
        await machine.SeeAsync("console ec2runners: unreadable command");
        machine.Services.Put(new { action = "run" });
        await machine.SeeAsync("console ec2runners: unreadable command", 2);

        machine.Services.Tell("job");
        await machine.SeeAsync("runner runs a job");
        Assert.Equal(3, machine.Events.Count("command taken"));
        Assert.Equal(0, machine.Events.Count("runner interrupted"));
    }

    [RootFact]
    public async Task Runner_OtherUser_RunsAsThatUserInItsOwnFolder()
    {
        await using var machine = await Machine.BootAsync(
            Machine.Settings with { User = "nobody" },
            (root, _) => FakeImage.OpenToAll(root));
        machine.Services.Put(Machine.Run());

        await machine.SeeAsync($"runner started {Machine.Jit} as nobody");

        machine.Services.Tell("job");
        await machine.SeeAsync("console ec2runners: job started");
        Assert.DoesNotContain("RUNNER_ALLOW_RUNASROOT", machine.Read("opt/actions-runner/environment"), StringComparison.Ordinal);
    }

    [HostFact]
    public async Task Runner_Environment_HoldsThePoolsVariablesAndNotTheConfig()
    {
        var settings = Machine.Settings with { Environment = new Dictionary<string, string> { ["MIRROR"] = "https://mirror/" } };
        await using var machine = await Machine.BootAsync(settings);

        await machine.StartRunnerAsync();
        machine.Services.Tell("job");
        await machine.SeeAsync("runner runs a job");

        var environment = machine.Read("opt/actions-runner/environment");
        Assert.Contains("\nMIRROR=https://mirror/\n", environment, StringComparison.Ordinal);
        Assert.Equal(Environment.UserName == "root", environment.Contains("RUNNER_ALLOW_RUNASROOT=1", StringComparison.Ordinal));
        Assert.DoesNotContain(Machine.Jit, environment, StringComparison.Ordinal);
    }

    [HostFact]
    public async Task Secrets_WholeLife_AreNeitherArgumentsNorOnDiskNorOnTheConsole()
    {
        string[] tools = ["curl", "sed", "tr", "env", "setsid", "grep", "sleep", "bash", "tail", "find", "rm", "mv", "mkdir", "stat"];
        await using var machine = await Machine.BootAsync(prepare: (root, _) =>
        {
            foreach (var tool in tools)
            {
                var real = Environment.GetEnvironmentVariable("PATH")!.Split(':').Select(f => Path.Combine(f, tool)).First(File.Exists);
                FakeImage.Script(root, "bin/" + tool, $"#!/bin/bash\nprintf '%s\\n' \"$*\" >>'{root}/arguments.log'\nexec {real} \"$@\"\n");
            }
        });
        await machine.StartRunnerAsync("wait");
        machine.Services.Tell("job");
        await machine.SeeAsync("runner runs a job");
        var reads = machine.Events.Count("ssm GetParameter");
        machine.Services.Tell("finish");
        await machine.SeeAsync("the job is done");
        await machine.SeeAsync("ssm GetParameter", reads + 1);

        var files = Directory.EnumerateFiles(machine.Root, "*", SearchOption.AllDirectories).Where(file => Path.GetFileName(file) != "console");
        var disk = string.Concat(files.Select(File.ReadAllText));
        var console = string.Concat(machine.Events.All.Where(e => e.StartsWith("console", StringComparison.Ordinal)));
        Assert.Contains("-K -", machine.Read("arguments.log"), StringComparison.Ordinal);
        foreach (var secret in new[] { Machine.Jit, machine.Services.Secret, "ASIAfirst", "session/first", "imds-token-1" })
        {
            Assert.DoesNotContain(secret, disk, StringComparison.Ordinal);
            Assert.DoesNotContain(secret, console, StringComparison.Ordinal);
        }
    }
}

using System.Text.Json.Nodes;
using Operator.Aws.UserData;

namespace Operator.Tests.Aws.UserData;

/// <summary>Logs that leave the machine.</summary>
public sealed class HostScriptLogsTests
{
    private static readonly HostSettings ToCloudWatch = Machine.Settings with
    {
        Logs = new(LogTargetKind.CloudWatch, "/ci/runners"),
        PreRunnerScript = "#!/bin/bash\nprintf 'quote \" backslash \\\\ tab\\t \\033[31mred\\033[0m ä\\xff\\n\\nsecond\\n'\n",
    };

    [HostFact]
    public async Task CloudWatch_GetsLinesAsTheyAre_InStreamsOfTheMachine()
    {
        await using var machine = await BootAsync(_ => ToCloudWatch);

        await machine.SeeAsync("logs Logs_20140328.PutLogEvents");

        Assert.Equal(1, machine.Events.Count("logs stream /ci/runners i-0123456789abcdef0/pre-runner"));
        var sent = JsonNode.Parse(machine.Services.Logs.First().Body)!;
        Assert.Equal("i-0123456789abcdef0/pre-runner", (string)sent["logStreamName"]!);
        Assert.Equal(["quote \" backslash \\ tab\t red ä", "second"], sent["logEvents"]!.AsArray().Select(entry => (string)entry!["message"]!));
        Assert.All(sent["logEvents"]!.AsArray(), entry => Assert.InRange((long)entry!["timestamp"]!, 1_600_000_000_000, long.MaxValue));
    }

    [HostFact]
    public async Task Loki_GetsLabelsAndNanoseconds()
    {
        await using var machine = await BootAsync(address => ToCloudWatch with { Logs = new(LogTargetKind.Loki, address.AbsoluteUri) });

        await machine.SeeAsync("logs /loki/api/v1/push");

        var stream = JsonNode.Parse(machine.Services.Logs.First().Body)!["streams"]![0]!;
        Assert.Equal("""{"service_name":"ec2runners","cluster":"cluster-1","instance":"i-0123456789abcdef0","file":"pre-runner"}""", stream["stream"]!.ToJsonString());
        Assert.Equal("second", (string)stream["values"]![1]![1]!);
        Assert.Equal(19, ((string)stream["values"]![1]![0]!).Length);
    }

    [HostFact]
    public async Task Otlp_GetsRecordsOfAResource()
    {
        await using var machine = await BootAsync(address => ToCloudWatch with { Logs = new(LogTargetKind.Otlp, address + "otlp/") });

        await machine.SeeAsync("logs /otlp/v1/logs");

        var resource = JsonNode.Parse(machine.Services.Logs.First().Body)!["resourceLogs"]![0]!;
        Assert.Equal("host.id", (string)resource["resource"]!["attributes"]![1]!["key"]!);
        var record = resource["scopeLogs"]![0]!["logRecords"]![1]!;
        Assert.Equal(("second", "pre-runner"), ((string)record["body"]!["stringValue"]!, (string)record["attributes"]![0]!["value"]!["stringValue"]!));
    }

    [HostFact]
    public async Task S3_GetsSignedObjects()
    {
        await using var machine = await BootAsync(_ => ToCloudWatch with { Logs = new(LogTargetKind.S3, "bucket/ci/") });

        await machine.SeeAsync("logs /bucket/ci/i-0123456789abcdef0/pre-runner-");

        Assert.EndsWith("second\n", machine.Services.Logs.First().Body, StringComparison.Ordinal);
    }

    [HostFact]
    public async Task RunnerAndHooks_AreSentBeforeTheMachineIsOff()
    {
        // The pause is longer than the test, so that all of it is sent at the end.
        await using var machine = await BootAsync(
            address => Machine.Settings with
            {
                Logs = new(LogTargetKind.Loki, address.AbsoluteUri),
                JobStartedHook = "echo the hook has started; echo twice >&2",
                JobCompletedHook = "printf 'without an end'",
            },
            pause: "600000");
        await machine.StartRunnerAsync();
        machine.Services.Tell("job");
        machine.Services.Tell("finish");

        await machine.SeePowerOffAsync("the job is done");

        var log = machine.Events.All.ToList();
        foreach (var line in new[] { "\"file\":\"started\"", "the hook has started", "twice", "without an end" })
        {
            Assert.InRange(log.FindIndex(seen => seen.StartsWith("logs ", StringComparison.Ordinal) && seen.Contains(line, StringComparison.Ordinal)), 0, log.FindIndex(seen => seen.StartsWith("poweroff", StringComparison.Ordinal)));
        }
    }

    [HostFact]
    public async Task FailingHook_StillFailsTheJob()
    {
        await using var machine = await BootAsync(address => Machine.Settings with { Logs = new(LogTargetKind.Loki, address.AbsoluteUri), JobStartedHook = "echo no; exit 3" });
        await machine.StartRunnerAsync();
        machine.Services.Tell("job");

        await machine.SeeAsync("poweroff");

        Assert.Equal(0, machine.Events.Count("runner runs a job"));
    }

    [HostFact]
    public async Task Reused_EachRunnerIsSentFromItsBeginning_AndOnce()
    {
        await using var machine = await BootAsync(address => Machine.Settings with { Logs = new(LogTargetKind.Loki, address.AbsoluteUri), JobStartedHook = "echo hello" });
        for (var job = 1; job <= 2; job++)
        {
            await machine.StartRunnerAsync("wait");
            await machine.SeeAsync("runner started " + Machine.Jit, job);
            machine.Services.Tell("job");
            machine.Services.Tell("finish");
            await machine.SeeAsync("console ec2runners: the job is done", job);
            await machine.SeeAsync(Hello, job);
        }

        machine.Services.Put(Machine.Stop());
        await machine.SeePowerOffAsync("told to stop");
        Assert.Equal(2, machine.Events.Count(Hello));
        Assert.Equal(2, machine.Events.Count("\"file\":\"runner\""));
    }

    [HostFact]
    public async Task Throttled_IsSentAgain_RefusedIsLeftOut()
    {
        await using var machine = await BootAsync(
            address => ToCloudWatch with { Logs = new(LogTargetKind.Loki, address.AbsoluteUri) },
            prepare: (_, services) =>
            {
                services.LogFailures.Enqueue((429, "slow down"));
                services.LogFailures.Enqueue((413, "too large"));
            });

        await machine.SeeAsync("console ec2runners: logs: cannot send pre-runner: HTTP 429 slow down");
        await machine.SeeAsync("console ec2runners: logs: a part of pre-runner was refused and is left out: HTTP 413 too large");
        await machine.StartRunnerAsync();

        Assert.Equal(0, machine.Events.Count("second"));
    }

    // A machine never waits for its logs for long.
    [HostFact]
    public async Task NobodyThere_SaysSoOnceAndPowersOff()
    {
        await using var machine = await BootAsync(_ => ToCloudWatch with { Logs = new(LogTargetKind.Loki, "http://127.0.0.1:1/"), PreRunnerScript = "#!/bin/bash\necho no\nexit 1\n" });

        await machine.SeePowerOffAsync("the pre-runner script failed with code 1");

        Assert.Equal(1, machine.Events.Count("logs: cannot send"));
    }

    private const string Hello = "\"file\":\"started\"},\"values\":[[";

    private static Task<Machine> BootAsync(Func<Uri, HostSettings> settings, string pause = "50", Action<string, MachineServices>? prepare = null) => Machine.BootAsync(
        settings, prepare, ("LOG_PAUSE", pause), ("LOGS_ENDPOINT", Machine.ServicesAddress + "/logs"), ("S3_ENDPOINT", Machine.ServicesAddress));
}

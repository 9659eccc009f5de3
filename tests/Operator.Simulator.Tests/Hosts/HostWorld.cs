using System.Text;
using Operator.Simulator.Aws;
using Operator.Simulator.Aws.Ec2.Instances;
using Operator.Simulator.Aws.Ssm;
using Operator.Simulator.Hosts;
using Operator.Simulator.Tests.Aws;

namespace Operator.Simulator.Tests.Hosts;

/// <summary>A region with hosts, one of them launched, on a clock that the test drives.</summary>
internal sealed class HostWorld : IAsyncDisposable
{
    public const int MaxRuntimeSeconds = 1800;
    public const int MaxAgeSeconds = 7200;

    /// <summary>When a machine powers itself off that runs no job.</summary>
    public const int EndSeconds = MaxAgeSeconds + 3600;

    private const string WakeUp = "ec2runners.dev:wake-up";
    private int _wakeUps;

    private HostWorld(RawAws raw)
    {
        Raw = raw;
        Hosts = new SimulatedHosts(raw.Aws, GitHub);
    }

    public RawAws Raw { get; }

    public SimulatedAws Aws => Raw.Aws;

    public SimulatedHosts Hosts { get; }

    public FakeRunnerServer GitHub { get; } = new();

    public string Id { get; private set; } = "";

    public HostPhase Phase => Hosts.Phase(Id);

    public InstanceSnapshot Instance => Aws.Instance(Id);

    private string Mailbox => $"/ec2runners/test/mailbox/{Id}";

    /// <summary>A world with one machine just launched.</summary>
    public static async Task<HostWorld> LaunchAsync(
        Action<HostWorld>? prepare = null, string shutdownBehavior = "terminate", string usageClass = "spot", bool metadataTags = true, string settings = "")
    {
        var world = new HostWorld(await RawAws.StartAsync());
        prepare?.Invoke(world);
        var userData = $"#!/bin/bash\nEC2RUNNERS_CLUSTER='test'\nEC2RUNNERS_MAILBOX='/ec2runners/test/mailbox'\n"
            + $"EC2RUNNERS_MAX_RUNTIME_SECONDS='{MaxRuntimeSeconds}'\nEC2RUNNERS_MAX_AGE_SECONDS='{MaxAgeSeconds}'\n{settings}set -u\n";
        world.Id = (await world.Raw.LaunchAsync(1, usageClass,
            ("LaunchTemplateData.UserData", Convert.ToBase64String(Encoding.UTF8.GetBytes(userData))),
            ("LaunchTemplateData.InstanceInitiatedShutdownBehavior", shutdownBehavior),
            ("LaunchTemplateData.MetadataOptions.InstanceMetadataTags", metadataTags ? "enabled" : "disabled")))[0];
        return world;
    }

    /// <summary>A world with one machine of an image just launched.</summary>
    public static async Task<HostWorld> LaunchImageAsync(string image, byte[] userData)
    {
        var world = new HostWorld(await RawAws.StartAsync());
        world.Id = (await world.Raw.LaunchAsync(1, "on-demand", ("LaunchTemplateData.ImageId", image), ("LaunchTemplateData.UserData", Convert.ToBase64String(userData))))[0];
        return world;
    }

    /// <summary>A world with one machine that waits at its mailbox.</summary>
    public static async Task<HostWorld> BootAsync(Action<HostWorld>? prepare = null, string shutdownBehavior = "terminate", bool metadataTags = true, string settings = "")
    {
        var world = await LaunchAsync(prepare, shutdownBehavior, metadataTags: metadataTags, settings: settings);
        world.Advance(world.Aws.Options.BootTime.TotalSeconds);
        return world;
    }

    /// <summary>A world with one machine whose runner listens for jobs.</summary>
    public static async Task<HostWorld> RunAsync(string afterwards = "shutdown")
    {
        var world = await BootAsync();
        await world.SendCommandAsync(Run("first", afterwards));
        Assert.Equal(HostPhase.Listening, world.Phase);
        return world;
    }

    public static string Run(string jitConfig, string afterwards = "shutdown") =>
        $$"""{"action":"run","jitConfig":"{{jitConfig}}","afterwards":"{{afterwards}}"}""";

    public static string RunFor(int seconds, string jitConfig = "first", string afterwards = "shutdown") =>
        $$"""{"action":"run","jitConfig":"{{jitConfig}}","afterwards":"{{afterwards}}","maxRuntimeSeconds":"{{seconds}}"}""";

    public const string Stop = """{"action":"stop"}""";

    public void Advance(double seconds) => Raw.Advance(seconds);

    public void PutCommand(string command, string? instanceIdTag = null)
    {
        var exists = HasCommand;
        Aws.ParameterStore.Put(new PutParameter(Mailbox, "SecureString", command, exists, "Intelligent-Tiering")
        {
            Tags = exists ? new Dictionary<string, string>() : new Dictionary<string, string> { ["InstanceId"] = instanceIdTag ?? Id },
        });
    }

    public bool HasCommand => Aws.Parameters.ContainsKey(Mailbox);

    public Task ChangeWakeUpTagAsync() =>
        Raw.Ec2Async("CreateTags", ("ResourceId.1", Id), ("Tag.1.Key", WakeUp), ("Tag.1.Value", $"{++_wakeUps}"));

    public async Task SendCommandAsync(string command)
    {
        PutCommand(command);
        await ChangeWakeUpTagAsync();
        Advance(2);
    }

    public void AssertOff(InstanceEnd by = InstanceEnd.InstanceInitiated)
    {
        Assert.Equal(HostPhase.Off, Phase);
        Assert.Equal((InstanceState.ShuttingDown, by), (Instance.State, Instance.EndedBy));
    }

    public async ValueTask DisposeAsync()
    {
        Hosts.Dispose();
        await Raw.DisposeAsync();
    }
}

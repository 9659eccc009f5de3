using Operator.Simulator.Aws;
using Operator.Simulator.Aws.Ec2.Instances;

namespace Operator.Simulator.Tests.Aws;

/// <summary>Stopping, hibernating and starting, as EC2 does it.</summary>
public sealed class StandbyTests
{
    private static readonly (string, string)[] Hibernating =
    [
        ("LaunchTemplateData.HibernationOptions.Configured", "true"),
        ("LaunchTemplateData.BlockDeviceMapping.1.DeviceName", "/dev/xvda"),
        ("LaunchTemplateData.BlockDeviceMapping.1.Ebs.VolumeSize", "30"),
        ("LaunchTemplateData.BlockDeviceMapping.1.Ebs.Encrypted", "true"),
    ];

    // Somebody else has the place of the stopped machine by then; one that cannot be started keeps the whole call from starting any.
    [Fact]
    public async Task Start_PlaceIsTaken_IsRefusedForAll_AndWorksOnceItIsFree()
    {
        await using var raw = await RawAws.StartAsync();
        var (first, other) = ((await raw.LaunchAsync())[0], (await raw.LaunchAsync())[0]);
        var (type, zone) = (raw.Aws.Instance(first).InstanceType, raw.Aws.Instance(first).Zone);
        raw.Advance(10);
        await raw.Ec2Async("StopInstances", ("InstanceId.1", first), ("InstanceId.2", other));
        raw.Advance(10);
        Assert.Equal(InstanceState.Stopped, raw.StateOf(first));
        raw.Aws.SetCapacity("on-demand", type, zone, 1);
        var taker = (await raw.LaunchAsync())[0];

        Assert.Equal("InsufficientInstanceCapacity", await raw.Ec2ErrorAsync("StartInstances", ("InstanceId.1", first), ("InstanceId.2", other)));
        Assert.Equal([InstanceState.Stopped, InstanceState.Stopped], new[] { first, other }.Select(raw.StateOf));

        raw.Aws.TerminateByHand(taker);
        raw.Advance(10);
        await raw.Ec2Async("StartInstances", ("InstanceId.1", first));
        Assert.Equal(InstanceState.Pending, raw.StateOf(first));
        Assert.Equal("InsufficientInstanceCapacity", await raw.Ec2ErrorAsync("StartInstances", ("InstanceId.1", other)));
    }

    [Fact]
    public async Task Hibernate_NotConfigured_IsRefused()
    {
        await using var raw = await RawAws.StartAsync();
        var id = (await raw.LaunchAsync())[0];
        raw.Advance(300);

        Assert.Equal("UnsupportedHibernationConfiguration", await raw.Ec2ErrorAsync("StopInstances", ("InstanceId.1", id), ("Hibernate", "true")));
    }

    [Fact]
    public async Task Hibernate_TakesLonger_KeepsTheMemory_AndIsRefusedToTheYoung()
    {
        await using var raw = await RawAws.StartAsync();
        var id = (await raw.LaunchAsync(1, "on-demand", Hibernating))[0];
        raw.Advance(30);
        Assert.Equal("UnsupportedOperation", await raw.Ec2ErrorAsync("StopInstances", ("InstanceId.1", id), ("Hibernate", "true")));
        raw.Advance(100);

        await raw.Ec2Async("StopInstances", ("InstanceId.1", id), ("Hibernate", "true"));
        raw.Advance(20);
        Assert.Equal(InstanceState.Stopping, raw.StateOf(id));
        Assert.Equal("IncorrectInstanceState", await raw.Ec2ErrorAsync("StartInstances", ("InstanceId.1", id)));
        raw.Advance(20);
        Assert.Equal((InstanceState.Stopped, true), (raw.StateOf(id), raw.Aws.Instance(id).IsHibernated));
        Assert.Equal("Client.UserInitiatedHibernate", (await raw.DescribeOneAsync(id)).All("stateReason").Single().Text("code"));

        await raw.Ec2Async("StartInstances", ("InstanceId.1", id));
        raw.Advance(10);
        Assert.Equal(InstanceState.Running, raw.StateOf(id));
    }

    [Fact]
    public async Task Command_AgentComesOnline_IsTaken_AndSeenASecondLater()
    {
        await using var raw = await RawAws.StartAsync();
        var id = (await raw.LaunchAsync())[0];
        object command = new
        {
            InstanceIds = new[] { id },
            DocumentName = "AWS-RunShellScript",
            Comment = "c",
            Parameters = new Dictionary<string, string[]> { ["commands"] = ["true"] },
        };
        Assert.Equal("InvalidInstanceId", await raw.SsmErrorAsync("SendCommand", command));
        raw.Advance(new SimulatedAwsOptions().AgentTime.TotalSeconds);

        var sent = (await raw.SsmAsync("SendCommand", command)).GetProperty("Command").GetProperty("CommandId").GetString();
        Assert.Equal("InvocationDoesNotExist", await raw.SsmErrorAsync("GetCommandInvocation", new { CommandId = sent, InstanceId = id }));
        raw.Advance(1);
        Assert.Equal("InProgress", (await raw.SsmAsync("GetCommandInvocation", new { CommandId = sent, InstanceId = id })).GetProperty("Status").GetString());
        Assert.Equal(sent, (await raw.SsmAsync("ListCommands", new { InstanceId = id })).GetProperty("Commands")[0].GetProperty("CommandId").GetString());

        await raw.Ec2Async("TerminateInstances", ("InstanceId.1", id));
        Assert.Equal("InvalidInstanceId", await raw.SsmErrorAsync("SendCommand", command));
    }

    [Theory]
    [InlineData("AWS-RunNothing", "60", "InvalidDocument")]
    [InlineData("AWS-RunShellScript", "172801", "InvalidParameters")]
    public async Task Command_BeyondTheLimits_IsRefused(string document, string timeout, string expected)
    {
        await using var raw = await RawAws.StartAsync();
        var id = (await raw.LaunchAsync())[0];
        raw.Advance(60);

        Assert.Equal(expected, await raw.SsmErrorAsync("SendCommand", new
        {
            InstanceIds = new[] { id },
            DocumentName = document,
            Parameters = new Dictionary<string, string[]> { ["commands"] = ["true"], ["executionTimeout"] = [timeout] },
        }));
    }
}

using System.Net;
using System.Text;
using Operator.Simulator.Aws;
using Operator.Simulator.Aws.Ec2.Instances;
using static Operator.Simulator.Tests.Aws.RawAws;

namespace Operator.Simulator.Tests.Aws;

public sealed class InstanceTests
{
    [Fact]
    public async Task Terminate_ProtectedInstance_IsRefused_AndSparesThoseOfItsZone()
    {
        await using var raw = await RawAws.StartAsync();
        var here = await raw.LaunchAsync(2);
        var there = RawAws.Ids(await raw.Ec2Async(
            "CreateFleet", RawAws.Fleet(await raw.TemplateAsync(), 1, "on-demand", [("m5.large", raw.Subnets[1])])))[0];
        raw.Advance(2);
        raw.Aws.ProtectFromTermination(here[0]);

        Assert.Equal("OperationNotPermitted", await raw.Ec2ErrorAsync(
            "TerminateInstances", ("InstanceId.1", here[0]), ("InstanceId.2", here[1]), ("InstanceId.3", there)));
        Assert.Equal([InstanceState.Pending, InstanceState.Pending, InstanceState.ShuttingDown], new[] { here[0], here[1], there }.Select(raw.StateOf));

        raw.Aws.ProtectFromTermination(here[0], isProtected: false);
        await raw.Ec2Async("TerminateInstances", ("InstanceId.1", here[0]));
        Assert.Equal(InstanceState.ShuttingDown, raw.StateOf(here[0]));
    }

    [Fact]
    public async Task Launch_GoesThroughItsStates()
    {
        await using var raw = await RawAws.StartAsync();
        var id = (await raw.LaunchAsync())[0];

        Assert.Equal("pending", (await raw.DescribeOneAsync(id)).All("instanceState").Single().Text("name"));
        raw.Advance(4);
        Assert.Equal("running", (await raw.DescribeOneAsync(id)).All("instanceState").Single().Text("name"));
        await raw.Ec2Async("TerminateInstances", ("InstanceId.1", id));
        Assert.Equal("shutting-down", (await raw.DescribeOneAsync(id)).All("instanceState").Single().Text("name"));
        raw.Advance(10);
        Assert.Equal("terminated", (await raw.DescribeOneAsync(id)).All("instanceState").Single().Text("name"));
        Assert.Equal(
            [InstanceState.Pending, InstanceState.Running, InstanceState.ShuttingDown, InstanceState.Terminated],
            raw.Aws.Instance(id).History.Select(change => change.State));
    }

    [Fact]
    public async Task Describe_NewInstance_IsUnknownForAWhile()
    {
        await using var raw = await RawAws.StartAsync();
        var fleet = await raw.Ec2Async("CreateFleet", Fleet(await raw.TemplateAsync(), 1, "spot", [("m5.large", raw.Subnets[0])]));
        var id = Ids(fleet)[0];

        Assert.Equal("InvalidInstanceID.NotFound", await raw.Ec2ErrorAsync("DescribeInstances", ("InstanceId.1", id)));
        Assert.Equal("InvalidInstanceID.NotFound", await raw.Ec2ErrorAsync("TerminateInstances", ("InstanceId.1", id)));
        Assert.Empty((await raw.Ec2Async("DescribeInstances")).All("instanceId"));
        raw.Advance(2);

        Assert.Equal(id, (await raw.Ec2Async("DescribeInstances")).Text("instanceId"));
    }

    [Fact]
    public async Task Describe_TerminatedInstance_IsForgottenAfterAnHour()
    {
        await using var raw = await RawAws.StartAsync();
        var id = (await raw.LaunchAsync())[0];
        await raw.Ec2Async("TerminateInstances", ("InstanceId.1", id));

        raw.Advance(10 + 3599);
        var last = await raw.DescribeOneAsync(id);
        raw.Advance(1);

        Assert.Empty(last.All("privateIpAddress"));
        Assert.Equal("InvalidInstanceID.NotFound", await raw.Ec2ErrorAsync("DescribeInstances", ("InstanceId.1", id)));
        Assert.Empty((await raw.Ec2Async("DescribeInstances")).All("instanceId"));
        Assert.Single(raw.Aws.Instances);
    }

    [Fact]
    public async Task Describe_Pages_ShowEachInstanceOnce()
    {
        await using var raw = await RawAws.StartAsync();
        var ids = await raw.LaunchAsync(12);

        var first = await raw.Ec2Async("DescribeInstances", ("MaxResults", "5"));
        await raw.Ec2Async("TerminateInstances", ("InstanceId.1", ids[0]));
        raw.Advance(3700);
        var second = await raw.Ec2Async("DescribeInstances", ("MaxResults", "5"), ("NextToken", first.Text("nextToken")));
        var third = await raw.Ec2Async("DescribeInstances", ("MaxResults", "5"), ("NextToken", second.Text("nextToken")));

        Assert.Equal(ids, new[] { first, second, third }.SelectMany(page => page.All("instanceId").Select(id => id.Value)));
        Assert.Empty(third.All("nextToken"));
    }

    [Theory]
    [InlineData("4")]
    [InlineData("1001")]
    public async Task Describe_PageLengthOutOfBounds_IsRefused(string length)
    {
        await using var raw = await RawAws.StartAsync();

        Assert.Equal("InvalidParameterValue", await raw.Ec2ErrorAsync("DescribeInstances", ("MaxResults", length)));
    }

    [Fact]
    public async Task Describe_UnknownToken_IsRefused()
    {
        await using var raw = await RawAws.StartAsync();

        Assert.Equal("InvalidParameterValue", await raw.Ec2ErrorAsync("DescribeInstances", ("NextToken", "nonsense")));
    }

    [Fact]
    public async Task Describe_IdsAndPageLength_AreRefusedTogether()
    {
        await using var raw = await RawAws.StartAsync();
        var id = (await raw.LaunchAsync())[0];

        Assert.Equal("InvalidParameterCombination",
            await raw.Ec2ErrorAsync("DescribeInstances", ("InstanceId.1", id), ("MaxResults", "5")));
    }

    [Theory]
    [InlineData("tag:pool", "a", 1)]
    [InlineData("tag:pool", "*", 2)]
    [InlineData("tag:pool", "?", 2)]
    [InlineData("tag:none", "*", 0)]
    [InlineData("tag-key", "pool", 2)]
    [InlineData("instance-state-name", "running", 2)]
    [InlineData("instance-state-name", "terminated", 0)]
    [InlineData("image-id", Amd64Image, 2)]
    [InlineData("availability-zone", "eu-central-1a", 2)]
    [InlineData("instance-lifecycle", "spot", 0)]
    public async Task Describe_Filter_LetsMatchesPass(string name, string value, int count)
    {
        await using var raw = await RawAws.StartAsync();
        var ids = await raw.LaunchAsync(2);
        await raw.Ec2Async("CreateTags", ("ResourceId.1", ids[0]), ("Tag.1.Key", "pool"), ("Tag.1.Value", "a"));
        await raw.Ec2Async("CreateTags", ("ResourceId.1", ids[1]), ("Tag.1.Key", "pool"), ("Tag.1.Value", "b"));
        raw.Advance(10);

        var found = await raw.Ec2Async("DescribeInstances", ("Filter.1.Name", name), ("Filter.1.Value.1", value));

        Assert.Equal(count, found.All("instanceId").Count());
    }

    [Fact]
    public async Task Describe_UnknownFilter_IsRefusedEvenWhenNothingIsThere()
    {
        await using var raw = await RawAws.StartAsync();

        Assert.Equal("InvalidParameterValue",
            await raw.Ec2ErrorAsync("DescribeInstances", ("Filter.1.Name", "colour"), ("Filter.1.Value.1", "red")));
    }

    [Fact]
    public async Task Terminate_Twice_IsTheSame()
    {
        await using var raw = await RawAws.StartAsync();
        var id = (await raw.LaunchAsync())[0];

        await raw.Ec2Async("TerminateInstances", ("InstanceId.1", id));
        raw.Advance(10);
        var again = await raw.Ec2Async("TerminateInstances", ("InstanceId.1", id));

        Assert.Equal("terminated", again.All("previousState").Single().Text("name"));
        Assert.Equal("terminated", again.All("currentState").Single().Text("name"));
        Assert.StartsWith("User initiated (", (await raw.DescribeOneAsync(id)).Text("reason"), StringComparison.Ordinal);
        Assert.Equal(InstanceEnd.UserInitiated, raw.Aws.Instance(id).EndedBy);
    }

    [Theory]
    [InlineData("i-0123456789abcdef0", "InvalidInstanceID.NotFound")]
    [InlineData("nonsense", "InvalidInstanceID.Malformed")]
    public async Task Terminate_OneBadId_FailsTheBatch(string bad, string code)
    {
        await using var raw = await RawAws.StartAsync();
        var id = (await raw.LaunchAsync())[0];

        Assert.Equal(code, await raw.Ec2ErrorAsync("TerminateInstances", ("InstanceId.1", id), ("InstanceId.2", bad)));
        Assert.Equal(InstanceState.Pending, raw.StateOf(id));
    }

    [Fact]
    public async Task Stop_Spot_FailsTheBatch()
    {
        await using var raw = await RawAws.StartAsync();
        var onDemand = (await raw.LaunchAsync())[0];
        var spot = (await raw.LaunchAsync(1, "spot"))[0];

        Assert.Equal("UnsupportedOperation",
            await raw.Ec2ErrorAsync("StopInstances", ("InstanceId.1", onDemand), ("InstanceId.2", spot)));
        Assert.NotEqual(InstanceState.Stopping, raw.StateOf(onDemand));
    }

    [Fact]
    public async Task InterruptSpot_EndsAfterTheNotice()
    {
        await using var raw = await RawAws.StartAsync();
        var id = (await raw.LaunchAsync(1, "spot"))[0];

        raw.Aws.InterruptSpot(id);
        raw.Advance(119);
        Assert.Equal(InstanceState.Running, raw.StateOf(id));
        raw.Advance(1);

        Assert.Equal(InstanceState.ShuttingDown, raw.StateOf(id));
        Assert.Equal("Server.SpotInstanceTermination", (await raw.DescribeOneAsync(id)).All("stateReason").Single().Text("code"));
        Assert.Equal(InstanceEnd.SpotInterruption, raw.Aws.Instance(id).EndedBy);
    }

    [Fact]
    public async Task FailInstance_ShowsTheStateReason()
    {
        await using var raw = await RawAws.StartAsync();
        var id = (await raw.LaunchAsync())[0];

        raw.Aws.FailInstance(id, "Server.InsufficientInstanceCapacity");

        Assert.Equal("Server.InsufficientInstanceCapacity", (await raw.DescribeOneAsync(id)).All("stateReason").Single().Text("code"));
    }

    [Fact]
    public async Task DescribeInstanceStatus_ShowsTheRunningOnly()
    {
        await using var raw = await RawAws.StartAsync();
        var id = (await raw.LaunchAsync())[0];

        Assert.Empty((await raw.Ec2Async("DescribeInstanceStatus")).All("instanceId"));
        Assert.Equal(id, (await raw.Ec2Async("DescribeInstanceStatus", ("IncludeAllInstances", "true"))).Text("instanceId"));
        raw.Advance(4);

        Assert.Equal("ok", (await raw.Ec2Async("DescribeInstanceStatus")).All("instanceStatus").Single().Text("status"));
    }

    [Fact]
    public async Task GetConsoleOutput_IsBase64()
    {
        await using var raw = await RawAws.StartAsync();
        var id = (await raw.LaunchAsync())[0];
        raw.Aws.Ec2.Run(() => raw.Aws.Ec2.Instances.Get(id).Machine).WriteConsole("hello");

        var output = (await raw.Ec2Async("GetConsoleOutput", ("InstanceId", id))).Text("output");

        Assert.Equal("hello\n", Encoding.UTF8.GetString(Convert.FromBase64String(output)));
    }

    [Fact]
    public async Task Addresses_AreUniqueAndComeBack()
    {
        await using var raw = await RawAws.StartAsync(new SimulatedAwsOptions { AddressesPerSubnet = 2 });
        var ids = await raw.LaunchAsync(2);
        var addresses = (await raw.Ec2Async("DescribeInstances")).All("privateIpAddress").Select(address => address.Value).ToList();
        Assert.Equal("0", (await raw.Ec2Async("DescribeSubnets", ("SubnetId.1", raw.Subnets[0]))).Text("availableIpAddressCount"));

        await raw.Ec2Async("TerminateInstances", ("InstanceId.1", ids[0]));
        raw.Advance(10);
        var next = (await raw.LaunchAsync())[0];

        Assert.Equal(2, addresses.Distinct().Count());
        Assert.Equal(addresses[0], (await raw.DescribeOneAsync(next)).Text("privateIpAddress"));
    }

    [Fact]
    public async Task Error_HasEc2sShape()
    {
        await using var raw = await RawAws.StartAsync();

        var (status, body) = await raw.SendAsync("DescribeInstances", "2016-11-15", [("InstanceId.1", "i-0123456789abcdef0")]);

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Equal(["Response", "Errors", "Error", "Code", "Message", "RequestID"], body.DescendantsAndSelf().Select(element => element.Name.LocalName));
    }
}

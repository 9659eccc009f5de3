using System.Net;
using Operator.Simulator.Aws;

namespace Operator.Simulator.Tests.Aws;

public sealed class EndpointTests
{
    [Theory]
    [InlineData(null)]
    [InlineData("Bearer token")]
    [InlineData("AWS4-HMAC-SHA256 Credential=x")]
    public async Task Call_WithoutSignature_IsRefused(string? authorization)
    {
        await using var raw = await RawAws.StartAsync();

        var (status, body) = await raw.SendAsync("DescribeVpcs", "2016-11-15", [], authorization);

        Assert.Equal(HttpStatusCode.Unauthorized, status);
        Assert.Equal("AuthFailure", body.Text("Code"));
    }

    [Fact]
    public async Task Call_UnknownAction_IsInvalid()
    {
        await using var raw = await RawAws.StartAsync();

        Assert.Equal("InvalidAction", await raw.Ec2ErrorAsync("DescribeUnicorns"));
    }

    [Fact]
    public async Task Fault_Before_HasNoEffect()
    {
        await using var raw = await RawAws.StartAsync();
        raw.Aws.Faults.On("ec2:CreateLaunchTemplate").Error(503, "RequestLimitExceeded").Times(1);

        Assert.Equal("RequestLimitExceeded",
            await raw.Ec2ErrorAsync("CreateLaunchTemplate", ("LaunchTemplateName", "name"), ("LaunchTemplateData.ImageId", "x")));
        Assert.Empty(raw.Aws.LaunchTemplates);
        await raw.TemplateAsync();
        Assert.Equal(2, raw.Aws.Calls.Counts["ec2:CreateLaunchTemplate"]);
    }

    [Fact]
    public async Task Fault_LostAnswer_HasItsEffect()
    {
        await using var raw = await RawAws.StartAsync();
        raw.Aws.Faults.On("ec2:Create*").LoseAnswer().Times(1);

        await Assert.ThrowsAnyAsync<HttpRequestException>(() => raw.TemplateAsync());

        Assert.Single(raw.Aws.LaunchTemplates);
    }

    [Fact]
    public async Task Fault_Delay_IsOnTheSimulatedClock()
    {
        await using var raw = await RawAws.StartAsync();
        raw.Aws.Faults.On("ec2:DescribeVpcs").Delay(TimeSpan.FromMinutes(10));

        var call = raw.Ec2Async("DescribeVpcs");
        await Eventually.IsTrueAsync(() => raw.Time.NextDue is not null, "the call waits");

        Assert.False(call.IsCompleted);
        raw.Advance(600);
        await call;
    }

    [Fact]
    public async Task Fault_OnParameterStore_SpeaksItsProtocol()
    {
        await using var raw = await RawAws.StartAsync();
        raw.Aws.Faults.On("ssm:GetParameter").Error(400, "ThrottlingException").Times(1);

        Assert.Equal("ThrottlingException", await raw.SsmErrorAsync("GetParameter", new { Name = "/x" }));
    }

    [Fact]
    public async Task Buckets_Drained_RefuseUntilTheyFill()
    {
        await using var raw = await RawAws.StartAsync();
        for (var call = 0; call < 50; call++)
        {
            await raw.Ec2Async("DescribeInstances");
        }

        var (status, body) = await raw.SendAsync("DescribeInstances", "2016-11-15", []);
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "RequestLimitExceeded"), (status, body.Text("Code")));

        // One with a filter or a page length has a larger bucket of its own, and so has every other action.
        await raw.Ec2Async("DescribeInstances", ("MaxResults", "5"));
        await raw.Ec2Async("DescribeVpcs");
        raw.Advance(0.1);
        await raw.Ec2Async("DescribeInstances");
        Assert.Equal("RequestLimitExceeded", await raw.Ec2ErrorAsync("DescribeInstances"));
    }

    [Fact]
    public async Task Buckets_OfResources_CountTheInstances()
    {
        await using var raw = await RawAws.StartAsync();
        var ids = await raw.LaunchAsync(1000);
        (string, string)[] all = [.. ids.Select((id, index) => ($"InstanceId.{index + 1}", id))];
        await raw.Ec2Async("TerminateInstances", all);

        Assert.Equal("RequestLimitExceeded", await raw.Ec2ErrorAsync("TerminateInstances", all[0]));
        raw.Advance(0.1);

        await raw.Ec2Async("TerminateInstances", all[0]);
    }

    [Fact]
    public async Task Buckets_SwitchedOff_RefuseNothing()
    {
        await using var raw = await RawAws.StartAsync(new SimulatedAwsOptions { EnforceRequestBuckets = false });
        for (var call = 0; call < 60; call++)
        {
            await raw.Ec2Async("DescribeInstances");
        }

        Assert.Equal(60, raw.Aws.Calls.Count("ec2:"));
    }

    [Fact]
    public async Task Sts_TellsTheCallerAndLendsRoles()
    {
        await using var raw = await RawAws.StartAsync();

        var (_, caller) = await raw.SendAsync("GetCallerIdentity", "2011-06-15", []);
        var (_, role) = await raw.SendAsync("AssumeRole", "2011-06-15",
            [("RoleArn", "arn:aws:iam::210987654321:role/runners"), ("RoleSessionName", "operator")]);
        var (status, refused) = await raw.SendAsync("AssumeRole", "2011-06-15", [("RoleArn", "runners"), ("RoleSessionName", "operator")]);

        Assert.Equal("123456789012", caller.Text("Account"));
        Assert.Equal("arn:aws:sts::210987654321:assumed-role/runners/operator", role.All("AssumedRoleUser").Single().Text("Arn"));
        Assert.StartsWith("ASIA", role.Text("AccessKeyId"), StringComparison.Ordinal);
        Assert.Equal((HttpStatusCode.BadRequest, "ValidationError"), (status, refused.Text("Code")));
        Assert.Equal(3, raw.Aws.Calls.Count("sts:"));
    }

    [Fact]
    public async Task Sts_WebIdentity_NeedsNoSignature()
    {
        await using var raw = await RawAws.StartAsync();

        var (status, _) = await raw.SendAsync("AssumeRoleWithWebIdentity", "2011-06-15",
            [("RoleArn", "arn:aws:iam::123456789012:role/runners"), ("RoleSessionName", "operator"), ("WebIdentityToken", "t")],
            authorization: null);

        Assert.Equal(HttpStatusCode.OK, status);
    }
}

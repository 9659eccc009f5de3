using System.Net;
using Operator.Clients.Aws;
using Operator.Clients.Ec2.Model;
using Operator.Clients.Ssm.Model;

namespace Operator.Tests.Clients.Aws;

public sealed class AwsClientFactoryTests
{
    private const string NoInstances = "<DescribeInstancesResponse><reservationSet/></DescribeInstancesResponse>";

    [Fact]
    public async Task Ec2_AnyCall_IsSignedForRegionAndService()
    {
        var http = StubHttp.Answering(HttpStatusCode.OK, NoInstances);
        using var factory = http.Factory();

        await factory.Ec2(AwsAccount.Default).DescribeInstancesAsync(new DescribeInstancesRequest(), CancellationToken.None);

        var (request, body, name) = Assert.Single(http.Requests);
        Assert.Equal("http://ec2.test/", request.RequestUri!.AbsoluteUri);
        Assert.Equal(HttpMethod.Post, request.Method);
        Assert.Contains("/eu-central-1/ec2/aws4_request", request.Headers.GetValues("Authorization").Single(), StringComparison.Ordinal);
        Assert.Equal("Action=DescribeInstances&Version=2016-11-15", body);
        Assert.Equal("ec2:DescribeInstances", name);
    }

    [Fact]
    public async Task Ssm_AnyCall_IsSignedForRegionOfTheAccount()
    {
        var http = StubHttp.Answering(HttpStatusCode.OK, """{"Parameter":{"Name":"/a","Value":"v"}}""", "application/x-amz-json-1.1");
        using var factory = http.Factory();

        await factory.Ssm(new AwsAccount("us-west-2", null)).GetParameterAsync(new GetParameterRequest { Name = "/a" }, CancellationToken.None);

        var (request, _, name) = Assert.Single(http.Requests);
        Assert.Contains("/us-west-2/ssm/aws4_request", request.Headers.GetValues("Authorization").Single(), StringComparison.Ordinal);
        Assert.Equal("AmazonSSM.GetParameter", request.Headers.GetValues("X-Amz-Target").Single());
        Assert.Equal("application/x-amz-json-1.1", request.Content!.Headers.ContentType!.ToString());
        Assert.Equal("ssm:GetParameter", name);
    }

    [Theory]
    [InlineData("eu-central-1", "https://ec2.eu-central-1.amazonaws.com/")]
    [InlineData("cn-north-1", "https://ec2.cn-north-1.amazonaws.com.cn/")]
    public async Task Ec2_WithoutEndpoint_CallsThatOfTheRegion(string region, string expected)
    {
        var http = StubHttp.Answering(HttpStatusCode.OK, NoInstances);
        using var factory = http.Factory(options => options with { Ec2Endpoint = null });

        await factory.Ec2(new AwsAccount(region, null)).DescribeInstancesAsync(new DescribeInstancesRequest(), CancellationToken.None);

        Assert.Equal(expected, http.Requests.Single().Request.RequestUri!.AbsoluteUri);
    }

    [Theory]
    [InlineData("AWS_ENDPOINT_URL_EC2")]
    [InlineData("AWS_ENDPOINT_URL")]
    public async Task Ec2_EndpointInEnvironment_IsCalled(string variable)
    {
        var http = StubHttp.Answering(HttpStatusCode.OK, NoInstances);
        Environment.SetEnvironmentVariable(variable, "http://127.0.0.1:4566");
        try
        {
            using var factory = http.Factory(options => options with { Ec2Endpoint = null });
            await factory.Ec2(AwsAccount.Default).DescribeInstancesAsync(new DescribeInstancesRequest(), CancellationToken.None);
        }
        finally
        {
            Environment.SetEnvironmentVariable(variable, null);
        }

        Assert.Equal("http://127.0.0.1:4566/", http.Requests.Single().Request.RequestUri!.AbsoluteUri);
    }

    [Fact]
    public void Ec2_EqualAccounts_ShareAClient()
    {
        using var factory = StubHttp.Answering(HttpStatusCode.OK, NoInstances).Factory();

        Assert.Same(factory.Ec2(new AwsAccount("eu-west-1", null)), factory.Ec2(new AwsAccount("eu-west-1", null)));
        Assert.NotSame(factory.Ec2(new AwsAccount("eu-west-1", null)), factory.Ec2(new AwsAccount("eu-west-2", null)));
    }

    [Fact]
    public async Task Ec2_NoRetries_AsksOnce()
    {
        var http = StubHttp.Answering(HttpStatusCode.ServiceUnavailable, Ec2Error("RequestLimitExceeded", "Request limit exceeded."));
        using var factory = http.Factory();

        var failure = await Assert.ThrowsAsync<AwsException>(
            () => factory.Ec2(AwsAccount.Default).DescribeInstancesAsync(new DescribeInstancesRequest(), CancellationToken.None));

        Assert.Single(http.Requests);
        Assert.True(failure.IsThrottled);
        Assert.False(failure.IsOutcomeUnknown);
        Assert.Equal("EC2 DescribeInstances: Request limit exceeded.", failure.Message);
    }

    [Fact]
    public async Task Ec2_NoAnswer_OutcomeIsUnknown()
    {
        var http = new StubHttp(_ => throw new HttpRequestException("connection reset"));
        using var factory = http.Factory();

        var failure = await Assert.ThrowsAsync<AwsException>(
            () => factory.Ec2(AwsAccount.Default).CreateFleetAsync(new CreateFleetRequest(), CancellationToken.None));

        Assert.Equal(AwsErrors.ConnectionFailed, failure.Code);
        Assert.Null(failure.Status);
        Assert.True(failure.IsOutcomeUnknown);
        Assert.Contains("connection reset", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ec2_TimeOut_OutcomeIsUnknown()
    {
        var http = new StubHttp(_ => throw new TaskCanceledException("timed out", new TimeoutException()));
        using var factory = http.Factory();

        var failure = await Assert.ThrowsAsync<AwsException>(
            () => factory.Ec2(AwsAccount.Default).CreateFleetAsync(new CreateFleetRequest(), CancellationToken.None));

        Assert.True(failure.IsOutcomeUnknown);
    }

    [Fact]
    public async Task Ec2_CallerGivesUp_IsCanceledAndNoFailure()
    {
        using var giveUp = new CancellationTokenSource();
        var http = new StubHttp(_ =>
        {
            giveUp.Cancel();
            throw new OperationCanceledException(giveUp.Token);
        });
        using var factory = http.Factory();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => factory.Ec2(AwsAccount.Default).DescribeInstancesAsync(new DescribeInstancesRequest(), giveUp.Token));
    }

    [Theory]
    [InlineData(HttpStatusCode.OK, "this is a proxy's page")]
    [InlineData(HttpStatusCode.OK, "")]
    [InlineData(HttpStatusCode.BadGateway, "<html><body>Bad gateway")]
    public async Task Ec2_AnswerOfAStranger_IsInvalidResponse(HttpStatusCode status, string body)
    {
        using var factory = StubHttp.Answering(status, body).Factory();

        var failure = await Assert.ThrowsAsync<AwsException>(
            () => factory.Ec2(AwsAccount.Default).DescribeInstancesAsync(new DescribeInstancesRequest(), CancellationToken.None));

        Assert.Equal(AwsErrors.InvalidResponse, failure.Code);
        Assert.Equal(status, failure.Status);
        Assert.True(failure.IsOutcomeUnknown);
    }

    private static string Ec2Error(string code, string message) =>
        $"<Response><Errors><Error><Code>{code}</Code><Message>{message}</Message></Error></Errors><RequestID>r</RequestID></Response>";
}

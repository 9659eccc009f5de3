using System.Net;
using Amazon.EC2.Model;
using Amazon.SimpleSystemsManagement.Model;
using Operator.Aws;
using Operator.Aws.Clients;

namespace Operator.Tests.Aws.Clients;

public sealed class AwsClientFactoryTests
{
    private const string NoInstances = "<DescribeInstancesResponse><requestId>r</requestId><reservationSet/></DescribeInstancesResponse>";

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
        Assert.Contains("app/ec2runners", string.Join(' ', request.Headers.GetValues("User-Agent")), StringComparison.Ordinal);
        Assert.Equal("DescribeInstances", name);
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
        Assert.Equal("GetParameter", name);
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

    // As in production, where the number of retries is not configured: a throttled call is made once.
    [Theory]
    [InlineData(HttpStatusCode.ServiceUnavailable, "RequestLimitExceeded")]
    [InlineData(HttpStatusCode.BadRequest, "ThrottlingException")]
    [InlineData(HttpStatusCode.ServiceUnavailable, "EC2ThrottledException")]
    public async Task Ec2_Throttled_IsAskedOnce_WhateverTheSdksDefaultIs(HttpStatusCode status, string code)
    {
        var http = StubHttp.Answering(status, Ec2Error(code, "Request limit exceeded."));
        using var factory = http.Factory(options => options with { MaxErrorRetry = null });

        var failure = await Assert.ThrowsAsync<AwsException>(
            () => factory.Ec2(AwsAccount.Default).CreateFleetAsync(new CreateFleetRequest(), CancellationToken.None));

        Assert.Single(http.Requests);
        Assert.True(failure.IsThrottled);
    }

    [Fact]
    public async Task Ssm_Throttled_IsAskedOnce_WhateverTheSdksDefaultIs()
    {
        var http = StubHttp.Answering(HttpStatusCode.BadRequest, """{"__type":"ThrottlingException","message":"Rate exceeded"}""", "application/x-amz-json-1.1");
        using var factory = http.Factory(options => options with { MaxErrorRetry = null });

        await Assert.ThrowsAsync<AwsException>(
            () => factory.Ssm(AwsAccount.Default).GetParameterAsync(new GetParameterRequest { Name = "/a" }, CancellationToken.None));

        Assert.Single(http.Requests);
    }

    [Fact]
    public async Task Ec2_ServerError_IsTriedAgain()
    {
        var http = StubHttp.Answering(HttpStatusCode.InternalServerError, Ec2Error("InternalError", "An internal error has occurred"));
        using var factory = http.Factory(options => options with { MaxErrorRetry = 1 });

        await Assert.ThrowsAsync<AwsException>(
            () => factory.Ec2(AwsAccount.Default).DescribeInstancesAsync(new DescribeInstancesRequest(), CancellationToken.None));

        Assert.Equal(2, http.Requests.Count);
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

    [Fact]
    public async Task Ec2_EmptyAnswer_HasEmptyListsAndNoNulls()
    {
        using var factory = StubHttp.Answering(HttpStatusCode.OK, "<R><requestId>r</requestId></R>").Factory();

        var page = await factory.Ec2(AwsAccount.Default).DescribeInstancesAsync(new DescribeInstancesRequest(), CancellationToken.None);

        Assert.Empty(page.Reservations);
    }

    [Fact]
    public async Task Ec2_PartOfAFleetRefused_IsNotedOnceForEachText()
    {
        var refused = new List<(string Call, string Text)>();
        const string Row = "<item><errorCode>UnauthorizedOperation</errorCode><errorMessage>Encoded authorization failure message: abc</errorMessage></item>";
        using var factory = StubHttp.Answering(HttpStatusCode.OK, $"<R><requestId>r</requestId><errorSet>{Row}{Row}</errorSet></R>")
            .Factory(options => options with { Refused = (call, text) => refused.Add((call, text)) });

        var answer = await factory.Ec2(AwsAccount.Default).CreateFleetAsync(new CreateFleetRequest(), CancellationToken.None);

        Assert.Equal(2, answer.Errors.Count);
        Assert.Equal(("EC2 CreateFleet", "Encoded authorization failure message: abc"), Assert.Single(refused));
    }

    [Fact]
    public async Task Ec2_Refusal_IsNotedWhole()
    {
        var refused = new List<(string Call, string Text)>();
        using var factory = StubHttp.Answering(HttpStatusCode.Forbidden, Ec2Error("UnauthorizedOperation", "No. Encoded authorization failure message: abc"))
            .Factory(options => options with { Refused = (call, text) => refused.Add((call, text)) });

        var failure = await Assert.ThrowsAsync<AwsException>(
            () => factory.Ec2(AwsAccount.Default).TerminateInstancesAsync(new TerminateInstancesRequest(), CancellationToken.None));

        Assert.Equal("EC2 TerminateInstances: No.", failure.Message);
        Assert.Equal(("EC2 TerminateInstances", "EC2 TerminateInstances: No. Encoded authorization failure message: abc"), Assert.Single(refused));
    }

    private static string Ec2Error(string code, string message) =>
        $"<Response><Errors><Error><Code>{code}</Code><Message>{message}</Message></Error></Errors><RequestID>r</RequestID></Response>";
}

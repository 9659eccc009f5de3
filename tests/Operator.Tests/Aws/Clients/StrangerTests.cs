using System.Net;
using Amazon.EC2.Model;
using Amazon.SimpleSystemsManagement.Model;
using Operator.Aws;
using Operator.Aws.Clients;

namespace Operator.Tests.Aws.Clients;

/// <summary>What a proxy, a captive portal or a wrong service answers is no answer of AWS, whatever its status.</summary>
public sealed class StrangerTests
{
    private const string WellFormedPage = "<html><head><title>Sign in</title></head><body><p>Welcome</p></body></html>";

    [Theory]
    [InlineData(HttpStatusCode.OK, "this is a proxy's page")]
    [InlineData(HttpStatusCode.OK, "<!DOCTYPE html><html><body>Sign in")]
    [InlineData(HttpStatusCode.OK, WellFormedPage)]
    [InlineData(HttpStatusCode.OK, "")]
    [InlineData(HttpStatusCode.OK, "{}")]
    [InlineData(HttpStatusCode.OK, "<DescribeInstancesResponse><requestId>r</requestId><reservationSet><item><instancesSet>")]
    [InlineData(HttpStatusCode.OK, "<R><requestId>r</requestId><reservationSet><item><instancesSet><item><amiLaunchIndex>many</amiLaunchIndex></item></instancesSet></item></reservationSet></R>")]
    [InlineData(HttpStatusCode.OK, "<R><requestId>r</requestId><reservationSet><item><instancesSet><item><launchTime>soon</launchTime></item></instancesSet></item></reservationSet></R>")]
    [InlineData(HttpStatusCode.OK, "<R><requestId>r</requestId><reservationSet><item><instancesSet><item><ebsOptimized>maybe</ebsOptimized></item></instancesSet></item></reservationSet></R>")]
    [InlineData(HttpStatusCode.OK, "<R><requestId>r</requestId><reservationSet><item><instancesSet><item><amiLaunchIndex>99999999999999</amiLaunchIndex></item></instancesSet></item></reservationSet></R>")]
    [InlineData(HttpStatusCode.BadGateway, "<html><body>Bad gateway")]
    [InlineData(HttpStatusCode.BadGateway, WellFormedPage)]
    [InlineData(HttpStatusCode.ServiceUnavailable, "")]
    [InlineData(HttpStatusCode.Forbidden, "{}")]
    public async Task Ec2_AnswerOfAStranger_IsInvalidResponse(HttpStatusCode status, string body)
    {
        using var factory = Stranger(status, body, "text/html").Factory();

        IsDistrusted(status, body, await Assert.ThrowsAsync<AwsException>(
            () => factory.Ec2(AwsAccount.Default).DescribeInstancesAsync(new DescribeInstancesRequest(), CancellationToken.None)));
    }

    [Theory]
    [InlineData(HttpStatusCode.OK, "this is a proxy's page")]
    [InlineData(HttpStatusCode.OK, WellFormedPage)]
    [InlineData(HttpStatusCode.OK, "")]
    [InlineData(HttpStatusCode.OK, "{}")]
    [InlineData(HttpStatusCode.OK, "null")]
    [InlineData(HttpStatusCode.OK, "[]")]
    [InlineData(HttpStatusCode.OK, """{"Parameter":"text"}""")]
    [InlineData(HttpStatusCode.OK, """{"Parameter":{"Name":"/a","Val""")]
    [InlineData(HttpStatusCode.OK, """{"Parameter":{"Value":7}}""")]
    [InlineData(HttpStatusCode.OK, """{"Parameter":{"Version":"x"}}""")]
    [InlineData(HttpStatusCode.OK, """{"Parameter":{"Version":1e99}}""")]
    [InlineData(HttpStatusCode.OK, """{"Parameter":{"LastModifiedDate":"yesterday"}}""")]
    [InlineData(HttpStatusCode.OK, """{"Parameter":{"LastModifiedDate":1e300}}""")]
    [InlineData(HttpStatusCode.BadGateway, "")]
    [InlineData(HttpStatusCode.BadGateway, "[]")]
    [InlineData(HttpStatusCode.BadGateway, WellFormedPage)]
    [InlineData(HttpStatusCode.Forbidden, """{"__type":""")]
    public async Task Ssm_AnswerOfAStranger_IsInvalidResponse(HttpStatusCode status, string body)
    {
        using var factory = Stranger(status, body, "application/json").Factory();

        IsDistrusted(status, body, await Assert.ThrowsAsync<AwsException>(
            () => factory.Ssm(AwsAccount.Default).GetParameterAsync(new GetParameterRequest { Name = "/a" }, CancellationToken.None)));
    }

    [Theory]
    [InlineData(HttpStatusCode.OK, "")]
    [InlineData(HttpStatusCode.OK, "a proxy's page")]
    [InlineData(HttpStatusCode.BadGateway, WellFormedPage)]
    public async Task Who_AnswerOfAStranger_IsInvalidResponse(HttpStatusCode status, string body)
    {
        using var factory = Stranger(status, body, "text/html").Factory(options => options with { StsEndpoint = new Uri("http://sts.test/") });

        var failure = await Assert.ThrowsAsync<AwsException>(() => factory.WhoAsync(AwsAccount.Default, CancellationToken.None));

        Assert.Equal(AwsErrors.InvalidResponse, failure.Code);
    }

    [Fact]
    public async Task Ec2_ExternalEntity_IsNotFetched()
    {
        using var factory = Stranger(
            HttpStatusCode.OK, "<!DOCTYPE r [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><R><requestId>&x;</requestId></R>", "text/xml").Factory();

        var failure = await Assert.ThrowsAsync<AwsException>(
            () => factory.Ec2(AwsAccount.Default).DescribeInstancesAsync(new DescribeInstancesRequest(), CancellationToken.None));

        Assert.Equal(AwsErrors.InvalidResponse, failure.Code);
    }

    [Theory]
    [InlineData("text/html")]
    [InlineData("text/xml")]
    public async Task Ec2_EndlessErrorPage_IsReadToABound(string contentType)
    {
        var body = new Endless();
        using var factory = new StubHttp(_ => new HttpResponseMessage(HttpStatusCode.BadGateway)
        {
            Content = new StreamContent(body) { Headers = { ContentType = new(contentType) } },
        }).Factory();

        var failure = await Assert.ThrowsAsync<AwsException>(
            () => factory.Ec2(AwsAccount.Default).DescribeInstancesAsync(new DescribeInstancesRequest(), CancellationToken.None));

        Assert.Equal(AwsErrors.InvalidResponse, failure.Code);
        Assert.InRange(body.Read64K, 1, 4);
    }

    // A stranger does not number its answers.
    private static StubHttp Stranger(HttpStatusCode status, string body, string contentType) =>
        new(_ => new HttpResponseMessage(status) { Content = new StringContent(body, null, contentType) });

    private static void IsDistrusted(HttpStatusCode status, string body, AwsException failure)
    {
        Assert.Equal(AwsErrors.InvalidResponse, failure.Code);
        Assert.Equal(status, failure.Status);
        Assert.True(failure.IsOutcomeUnknown);
        Assert.True(body.Length < 3 || !failure.Message.Contains(body, StringComparison.Ordinal), failure.Message);
    }

    /// <summary>An endless page, which counts how much of it was read.</summary>
    private sealed class Endless : MemoryStream
    {
        private long _read;

        public int Read64K => (int)(_read / 65_536);

        public override bool CanSeek => false;

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override int Read(Span<byte> buffer)
        {
            // It ends anyway, so that an unbounded reader fails instead of hanging.
            var length = _read < 64L * 1024 * 1024 ? buffer.Length : 0;
            buffer[..length].Fill((byte)'<');
            _read += length;
            return length;
        }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => new(Read(buffer.Span));

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => Task.FromResult(Read(buffer.AsSpan(offset, count)));
    }
}

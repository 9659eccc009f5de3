using System.Net;
using Amazon.EC2.Model;
using Operator.Aws;
using Operator.Aws.Clients;
using Operator.Simulator.Time;

namespace Operator.Tests.Aws.Clients;

public sealed class AssumedRoleTests
{
    private static readonly AwsAccount Account = new("us-gov-west-1", "arn:aws-us-gov:iam::123456789012:role/runners");

    private readonly ManualTimeProvider _clock = new();
    private readonly StubHttp _http;
    private readonly AwsClientFactory _factory;
    private string? _refusal;

    public AssumedRoleTests()
    {
        _http = new StubHttp(Answer);
        _factory = _http.Factory(options => options with { Time = _clock, ExternalId = "cluster-1", StsEndpoint = new Uri("http://sts.test/") });
    }

    [Fact]
    public async Task Call_AsARole_AssumesItOverTheSameHandlerInTheAccountsRegion()
    {
        await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => CallAsync()));

        var assumed = Assert.Single(_http.Requests, call => call.Name == "AssumeRole");
        Assert.Equal("http://sts.test/", assumed.Request.RequestUri!.AbsoluteUri);
        Assert.Contains("/us-gov-west-1/sts/", assumed.Request.Headers.GetValues("Authorization").Single(), StringComparison.Ordinal);
        Assert.Contains("RoleSessionName=ec2runners", assumed.Body, StringComparison.Ordinal);
        Assert.Contains("ExternalId=cluster-1", assumed.Body, StringComparison.Ordinal);
        Assert.All(Calls(), call =>
        {
            Assert.Contains("Credential=ASIA1/", call.Headers.GetValues("Authorization").Single(), StringComparison.Ordinal);
            Assert.Equal("token-1", call.Headers.GetValues("X-Amz-Security-Token").Single());
        });
    }

    [Fact]
    public async Task Call_AQuarterBeforeTheEnd_AssumesAgain()
    {
        await CallAsync();
        _clock.Advance(TimeSpan.FromMinutes(44));
        await CallAsync();
        Assert.Single(_http.Requests, call => call.Name == "AssumeRole");

        _clock.Advance(TimeSpan.FromMinutes(2));
        await CallAsync();

        Assert.Contains("Credential=ASIA2/", Calls().Last().Headers.GetValues("Authorization").Single(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Call_RefusedWhileTheOldOnesLast_UsesThem()
    {
        await CallAsync();
        _refusal = "Throttling";
        _clock.Advance(TimeSpan.FromMinutes(50));
        await CallAsync();

        Assert.Contains("Credential=ASIA1/", Calls().Last().Headers.GetValues("Authorization").Single(), StringComparison.Ordinal);

        _clock.Advance(TimeSpan.FromMinutes(10));
        Assert.True((await Assert.ThrowsAsync<AwsException>(CallAsync)).IsThrottled);
    }

    [Fact]
    public async Task Call_RoleRefused_SaysWhatStsSaid()
    {
        _refusal = "AccessDenied";

        var failure = await Assert.ThrowsAsync<AwsException>(CallAsync);

        Assert.Equal(("STS", "AccessDenied", true), (failure.Service, failure.Code, failure.IsUnauthorized));
        Assert.Equal("EC2 DescribeInstances: cannot get credentials: not you", failure.Message);
        Assert.Empty(Calls());
    }

    private IEnumerable<HttpRequestMessage> Calls() => _http.Requests.Where(call => call.Name == "DescribeInstances").Select(call => call.Request);

    private Task CallAsync() => _factory.Ec2(Account).DescribeInstancesAsync(new DescribeInstancesRequest(), CancellationToken.None);

    private HttpResponseMessage Answer(HttpRequestMessage request)
    {
        var number = _http.Requests.Count(call => call.Name == "AssumeRole");
        var body = request.RequestUri!.Host == "ec2.test" ? "<R><requestId>r</requestId></R>"
            : _refusal is not null ? $"<ErrorResponse><Error><Type>Sender</Type><Code>{_refusal}</Code><Message>not you</Message></Error><RequestId>r</RequestId></ErrorResponse>"
            : $"""
            <AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIA{number}</AccessKeyId><SecretAccessKey>s</SecretAccessKey>
            <SessionToken>token-{number}</SessionToken><Expiration>{_clock.GetUtcNow().AddHours(1):yyyy-MM-ddTHH:mm:ssZ}</Expiration></Credentials></AssumeRoleResult>
            <ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></AssumeRoleResponse>
            """;
        return new HttpResponseMessage(request.RequestUri.Host == "ec2.test" || _refusal is null ? HttpStatusCode.OK : HttpStatusCode.Forbidden) { Content = new StringContent(body) };
    }
}

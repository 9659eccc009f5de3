using System.Net;
using Amazon.EC2.Model;
using Amazon.Runtime.Internal;
using Amazon.SimpleSystemsManagement.Model;
using Operator.Aws;

namespace Operator.Tests.Aws.Clients;

/// <summary>The endpoints of calls. The environment is the process's, so nothing else runs in parallel.</summary>
[Collection(nameof(EndpointTests))]
[CollectionDefinition(nameof(EndpointTests), DisableParallelization = true)]
public sealed class EndpointTests
{
    private const string Fips = "AWS_USE_FIPS_ENDPOINT";
    private const string DualStack = "AWS_USE_DUALSTACK_ENDPOINT";

    [Theory]
    [InlineData("eu-central-1", null, "https://ec2.eu-central-1.amazonaws.com/", "https://ssm.eu-central-1.amazonaws.com/")]
    [InlineData("cn-north-1", null, "https://ec2.cn-north-1.amazonaws.com.cn/", "https://ssm.cn-north-1.amazonaws.com.cn/")]
    [InlineData("us-east-1", Fips, "https://ec2-fips.us-east-1.amazonaws.com/", "https://ssm-fips.us-east-1.amazonaws.com/")]
    [InlineData("us-gov-west-1", Fips, "https://ec2.us-gov-west-1.amazonaws.com/", "https://ssm.us-gov-west-1.amazonaws.com/")]
    [InlineData("eu-central-1", DualStack, "https://ec2.eu-central-1.api.aws/", "https://ssm.eu-central-1.api.aws/")]
    [InlineData("us-gov-west-1", DualStack, "https://ec2.us-gov-west-1.api.aws/", "https://ssm.us-gov-west-1.api.aws/")]
    public async Task Region_Alone_NamesTheEndpoint(string region, string? variable, string ec2, string ssm) =>
        Assert.Equal((ec2, ssm), await CalledAsync(region, variable is null ? [] : [(variable, "true")]));

    [Theory]
    [InlineData("AWS_ENDPOINT_URL_EC2", "http://127.0.0.1:4566/", "https://ssm.eu-central-1.amazonaws.com/")]
    [InlineData("AWS_ENDPOINT_URL_SSM", "https://ec2.eu-central-1.amazonaws.com/", "http://127.0.0.1:4566/")]
    [InlineData("AWS_ENDPOINT_URL", "http://127.0.0.1:4566/", "http://127.0.0.1:4566/")]
    public async Task EndpointInEnvironment_IsCalled(string variable, string ec2, string ssm) =>
        Assert.Equal((ec2, ssm), await CalledAsync("eu-central-1", (variable, "http://127.0.0.1:4566")));

    [Theory]
    [InlineData(Fips)]
    [InlineData(DualStack)]
    public async Task EndpointInEnvironment_BesideAVariant_IsCalled(string variant) => Assert.Equal(
        ("http://127.0.0.1:4566/", "http://127.0.0.1:4566/"),
        await CalledAsync("us-gov-west-1", ("AWS_ENDPOINT_URL", "http://127.0.0.1:4566"), (variant, "true")));

    private static async Task<(string Ec2, string Ssm)> CalledAsync(string region, params (string Name, string Value)[] environment)
    {
        var http = new StubHttp(request => new HttpResponseMessage(HttpStatusCode.OK)
        {
            Content = new StringContent(request.Headers.Contains("X-Amz-Target") ? "{}" : "<R><requestId>r</requestId></R>"),
            Headers = { { "x-amzn-RequestId", "r" } },
        });
        foreach (var (name, value) in environment)
        {
            Environment.SetEnvironmentVariable(name, value);
        }

        FallbackInternalConfigurationFactory.Reset();
        try
        {
            using var factory = http.Factory(options => options with { Ec2Endpoint = null, SsmEndpoint = null });
            var account = new AwsAccount(region, null);
            await factory.Ec2(account).DescribeInstancesAsync(new DescribeInstancesRequest(), CancellationToken.None);
            await factory.Ssm(account).GetParameterAsync(new GetParameterRequest { Name = "/a" }, CancellationToken.None);
        }
        finally
        {
            foreach (var (name, _) in environment)
            {
                Environment.SetEnvironmentVariable(name, null);
            }

            FallbackInternalConfigurationFactory.Reset();
        }

        Assert.All(http.Requests, call => Assert.Contains($"/{region}/", call.Request.Headers.GetValues("Authorization").Single(), StringComparison.Ordinal));
        return (http.Requests[0].Request.RequestUri!.AbsoluteUri, http.Requests[1].Request.RequestUri!.AbsoluteUri);
    }
}

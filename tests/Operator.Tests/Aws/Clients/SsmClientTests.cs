using System.Net;
using System.Text.Json;
using Amazon.SimpleSystemsManagement.Model;
using Operator.Aws;
using Operator.Aws.Clients;

namespace Operator.Tests.Aws.Clients;

public sealed class SsmClientTests
{
    private const string Json = "application/x-amz-json-1.1";

    [Fact]
    public async Task PutParameter_NoTags_SendsNoEmptyList()
    {
        var http = StubHttp.Answering(HttpStatusCode.OK, "{}", Json);
        using var factory = http.Factory();

        await factory.Ssm(AwsAccount.Default).PutParameterAsync(new PutParameterRequest { Name = "/a", Overwrite = true, Tags = [] }, CancellationToken.None);

        using var sent = JsonDocument.Parse(http.Requests.Single().Body);
        Assert.Equal(["Name", "Overwrite"], sent.RootElement.EnumerateObject().Select(member => member.Name).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("""{"__type":"ParameterNotFound","message":"no such"}""", "no such")]
    [InlineData("""{"__type":"com.amazonaws.ssm#ParameterNotFound","Message":"no such"}""", "no such")]
    [InlineData("""{"__type":"ParameterNotFound:http://internal.amazon.com/coral/com.amazonaws.ssm/","message":"no such"}""", "no such")]
    public async Task Failure_AnyFormOfType_IsItsLastName(string body, string message)
    {
        var failure = await StubHttp.SsmFailureAsync(HttpStatusCode.BadRequest, body);

        Assert.Equal("ParameterNotFound", failure.Code);
        Assert.True(failure.IsParameterNotFound);
        Assert.Equal($"SSM GetParameter: {message}", failure.Message);
    }

    [Theory]
    [InlineData("ThrottlingException", true, false)]
    [InlineData("AccessDeniedException", false, true)]
    [InlineData("UnrecognizedClientException", false, true)]
    [InlineData("ValidationException", false, false)]
    public async Task Failure_SharedCodes_HaveTheirMeanings(string code, bool throttled, bool unauthorized)
    {
        var failure = await StubHttp.SsmFailureAsync(HttpStatusCode.BadRequest, $$"""{"__type":"{{code}}"}""");

        Assert.Equal((throttled, unauthorized), (failure.IsThrottled, failure.IsUnauthorized));
    }
}

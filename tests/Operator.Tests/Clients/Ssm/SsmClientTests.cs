using System.Net;
using Operator.Clients.Aws;
using Operator.Clients.Ssm;
using Operator.Clients.Ssm.Model;
using Operator.Tests.Clients.Aws;

namespace Operator.Tests.Clients.Ssm;

public sealed class SsmClientTests
{
    private const string Json = "application/x-amz-json-1.1";

    [Fact]
    public async Task PutParameter_EveryMember_HasItsWireName()
    {
        var http = StubHttp.Answering(HttpStatusCode.OK, """{"Tier":"Standard","Version":3}""", Json);
        using var factory = http.Factory();

        var response = await factory.Ssm(AwsAccount.Default).PutParameterAsync(
            new PutParameterRequest
            {
                Name = "/a/b",
                Description = "d",
                Value = "secret",
                Type = "SecureString",
                KeyId = "alias/k",
                Overwrite = false,
                Tier = "Intelligent-Tiering",
                Tags = [new() { Key = "InstanceId", Value = "i-1" }],
            },
            CancellationToken.None);

        Assert.Equal(
            """{"Name":"/a/b","Description":"d","Value":"secret","Type":"SecureString","KeyId":"alias/k","Overwrite":false,"Tier":"Intelligent-Tiering","Tags":[{"Key":"InstanceId","Value":"i-1"}]}""",
            http.Requests.Single().Body);
        Assert.Equal((3L, "Standard"), (response.Version, response.Tier));
    }

    [Fact]
    public async Task PutParameter_NoTags_SendsNoEmptyList()
    {
        var http = StubHttp.Answering(HttpStatusCode.OK, "{}", Json);
        using var factory = http.Factory();

        await factory.Ssm(AwsAccount.Default).PutParameterAsync(new PutParameterRequest { Name = "/a", Overwrite = true, Tags = [] }, CancellationToken.None);

        Assert.Equal("""{"Name":"/a","Overwrite":true}""", http.Requests.Single().Body);
    }

    [Fact]
    public async Task GetParametersByPath_Page_IsRead()
    {
        var http = StubHttp.Answering(
            HttpStatusCode.OK,
            """{"NextToken":"t","Parameters":[{"ARN":"arn","DataType":"text","LastModifiedDate":1.7672256005E9,"Name":"/a/b","Type":"SecureString","Value":"cipher","Version":2}]}""",
            Json);
        using var factory = http.Factory();

        var page = await factory.Ssm(AwsAccount.Default).GetParametersByPathAsync(
            new GetParametersByPathRequest { Path = "/a", Recursive = true, WithDecryption = false, MaxResults = 10, NextToken = "s" }, CancellationToken.None);

        Assert.Equal("""{"Path":"/a","Recursive":true,"WithDecryption":false,"MaxResults":10,"NextToken":"s"}""", http.Requests.Single().Body);
        Assert.Equal("t", page.NextToken);
        var parameter = Assert.Single(page.Parameters);
        Assert.Equal(("/a/b", "cipher", 2L), (parameter.Name, parameter.Value, parameter.Version));
        Assert.Equal(new DateTime(2026, 1, 1, 0, 0, 0, 500, DateTimeKind.Utc), parameter.LastModifiedDate);
    }

    [Theory]
    [InlineData("""{"__type":"ParameterNotFound","message":"no such"}""", "no such")]
    [InlineData("""{"__type":"com.amazonaws.ssm#ParameterNotFound","Message":"no such"}""", "no such")]
    [InlineData("""{"__type":"ParameterNotFound:http://internal.amazon.com/coral/com.amazonaws.ssm/"}""", "ParameterNotFound")]
    public async Task Failure_AnyFormOfType_IsItsLastName(string body, string message)
    {
        var failure = await FailAsync(HttpStatusCode.BadRequest, body);

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
        var failure = await FailAsync(HttpStatusCode.BadRequest, $$"""{"__type":"{{code}}"}""");

        Assert.Equal((throttled, unauthorized), (failure.IsThrottled, failure.IsUnauthorized));
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("<html/>")]
    public async Task Failure_WithoutType_IsInvalidResponse(string body) =>
        Assert.Equal(AwsErrors.InvalidResponse, (await FailAsync(HttpStatusCode.BadGateway, body)).Code);

    [Fact]
    public void Secrets_AsText_AreNotShown()
    {
        Assert.DoesNotContain("hush", new PutParameterRequest { Name = "/n", Value = "hush" }.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("hush", new GetParameterResponse { Parameter = new() { Name = "/n", Value = "hush" } }.ToString(), StringComparison.Ordinal);
    }

    private static async Task<AwsException> FailAsync(HttpStatusCode status, string body)
    {
        using var factory = StubHttp.Answering(status, body, Json).Factory();
        return await Assert.ThrowsAsync<AwsException>(
            () => factory.Ssm(AwsAccount.Default).GetParameterAsync(new GetParameterRequest { Name = "/a" }, CancellationToken.None));
    }
}

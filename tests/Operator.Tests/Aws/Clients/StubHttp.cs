using System.Net;
using Amazon.EC2.Model;
using Amazon.Runtime;
using Amazon.SimpleSystemsManagement.Model;
using Operator.Aws;
using Operator.Aws.Clients;
using Operator.Observability;

namespace Operator.Tests.Aws.Clients;

/// <summary>Answers HTTP requests as scripted, and records them.</summary>
internal sealed class StubHttp(Func<HttpRequestMessage, HttpResponseMessage> answer) : HttpMessageHandler
{
    public List<(HttpRequestMessage Request, string Body, string Name)> Requests { get; } = [];

    /// <summary>The same answer to every call, numbered as those of AWS are where the body does not say so itself.</summary>
    public static StubHttp Answering(HttpStatusCode status, string body, string contentType = "text/xml") => new(_ => new HttpResponseMessage(status)
    {
        Content = new StringContent(body, null, contentType),
        Headers = { { "x-amzn-RequestId", "request-1" } },
    });

    /// <summary>What a call of EC2 throws when this is the answer.</summary>
    public static async Task<AwsException> Ec2FailureAsync(HttpStatusCode status, string body)
    {
        using var factory = Answering(status, body).Factory();
        return await Assert.ThrowsAsync<AwsException>(
            () => factory.Ec2(AwsAccount.Default).DescribeInstancesAsync(new DescribeInstancesRequest(), CancellationToken.None));
    }

    /// <summary>What a call of Systems Manager throws when this is the answer.</summary>
    public static async Task<AwsException> SsmFailureAsync(HttpStatusCode status, string body)
    {
        using var factory = Answering(status, body, "application/x-amz-json-1.1").Factory();
        return await Assert.ThrowsAsync<AwsException>(
            () => factory.Ssm(AwsAccount.Default).GetParameterAsync(new GetParameterRequest { Name = "/a" }, CancellationToken.None));
    }

    public AwsClientFactory Factory(Func<AwsClientOptions, AwsClientOptions>? change = null)
    {
        var options = new AwsClientOptions
        {
            Region = "eu-central-1",
            Ec2Endpoint = new Uri("http://ec2.test/"),
            SsmEndpoint = new Uri("http://ssm.test/"),
            Credentials = new BasicAWSCredentials("AKIDEXAMPLE", "secret"),
            MaxErrorRetry = 0,
            WrapHandler = _ => this,
        };
        return new AwsClientFactory(change?.Invoke(options) ?? options);
    }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var body = request.Content is null ? "" : await request.Content.ReadAsStringAsync(cancellationToken);
        Requests.Add((request, body, await ApiActions.NameAsync("aws", request, cancellationToken)));
        return answer(request);
    }
}

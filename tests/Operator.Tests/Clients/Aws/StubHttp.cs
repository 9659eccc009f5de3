using System.Net;
using Amazon.Runtime;
using Operator.Clients.Aws;

namespace Operator.Tests.Clients.Aws;

/// <summary>Answers HTTP requests as a test says, and remembers them.</summary>
internal sealed class StubHttp(Func<HttpRequestMessage, HttpResponseMessage> answer) : HttpMessageHandler
{
    public List<(HttpRequestMessage Request, string Body, string Name)> Requests { get; } = [];

    public static StubHttp Answering(HttpStatusCode status, string body, string contentType = "text/xml") =>
        new(_ => new HttpResponseMessage(status) { Content = new StringContent(body, null, contentType) });

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
        Requests.Add((request, body, await AwsOperation.NameAsync(request, cancellationToken)));
        return answer(request);
    }
}

using Amazon.Runtime;
using Amazon.Runtime.Credentials.Internal;
using Amazon.Runtime.Internal;
using Amazon.Runtime.Internal.Auth;
using Operator.Clients.Aws.Protocols;

namespace Operator.Clients.Aws;

/// <summary>
/// Calls one AWS service through the pipeline of AWSSDK.Core: credentials, signature, retries and clock skew are its; this adds
/// one marshaller and one unmarshaller for all operations. A generated package (AWSSDK.EC2, …) replaces it.
/// </summary>
internal sealed class AwsServiceClient(AWSCredentials? credentials, AwsServiceConfig config, IAwsProtocol protocol)
    : AmazonServiceClient(credentials, config)
{
    private const string RequestSuffix = "Request";

    /// <summary>Calls the operation that is named by the type of the request, less its last word.</summary>
    /// <exception cref="AwsException">The call failed.</exception>
    public async Task<TResponse> SendAsync<TRequest, TResponse>(TRequest request, CancellationToken cancellationToken)
        where TRequest : notnull
        where TResponse : notnull
    {
        var operation = typeof(TRequest).Name[..^RequestSuffix.Length];
        var options = new InvokeOptions
        {
            RequestMarshaller = new AwsMarshaller(protocol),
            ResponseUnmarshaller = new AwsUnmarshaller(protocol, typeof(TResponse)),
        };
        try
        {
            var response = await InvokeAsync<AwsResponse>(new AwsRequest(operation, request), options, cancellationToken);
            return (TResponse)response.Body!;
        }
        catch (Exception exception) when (SdkFailures.IsFailure(exception, cancellationToken))
        {
            var failure = SdkFailures.Describe(exception, Config.ServiceId, operation);
            NoteRefusal(operation, failure.FullText);
            throw failure;
        }
    }

    /// <summary>Something was refused, in an answer of whatever form.</summary>
    /// <param name="operation">Which call.</param>
    /// <param name="text">The whole of what the service said.</param>
    public void NoteRefusal(string operation, string text) => config.Refused?.Invoke($"{Config.ServiceId} {operation}", text);

    protected override void CustomizeRuntimePipeline(RuntimePipeline pipeline)
    {
        base.CustomizeRuntimePipeline(pipeline);
        pipeline.AddHandlerAfter<Marshaller>(new SigV4Resolver());
    }

    private sealed class SigV4Resolver : BaseAuthResolverHandler
    {
        protected override List<IAuthSchemeOption> ResolveAuthOptions(IExecutionContext executionContext) => AuthSchemeOption.DEFAULT_SIGV4;
    }
}

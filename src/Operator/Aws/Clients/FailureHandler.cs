using Amazon.Runtime;
using Amazon.Runtime.Internal;

namespace Operator.Aws.Clients;

/// <summary>
/// The outermost handler of an SDK client: turns every failure into an <see cref="AwsException"/>, and treats responses not written by AWS
/// as failures.
/// </summary>
/// <param name="serviceId">The service, such as <c>EC2</c>.</param>
/// <param name="refused"><inheritdoc cref="AwsClientOptions.Refused"/></param>
internal sealed class FailureHandler(string serviceId, Action<string, string>? refused) : PipelineHandler
{
    private const string RequestSuffix = "Request";

    public override async Task<T> InvokeAsync<T>(IExecutionContext executionContext)
    {
        try
        {
            var answer = await base.InvokeAsync<T>(executionContext);
            return IsOfAws(answer) ? answer : throw new FormatException("The answer has no request id.");
        }
        catch (Exception exception) when (SdkFailures.IsFailure(exception, executionContext.RequestContext.CancellationToken))
        {
            var operation = executionContext.RequestContext.RequestName[..^RequestSuffix.Length];
            var failure = SdkFailures.Describe(exception, serviceId, operation, executionContext.ResponseContext.HttpResponse?.StatusCode);
            refused?.Invoke($"{serviceId} {operation}", failure.FullText);
            throw failure;
        }
    }

    // The SDK parses any XML as an empty list, even a proxy's page: all machines would seem to be gone. AWS responses have a request id.
    private static bool IsOfAws(object? answer) =>
        answer is AmazonWebServiceResponse { ResponseMetadata.RequestId: { Length: > 0 } };
}

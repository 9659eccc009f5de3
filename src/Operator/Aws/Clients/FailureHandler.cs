using Amazon.Runtime;
using Amazon.Runtime.Internal;

namespace Operator.Aws.Clients;

/// <summary>
/// The outermost handler of an SDK client: whatever fails inside leaves as <see cref="AwsException"/>, and an answer that AWS did not write is a failure.
/// </summary>
/// <param name="serviceId">Whose calls they are, such as <c>EC2</c>.</param>
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

    // The SDK takes any XML for an empty list, that of a proxy's page too: all machines would be gone. AWS numbers its answers.
    private static bool IsOfAws(object? answer) =>
        answer is AmazonWebServiceResponse { ResponseMetadata.RequestId: { Length: > 0 } };
}

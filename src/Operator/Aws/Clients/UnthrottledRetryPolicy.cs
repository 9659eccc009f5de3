using Amazon.Runtime;
using Amazon.Runtime.Internal;

namespace Operator.Aws.Clients;

/// <summary>
/// The SDK's retries, except after throttling, where retrying immediately would triple the rate. Callers back off and retry themselves.
/// </summary>
/// <param name="config">The number of retries.</param>
internal sealed class UnthrottledRetryPolicy(IClientConfig config) : StandardRetryPolicy(config)
{
    public override bool RetryForException(IExecutionContext executionContext, Exception exception) =>
        !IsThrottled(exception) && base.RetryForException(executionContext, exception);

    public override Task<bool> RetryForExceptionAsync(IExecutionContext executionContext, Exception exception) =>
        IsThrottled(exception) ? Task.FromResult(false) : base.RetryForExceptionAsync(executionContext, exception);

    private bool IsThrottled(Exception exception) =>
        IsThrottlingError(exception) || (exception is AmazonServiceException refused && AwsErrors.IsThrottling(refused.ErrorCode));
}

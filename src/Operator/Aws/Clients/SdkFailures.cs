using System.Net;
using System.Text.Json;
using System.Xml;
using Amazon.Runtime;

namespace Operator.Aws.Clients;

/// <summary>Maps exceptions of the AWS SDK to <see cref="AwsException"/>.</summary>
internal static class SdkFailures
{
    /// <summary>Whether an exception is a failed call, as opposed to a bug or a cancellation by the caller.</summary>
    /// <param name="exception">The exception.</param>
    /// <param name="cancellationToken">The caller's token.</param>
    public static bool IsFailure(Exception exception, CancellationToken cancellationToken) =>
        exception is AmazonServiceException or AmazonClientException or HttpRequestException or IOException or TimeoutException
        || IsUnreadable(exception)
        || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested);

    /// <summary>The exception to throw instead.</summary>
    /// <param name="exception">A failure.</param>
    /// <param name="service">The service.</param>
    /// <param name="operation">The call.</param>
    /// <param name="status">The response's status, if the exception does not have it.</param>
    public static AwsException Describe(Exception exception, string service, string operation, HttpStatusCode? status = null) => exception switch
    {
        _ when IsUnreadable(exception) => new AwsException(
            service,
            AwsErrors.InvalidResponse,
            $"{service} {operation}: the response cannot be read. Is a proxy or another service at this endpoint?",
            (exception as AmazonServiceException)?.StatusCode ?? status,
            innerException: exception),
        AmazonServiceException refused when HasAnswer(refused) => Refused(service, $"{service} {operation}: {refused.Message}", refused, refused),
        AmazonClientException => WithoutCredentials(exception, service, operation),
        _ => new AwsException(
            service,
            AwsErrors.ConnectionFailed,
            $"{service} {operation}: no answer ({exception.GetBaseException().Message})",
            innerException: exception),
    };

    // The SDK wraps parse failures of error responses; those of successful responses are thrown as they are.
    private static bool IsUnreadable(Exception exception) =>
        exception is AmazonUnmarshallingException or XmlException or JsonException or FormatException or OverflowException
        || (exception is AmazonServiceException error && HasAnswer(error) && string.IsNullOrEmpty(error.ErrorCode));

    // Credentials come from other services, whose errors (throttled, access denied) are the better reason.
    private static AwsException WithoutCredentials(Exception exception, string service, string operation)
    {
        var text = $"{service} {operation}: cannot get credentials: ";
        for (var cause = exception; cause is not null; cause = cause.InnerException)
        {
            if (cause is AmazonServiceException refused && HasAnswer(refused))
            {
                return Refused("STS", text + refused.Message, refused, exception);
            }
        }

        return new AwsException(service, AwsErrors.CredentialsUnavailable, text + exception.Message, innerException: exception);
    }

    private static AwsException Refused(string service, string message, AmazonServiceException answer, Exception cause) =>
        new(service, string.IsNullOrEmpty(answer.ErrorCode) ? AwsErrors.InvalidResponse : answer.ErrorCode, message, answer.StatusCode, answer.RequestId, cause);

    private static bool HasAnswer(AmazonServiceException exception) => exception.StatusCode >= HttpStatusCode.Continue;
}

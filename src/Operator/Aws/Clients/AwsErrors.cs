using System.Net;

namespace Operator.Aws.Clients;

/// <summary>The error codes shared by all AWS services.</summary>
internal static class AwsErrors
{
    /// <summary>Code for a call that got no answer.</summary>
    public const string ConnectionFailed = "ConnectionFailed";

    /// <summary>Code for missing or unusable credentials.</summary>
    public const string CredentialsUnavailable = "CredentialsUnavailable";

    /// <summary>Code for a missing region.</summary>
    public const string RegionMissing = "RegionMissing";

    /// <summary>Code for an invalid answer.</summary>
    public const string InvalidResponse = "InvalidResponse";

    /// <summary>Whether the code means throttling.</summary>
    /// <param name="code">The service's error code.</param>
    public static bool IsThrottling(string? code) => code is "RequestLimitExceeded" or "Throttling" or "ThrottlingException"
        or "ThrottledException" or "RequestThrottled" or "RequestThrottledException" or "TooManyRequestsException"
        or "TooManyUpdates" or "SlowDown" or "EC2ThrottledException" or "BandwidthLimitExceeded";

    /// <summary>Whether the code means that the caller could not be authenticated or is not authorized.</summary>
    /// <param name="code">The service's error code.</param>
    public static bool IsRefusal(string? code) => code is "UnauthorizedOperation" or "AuthFailure" or "AccessDenied"
        or "AccessDeniedException" or "InvalidClientTokenId" or "UnrecognizedClientException" or "SignatureDoesNotMatch"
        or "InvalidSignatureException" or "ExpiredToken" or "ExpiredTokenException" or "RequestExpired" or "OptInRequired"
        or "PendingVerification" or "Blocked" or "MissingAuthenticationToken" or "IncompleteSignature" or "RequestTimeTooSkewed"
        or CredentialsUnavailable;

    extension(AwsException exception)
    {
        /// <summary>Throttled: wait, then retry.</summary>
        public bool IsThrottled => IsThrottling(exception.Code) || exception.Status is HttpStatusCode.TooManyRequests;

        /// <summary>Missing, wrong or insufficient credentials: someone must act.</summary>
        public bool IsUnauthorized => IsRefusal(exception.Code);

        /// <summary>AWS considers the request's time wrong.</summary>
        public bool IsClockWrong => exception.Code is "RequestExpired" or "RequestTimeTooSkewed"
            || (exception.Code is "SignatureDoesNotMatch" or "InvalidSignatureException" && Says(exception, "Signature expired", "Signature not yet current"));

        /// <summary>There are no credentials, or AWS does not or no longer accept them; missing permissions do not count.</summary>
        public bool IsWithoutCredentials => exception.Code is CredentialsUnavailable or "ExpiredToken" or "ExpiredTokenException" or "InvalidClientTokenId"
            or "UnrecognizedClientException" or "SignatureDoesNotMatch" or "InvalidSignatureException" or "MissingAuthenticationToken" or "IncompleteSignature"
            || (exception.Code is "AuthFailure" && Says(exception, "validate the provided access credentials"));

        /// <summary>The account itself may not do this yet, whatever its policies allow.</summary>
        public bool IsAccountNotReady => exception.Code is "PendingVerification" or "OptInRequired" or "Blocked";

        /// <summary>The service reports an internal failure.</summary>
        public bool IsServiceFailure => exception.Code is "InternalError" or "InternalFailure" or "InternalServerError" or "ServiceUnavailable" or "Unavailable";

        /// <summary>There was no answer, or the service has failed: whether the call took effect is unknown.</summary>
        public bool IsOutcomeUnknown => exception.Code is ConnectionFailed or InvalidResponse
            || (exception.Status >= HttpStatusCode.InternalServerError && !exception.IsThrottled);
    }

    private static bool Says(AwsException exception, params ReadOnlySpan<string> texts)
    {
        foreach (var text in texts)
        {
            if (exception.Message.Contains(text, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }
}

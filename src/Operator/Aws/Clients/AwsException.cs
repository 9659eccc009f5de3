using System.Net;

namespace Operator.Aws.Clients;

/// <summary>
/// An AWS call that failed: the service said no, could not be reached, or there are no credentials. Its message is the same for each attempt
/// (<see cref="ErrorText"/>), so that it may go into conditions and events.
/// </summary>
internal sealed class AwsException : Exception
{
    public AwsException(
        string service, string code, string message, HttpStatusCode? status = null, string? requestId = null, Exception? innerException = null)
        : base(ErrorText.Stable(message), innerException)
    {
        FullText = message;
        Service = service;
        Code = code;
        Status = status;
        RequestId = requestId;
    }

    /// <summary><c>EC2</c>, <c>SSM</c> or <c>STS</c>.</summary>
    public string Service { get; }

    /// <summary>The service's code, or one of <see cref="AwsErrors"/> where none came.</summary>
    public string Code { get; }

    /// <summary>HTTP status, or null when no answer came: then the call may have had its effect.</summary>
    public HttpStatusCode? Status { get; }

    /// <summary>What the service said, with all that differs from call to call. Not for conditions, nor for logs: it may hold secrets.</summary>
    public string FullText { get; }

    /// <summary>What AWS' support asks for.</summary>
    public string? RequestId { get; }
}

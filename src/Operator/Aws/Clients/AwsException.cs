using System.Net;

namespace Operator.Aws.Clients;

/// <summary>
/// A failed AWS call: the service refused it or could not be reached, or there are no credentials. The message is identical for repeated
/// attempts (<see cref="ErrorText"/>), so that it can be used in conditions and events.
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

    /// <summary>The service's code, or one of <see cref="AwsErrors"/> if there is none.</summary>
    public string Code { get; }

    /// <summary>HTTP status; null if no answer arrived, in which case the call may have taken effect.</summary>
    public HttpStatusCode? Status { get; }

    /// <summary>
    /// The service's full message, including parts that differ from call to call. Not for conditions or logs: it may contain secrets.
    /// </summary>
    public string FullText { get; }

    /// <summary>The id that AWS support asks for.</summary>
    public string? RequestId { get; }
}

using System.Net;
using Amazon.Runtime.Internal;
using Amazon.Runtime.Internal.Transform;

namespace Operator.Clients.Aws.Protocols;

/// <summary>How calls of one kind of AWS service look on the wire.</summary>
internal interface IAwsProtocol
{
    /// <summary>Fills the HTTP request of a call.</summary>
    /// <param name="http">What to fill; method and path are set.</param>
    /// <param name="operation">Such as <c>CreateFleet</c>.</param>
    /// <param name="request">The call's request record.</param>
    void WriteRequest(IRequest http, string operation, object request);

    /// <summary>Reads the answer of a call that succeeded.</summary>
    /// <param name="body">The answer.</param>
    /// <param name="type">The call's response record.</param>
    object ReadResponse(Stream body, Type type);

    /// <summary>Reads the answer of a call that failed, whatever it looks like.</summary>
    /// <param name="body">The answer.</param>
    /// <param name="http">Its headers.</param>
    /// <param name="status">Its status.</param>
    AwsError ReadError(Stream body, IWebResponseData http, HttpStatusCode status);
}

/// <summary>What a service said about a call that failed.</summary>
/// <param name="Code">The service's code.</param>
/// <param name="Message">Its text for people.</param>
/// <param name="RequestId">What AWS' support asks for.</param>
internal sealed record AwsError(string Code, string Message, string? RequestId)
{
    /// <summary>The answer of something that is not an AWS service, such as a proxy.</summary>
    /// <param name="status">The HTTP status.</param>
    public static AwsError Unreadable(HttpStatusCode status) => new(AwsErrors.InvalidResponse, $"HTTP status {(int)status} without an error document", null);
}

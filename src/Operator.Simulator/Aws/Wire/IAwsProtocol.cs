using Microsoft.AspNetCore.Http;

namespace Operator.Simulator.Aws.Wire;

/// <summary>One service behind the endpoint: recognizes its requests, answers them, and formats its errors.</summary>
internal interface IAwsProtocol
{
    /// <summary>The first part of its calls' names, such as <c>ec2</c>.</summary>
    string Service { get; }

    /// <summary>The requested operation; null if the request is not for this service.</summary>
    string? OperationOf(AwsRequest request);

    /// <summary>Whether an operation is called without credentials.</summary>
    bool IsAnonymous(string operation) => false;

    /// <summary>Does it. Errors are thrown as <see cref="AwsException"/>.</summary>
    AwsAnswer Answer(string operation, AwsRequest request);

    /// <summary>Words an error.</summary>
    AwsAnswer Refuse(AwsException error);
}

/// <summary>A request as it came.</summary>
/// <param name="Headers">Its headers.</param>
/// <param name="Body">Its body.</param>
internal sealed record AwsRequest(IHeaderDictionary Headers, string Body)
{
    private QueryNode? _form;

    /// <summary>Why a fleet launches nothing, for its rows; empty if nothing prevents it.</summary>
    public IReadOnlyList<AwsException> RowErrors { get; init; } = [];

    /// <summary>The body read as a form.</summary>
    public QueryNode Form => _form ??= QueryNode.Parse(Body);
}

/// <summary>The response.</summary>
/// <param name="Status">HTTP status.</param>
/// <param name="ContentType">Type of the body.</param>
/// <param name="Body">The body.</param>
internal sealed record AwsAnswer(int Status, string ContentType, string Body)
{
    /// <summary>Returned as a header if the protocol does not have it in the body.</summary>
    public string? RequestId { get; init; }

    public static AwsAnswer Xml(string body, int status = 200) => new(status, "text/xml;charset=UTF-8", body);
}

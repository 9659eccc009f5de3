using System.Net;
using System.Text.Json;
using System.Xml;
using Amazon.Runtime;
using Amazon.Runtime.Internal;
using Amazon.Runtime.Internal.Transform;

namespace Operator.Clients.Aws.Protocols;

/// <summary>Carries a request record through the pipeline of AWSSDK.Core.</summary>
internal sealed class AwsRequest(string operation, object body) : AmazonWebServiceRequest
{
    public string Operation => operation;

    public object Body => body;
}

/// <summary>Carries a response record through the pipeline of AWSSDK.Core.</summary>
internal sealed class AwsResponse : AmazonWebServiceResponse
{
    public object? Body { get; init; }
}

/// <summary>Writes every operation of a protocol.</summary>
internal sealed class AwsMarshaller(IAwsProtocol protocol) : IMarshaller<IRequest, AmazonWebServiceRequest>
{
    public IRequest Marshall(AmazonWebServiceRequest input)
    {
        var request = (AwsRequest)input;
        var http = new DefaultRequest(request, "AWS") { HttpMethod = "POST", ResourcePath = "/" };
        protocol.WriteRequest(http, request.Operation, request.Body);
        return http;
    }
}

/// <summary>
/// Reads the answers of every operation of a protocol. The base class is of XML only by name: its context hands over the plain
/// stream, which is all that is used of it.
/// </summary>
internal sealed class AwsUnmarshaller(IAwsProtocol protocol, Type responseType) : XmlResponseUnmarshaller
{
    public override AmazonWebServiceResponse Unmarshall(XmlUnmarshallerContext input)
    {
        try
        {
            return new AwsResponse { Body = protocol.ReadResponse(input.Stream, responseType) };
        }
        catch (Exception exception) when (exception is XmlException or JsonException or FormatException)
        {
            var requestId = input.ResponseData.GetHeaderValue("x-amzn-RequestId");
            throw new AmazonUnmarshallingException(requestId, lastKnownLocation: null, exception, input.ResponseData.StatusCode);
        }
    }

    public override AmazonServiceException UnmarshallException(XmlUnmarshallerContext input, Exception innerException, HttpStatusCode statusCode)
    {
        var error = protocol.ReadError(input.Stream, input.ResponseData, statusCode);
        var requestId = error.RequestId ?? input.ResponseData.GetHeaderValue("x-amzn-RequestId");
        return new AmazonServiceException(error.Message, innerException, ErrorType.Unknown, error.Code, requestId, statusCode);
    }
}

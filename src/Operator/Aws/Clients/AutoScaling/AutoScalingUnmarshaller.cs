using System.Net;
using System.Xml;
using System.Xml.Linq;
using Amazon.Runtime;
using Amazon.Runtime.Internal.Transform;

namespace Operator.Aws.Clients.AutoScaling;

/// <summary>Reads answers and errors of the query protocol. What AWS has not written is a failure, never an empty list.</summary>
internal sealed class AutoScalingUnmarshaller : XmlResponseUnmarshaller
{
    private static readonly XmlReaderSettings Untrusted = new() { DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null };

    public static AutoScalingUnmarshaller Instance { get; } = new();

    public override AmazonWebServiceResponse Unmarshall(XmlUnmarshallerContext input)
    {
        var root = Read(input.Stream);
        return new AutoScalingResponse
        {
            Result = root.Elements().FirstOrDefault(element => element.Name.LocalName.EndsWith("Result", StringComparison.Ordinal)) ?? new XElement("Result"),
            ResponseMetadata = new() { RequestId = root.Descendants().FirstOrDefault(element => element.Name.LocalName == "RequestId")?.Value },
        };
    }

    public override AmazonServiceException UnmarshallException(XmlUnmarshallerContext input, Exception innerException, HttpStatusCode statusCode)
    {
        try
        {
            var root = Read(input.Stream);
            string? Text(string name) => root.Descendants().FirstOrDefault(element => element.Name.LocalName == name)?.Value;
            var isSender = Text("Type") == "Sender";
            return new(Text("Message") ?? "no message", innerException, isSender ? ErrorType.Sender : ErrorType.Receiver, Text("Code"), Text("RequestId"), statusCode);
        }
        catch (XmlException e)
        {
            return new($"the answer with status {(int)statusCode} is not from AWS", e, statusCode);
        }
    }

    private static XElement Read(Stream stream)
    {
        using var reader = XmlReader.Create(stream, Untrusted);
        return XElement.Load(reader);
    }
}

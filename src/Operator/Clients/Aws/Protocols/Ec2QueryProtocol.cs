using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Xml;
using System.Xml.Linq;
using Amazon.Runtime.Internal;
using Amazon.Runtime.Internal.Transform;

namespace Operator.Clients.Aws.Protocols;

/// <summary>
/// The EC2 query protocol: a form goes out, XML comes back. The records and their wire names are known by the same source-generated
/// JSON contract as those of the JSON protocol: a request's JSON tree is flattened into the form, and the XML is read along the
/// contract of the response. So no call needs code of its own.
/// </summary>
/// <param name="version">The API's version, such as <c>2016-11-15</c>.</param>
/// <param name="json">Knows the records of every operation.</param>
internal sealed class Ec2QueryProtocol(string version, JsonSerializerContext json) : IAwsProtocol
{
    private const int MaxErrorBytes = 64 * 1024;

    public void WriteRequest(IRequest http, string operation, object request)
    {
        http.Headers["Content-Type"] = "application/x-www-form-urlencoded; charset=utf-8";
        foreach (var (name, value) in ToForm(operation, request))
        {
            http.Parameters[name] = value;
        }
    }

    /// <summary>The form of a call, in the order of the record's members.</summary>
    /// <param name="operation">Such as <c>CreateFleet</c>.</param>
    /// <param name="request">The call's request record.</param>
    public IEnumerable<KeyValuePair<string, string>> ToForm(string operation, object request) =>
    [
        new("Action", operation),
        new("Version", version),
        .. Flatten("", JsonSerializer.SerializeToElement(request, request.GetType(), json)),
    ];

    public object ReadResponse(Stream body, Type type) =>
        Ec2XmlReader.Read(body, json.GetTypeInfo(type) ?? throw new NotSupportedException($"{type.Name} is not in the JSON context."));

    public AwsError ReadError(Stream body, IWebResponseData http, HttpStatusCode status)
    {
        try
        {
            using var bytes = new MemoryStream(BoundedRead.AsBytes(body, MaxErrorBytes));
            using var reader = XmlReader.Create(bytes, Ec2XmlReader.Settings);
            var root = XElement.Load(reader);
            var error = root.Descendants().FirstOrDefault(element => element.Name.LocalName == "Error");
            var code = Text(error, "Code");
            return code is null
                ? AwsError.Unreadable(status)
                : new AwsError(code, Text(error, "Message") ?? code, Text(root, "RequestID") ?? Text(root, "RequestId"));
        }
        catch (XmlException)
        {
            return AwsError.Unreadable(status);
        }
    }

    // A list has no level of its own: Filters = [{Name, Values}] is Filter.1.Name and Filter.1.Value.1.
    private static IEnumerable<KeyValuePair<string, string>> Flatten(string name, JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => value.EnumerateObject().SelectMany(member => Flatten(Join(name, member.Name), member.Value)),
        JsonValueKind.Array => value.EnumerateArray().SelectMany(
            (item, index) => Flatten(Join(name, (index + 1).ToString(CultureInfo.InvariantCulture)), item)),
        JsonValueKind.String => [new(name, value.GetString()!)],
        _ => [new(name, value.GetRawText())],
    };

    private static string Join(string prefix, string name) => prefix.Length == 0 ? name : $"{prefix}.{name}";

    private static string? Text(XElement? parent, string name) =>
        parent?.Elements().FirstOrDefault(element => element.Name.LocalName == name)?.Value.Trim();
}

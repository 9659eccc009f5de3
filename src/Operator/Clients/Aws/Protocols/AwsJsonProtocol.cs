using System.Collections;
using System.Net;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Amazon.Runtime.Internal;
using Amazon.Runtime.Internal.Transform;

namespace Operator.Clients.Aws.Protocols;

/// <summary>AWS JSON 1.1: the operation in a header, JSON both ways. Empty lists are not sent, as with the official SDK: some calls refuse them.</summary>
/// <param name="targetPrefix">The service's name in that header, such as <c>AmazonSSM</c>.</param>
/// <param name="json">Knows the records of every operation.</param>
internal sealed class AwsJsonProtocol(string targetPrefix, JsonSerializerContext json) : IAwsProtocol
{
    private const int MaxErrorBytes = 64 * 1024;

    private readonly JsonSerializerOptions _options = new(json.Options)
    {
        TypeInfoResolver = ((IJsonTypeInfoResolver)json).WithAddedModifier(SkipEmptyLists),
    };

    public void WriteRequest(IRequest http, string operation, object request)
    {
        http.Headers["X-Amz-Target"] = $"{targetPrefix}.{operation}";
        http.Headers["Content-Type"] = "application/x-amz-json-1.1";
        http.Content = JsonSerializer.SerializeToUtf8Bytes(request, _options.GetTypeInfo(request.GetType()));
    }

    public object ReadResponse(Stream body, Type type) =>
        JsonSerializer.Deserialize(body, _options.GetTypeInfo(type)) ?? throw new JsonException("The answer is null.");

    public AwsError ReadError(Stream body, IWebResponseData http, HttpStatusCode status)
    {
        var requestId = http.GetHeaderValue("x-amzn-RequestId");
        var header = http.GetHeaderValue("x-amzn-ErrorType");
        var (type, message) = ReadBody(body);
        var code = string.IsNullOrEmpty(header) ? type : header;
        return string.IsNullOrEmpty(code)
            ? AwsError.Unreadable(status) with { RequestId = requestId }
            : new AwsError(ShortName(code), message ?? ShortName(code), requestId);
    }

    private static void SkipEmptyLists(JsonTypeInfo type)
    {
        foreach (var list in type.Properties.Where(member => typeof(ICollection).IsAssignableFrom(member.PropertyType)))
        {
            list.ShouldSerialize = (_, value) => value is ICollection { Count: > 0 };
        }
    }

    // The code comes bare, with the service's name before it or with a documentation address behind it:
    // ParameterNotFound, com.amazonaws.ssm#ParameterNotFound, ParameterNotFound:http://internal.amazon.com/…
    private static string ShortName(string code)
    {
        var name = code.Split(':', 2)[0];
        return name[(name.LastIndexOf('#') + 1)..];
    }

    private static (string? Type, string? Message) ReadBody(Stream body)
    {
        try
        {
            using var document = JsonDocument.Parse(BoundedRead.AsBytes(body, MaxErrorBytes));
            return (Text(document, "__type") ?? Text(document, "code"), Text(document, "message") ?? Text(document, "Message"));
        }
        catch (JsonException)
        {
            return (null, null);
        }
    }

    private static string? Text(JsonDocument document, string name) =>
        document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty(name, out var value)
        && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;
}

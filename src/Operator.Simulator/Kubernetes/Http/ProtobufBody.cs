using System.Text;
using System.Text.Json.Nodes;
using Operator.Simulator.Kubernetes.Errors;

namespace Operator.Simulator.Kubernetes.Http;

/// <summary>
/// Reads the protobuf bodies that <c>kubectl create</c> and <c>kubectl auth</c> send for built-in kinds, however the server answers.
/// Every other client, and <c>kubectl</c> for everything else, sends JSON. Answers are always JSON, which all of them take.
/// </summary>
internal static class ProtobufBody
{
    public const string MediaType = "application/vnd.kubernetes.protobuf";

    private enum WireType
    {
        Number = 0,
        Bytes = 2,
    }

    /// <summary>Reads an object: a magic number, then an envelope that says the kind.</summary>
    public static JsonObject Read(ReadOnlySpan<byte> body)
    {
        if (!body.StartsWith("k8s\0"u8))
        {
            throw ApiErrors.BadRequest("the protobuf body does not begin with its magic number");
        }

        var envelope = ReadMessage(body[4..], ProtobufKinds.Envelope);
        var kind = envelope["typeMeta"]?["kind"]?.ToString() ?? "";
        if (!ProtobufKinds.ByKind.TryGetValue(kind, out var fields))
        {
            throw ApiErrors.UnsupportedMediaType($"{MediaType} for {kind}");
        }

        var item = ReadMessage(Convert.FromBase64String(envelope["raw"]?.ToString() ?? ""), fields);
        item["apiVersion"] = envelope["typeMeta"]?["apiVersion"]?.DeepClone();
        item["kind"] = kind;
        return item;
    }

    private static JsonObject ReadMessage(ReadOnlySpan<byte> bytes, IReadOnlyDictionary<int, ProtobufField> fields)
    {
        var message = new JsonObject();
        while (!bytes.IsEmpty)
        {
            var tag = ReadNumber(ref bytes);
            var field = fields.GetValueOrDefault((int)(tag >> 3));
            switch ((WireType)(tag & 7))
            {
                case WireType.Number:
                    var number = ReadNumber(ref bytes);
                    field?.Add(message, field.Type == ProtobufType.Flag ? number != 0 : (long)number);
                    break;
                case WireType.Bytes:
                    var length = (int)ReadNumber(ref bytes);
                    field?.Add(message, ReadValue(bytes[..length], field));
                    bytes = bytes[length..];
                    break;
                default:
                    throw ApiErrors.BadRequest("the protobuf body has a field of an unknown wire type");
            }
        }

        return message;
    }

    // A string or message that was not given is written as an empty one.
    private static JsonNode? ReadValue(ReadOnlySpan<byte> bytes, ProtobufField field) => field.Type switch
    {
        ProtobufType.Bytes => Convert.ToBase64String(bytes),
        ProtobufType.Message => ReadMessage(bytes, field.Fields) is { Count: > 0 } message ? message : null,
        _ => bytes.IsEmpty ? null : Encoding.UTF8.GetString(bytes),
    };

    private static ulong ReadNumber(ref ReadOnlySpan<byte> bytes)
    {
        ulong number = 0;
        for (var shift = 0; shift < 64 && !bytes.IsEmpty; shift += 7)
        {
            var next = bytes[0];
            bytes = bytes[1..];
            number |= (ulong)(next & 0x7f) << shift;
            if (next < 0x80)
            {
                return number;
            }
        }

        throw ApiErrors.BadRequest("the protobuf body ends within a number");
    }
}

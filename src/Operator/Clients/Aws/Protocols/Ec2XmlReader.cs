using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Xml;

namespace Operator.Clients.Aws.Protocols;

/// <summary>
/// Reads EC2's XML along the JSON contract of a record: only the contract tells a list from an object and a number from a text.
/// Elements without a member are skipped, so EC2 may add to its answers.
/// </summary>
internal static class Ec2XmlReader
{
    public static readonly XmlReaderSettings Settings = new()
    {
        DtdProcessing = DtdProcessing.Prohibit,
        XmlResolver = null,
        IgnoreComments = true,
        IgnoreProcessingInstructions = true,
        IgnoreWhitespace = true,
    };

    public static object Read(Stream xml, JsonTypeInfo type)
    {
        using var reader = XmlReader.Create(xml, Settings);
        reader.MoveToContent();
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            Convert(reader, writer, type);
        }

        return JsonSerializer.Deserialize(buffer.WrittenSpan, type) ?? throw new XmlException("The answer is empty.");
    }

    // Each call begins on an element's start and ends behind its end.
    private static void Convert(XmlReader xml, Utf8JsonWriter json, JsonTypeInfo type)
    {
        switch (type.Kind)
        {
            case JsonTypeInfoKind.Object:
                json.WriteStartObject();
                ForEachChild(xml, () => ConvertMember(xml, json, type));
                json.WriteEndObject();
                break;
            case JsonTypeInfoKind.Enumerable:
                var elementType = type.Options.GetTypeInfo(type.ElementType!);
                json.WriteStartArray();
                ForEachChild(xml, () => Convert(xml, json, elementType));
                json.WriteEndArray();
                break;
            default:
                ConvertScalar(xml.ReadElementContentAsString(), json, type.Type);
                break;
        }
    }

    private static void ConvertMember(XmlReader xml, Utf8JsonWriter json, JsonTypeInfo type)
    {
        // EC2's answers begin names in lower case, its requests in upper case; records that both use have one name.
        var member = type.Properties.FirstOrDefault(property => property.Name.Equals(xml.LocalName, StringComparison.OrdinalIgnoreCase));
        if (member is null)
        {
            xml.Skip();
            return;
        }

        json.WritePropertyName(member.Name);
        Convert(xml, json, type.Options.GetTypeInfo(member.PropertyType));
    }

    private static void ForEachChild(XmlReader xml, Action convert)
    {
        if (xml.IsEmptyElement)
        {
            xml.Read();
            return;
        }

        xml.ReadStartElement();
        while (xml.MoveToContent() == XmlNodeType.Element)
        {
            convert();
        }

        xml.ReadEndElement();
    }

    private static void ConvertScalar(string text, Utf8JsonWriter json, Type type)
    {
        if (type == typeof(string))
        {
            json.WriteStringValue(text);
        }
        else if (text.Length == 0)
        {
            json.WriteNullValue();
        }
        else if (type == typeof(bool?) || type == typeof(bool))
        {
            // In any case of letters, as the official SDK reads it.
            json.WriteBooleanValue(bool.Parse(text));
        }
        else
        {
            json.WriteStringValue(text);
        }
    }
}

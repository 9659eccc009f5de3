using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Operator.Entities.Kubernetes;

/// <summary>A number or a text, such as <c>2</c> or <c>10%</c>; serialized the way it was read.</summary>
/// <param name="Value">The text, or the number in digits.</param>
/// <param name="IsNumber">Whether it is a JSON number.</param>
[JsonConverter(typeof(IntOrStringConverter))]
public sealed record IntOrString(string Value, bool IsNumber = false)
{
    /// <summary>A text.</summary>
    public static implicit operator IntOrString(string text) => FromString(text);

    /// <summary>A number.</summary>
    public static implicit operator IntOrString(int number) => FromInt32(number);

    /// <summary>A text.</summary>
    public static IntOrString FromString(string text) => new(text);

    /// <summary>A number.</summary>
    public static IntOrString FromInt32(int number) => new(number.ToString(CultureInfo.InvariantCulture), IsNumber: true);
}

/// <summary>Reads and writes both forms.</summary>
internal sealed class IntOrStringConverter : JsonConverter<IntOrString>
{
    public override IntOrString Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.Number ? IntOrString.FromInt32(reader.GetInt32()) : new(reader.GetString() ?? "");

    public override void Write(Utf8JsonWriter writer, IntOrString value, JsonSerializerOptions options)
    {
        if (value.IsNumber)
        {
            writer.WriteRawValue(value.Value);
        }
        else
        {
            writer.WriteStringValue(value.Value);
        }
    }
}

using System.Text.Json;
using System.Text.Json.Serialization;

namespace Operator.Runtime.Client;

/// <summary>
/// Deserializes equal strings to the same instance: among thousands of objects most strings are the same few (names of pools, zones and
/// types, reasons and messages of conditions). A fixed-size table in which a string is replaced by the next one for its slot, so unique
/// strings are not retained.
/// </summary>
internal sealed class SharedStringConverter : JsonConverter<string>
{
    private const int Slots = 4096;
    private const int MaxBytes = 256;

    // References are read and written atomically: the last writer wins, and no lock is needed.
    private readonly string?[] _known = new string?[Slots];

    public override string? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.Null ? null : Share(ref reader);

    public override string ReadAsPropertyName(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => Share(ref reader);

    public override void Write(Utf8JsonWriter writer, string value, JsonSerializerOptions options) => writer.WriteStringValue(value);

    public override void WriteAsPropertyName(Utf8JsonWriter writer, string value, JsonSerializerOptions options) => writer.WritePropertyName(value);

    private string Share(ref Utf8JsonReader reader)
    {
        if (reader.TokenType is not (JsonTokenType.String or JsonTokenType.PropertyName))
        {
            throw new JsonException($"A text is wanted, not {reader.TokenType}.");
        }

        var length = reader.HasValueSequence ? reader.ValueSequence.Length : reader.ValueSpan.Length;
        if (length > MaxBytes)
        {
            return reader.GetString()!;
        }

        Span<char> text = stackalloc char[MaxBytes];
        text = text[..reader.CopyString(text)];
        var slot = (uint)string.GetHashCode(text, StringComparison.Ordinal) % Slots;
        if (_known[slot] is { } known && text.SequenceEqual(known))
        {
            return known;
        }

        return _known[slot] = text.ToString();
    }
}

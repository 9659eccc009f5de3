using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Operator.GitHub;

/// <summary>The readable part of a list.</summary>
/// <typeparam name="T">The elements.</typeparam>
internal sealed class ReadList<T> : List<T>
{
    /// <summary>What was wrong with the first skipped element; null if none was skipped.</summary>
    public string? Skipped { get; set; }
}

/// <summary>Reads a list element by element, skipping nulls and unreadable elements.</summary>
/// <typeparam name="T">The elements.</typeparam>
internal sealed class LenientList<T> : JsonConverter<IReadOnlyList<T>>
{
    public override IReadOnlyList<T> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            throw new JsonException("not a list");
        }

        var type = (JsonTypeInfo<T>)options.GetTypeInfo(typeof(T));
        var read = new ReadList<T>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            var (item, problem) = ReadOne(ref reader, type);
            read.Skipped ??= problem;
            if (problem is null)
            {
                read.Add(item!);
            }
        }

        return read;
    }

    public override void Write(Utf8JsonWriter writer, IReadOnlyList<T> value, JsonSerializerOptions options)
    {
        var type = (JsonTypeInfo<T>)options.GetTypeInfo(typeof(T));
        writer.WriteStartArray();
        foreach (var item in value)
        {
            JsonSerializer.Serialize(writer, item, type);
        }

        writer.WriteEndArray();
    }

    private static (T? Item, string? Problem) ReadOne(ref Utf8JsonReader reader, JsonTypeInfo<T> type)
    {
        var start = reader;
        try
        {
            var item = JsonSerializer.Deserialize(ref reader, type);
            return (item, item is null ? "null" : null);
        }
        catch (JsonException exception)
        {
            reader = start;
            reader.Skip();
            return (default, exception.Path ?? "$");
        }
    }
}

/// <summary>Reads a number, also in quotes; anything else is 0.</summary>
internal sealed class LenientInt64 : JsonConverter<long>
{
    public override bool HandleNull => true;

    public override long Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => LenientValue.Int64(ref reader) ?? 0;

    public override void Write(Utf8JsonWriter writer, long value, JsonSerializerOptions options) => writer.WriteNumberValue(value);
}

/// <summary>Reads a number, also in quotes; anything else is null.</summary>
internal sealed class LenientOptionalInt64 : JsonConverter<long?>
{
    public override long? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => LenientValue.Int64(ref reader);

    public override void Write(Utf8JsonWriter writer, long? value, JsonSerializerOptions options) => LenientValue.Write(writer, value);
}

/// <summary>Reads a count within bounds; anything else is unknown.</summary>
internal sealed class LenientCount : JsonConverter<int?>
{
    /// <summary>More than any scale set has; the sum of several does not overflow.</summary>
    public const int Most = 1_000_000;

    public override int? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        LenientValue.Number(ref reader) is { } number ? (int)Math.Clamp(number, 0, Most) : null;

    public override void Write(Utf8JsonWriter writer, int? value, JsonSerializerOptions options) => LenientValue.Write(writer, value);
}

/// <summary>Reads a time; anything else is null.</summary>
internal sealed class LenientTime : JsonConverter<DateTimeOffset?>
{
    public override DateTimeOffset? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.String)
        {
            return reader.TryGetDateTimeOffset(out var time) ? time : null;
        }

        reader.Skip();
        return null;
    }

    public override void Write(Utf8JsonWriter writer, DateTimeOffset? value, JsonSerializerOptions options)
    {
        if (value is { } time)
        {
            writer.WriteStringValue(time);
        }
        else
        {
            writer.WriteNullValue();
        }
    }
}

/// <summary>Reads a text; anything else is kept as raw JSON.</summary>
internal sealed class LenientText : JsonConverter<string>
{
    public override string? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.String)
        {
            return reader.GetString();
        }

        using var other = JsonDocument.ParseValue(ref reader);
        return other.RootElement.GetRawText();
    }

    public override void Write(Utf8JsonWriter writer, string value, JsonSerializerOptions options) => writer.WriteStringValue(value);
}

/// <summary>Reads an object; anything else is null.</summary>
/// <typeparam name="T">The object.</typeparam>
internal sealed class LenientObject<T> : JsonConverter<T>
    where T : class
{
    public override T? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.StartObject)
        {
            return JsonSerializer.Deserialize(ref reader, (JsonTypeInfo<T>)options.GetTypeInfo(typeof(T)));
        }

        reader.Skip();
        return null;
    }

    public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) =>
        JsonSerializer.Serialize(writer, value, (JsonTypeInfo<T>)options.GetTypeInfo(typeof(T)));
}

/// <summary>Reads numbers in any notation.</summary>
internal static class LenientValue
{
    public static long? Int64(ref Utf8JsonReader reader)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.Number:
                return reader.TryGetInt64(out var number) ? number : null;
            case JsonTokenType.String:
                return long.TryParse(reader.GetString(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var quoted) ? quoted : null;
            default:
                reader.Skip();
                return null;
        }
    }

    public static double? Number(ref Utf8JsonReader reader)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.Number:
                return reader.TryGetDouble(out var number) ? number : null;
            case JsonTokenType.String:
                return double.TryParse(reader.GetString(), NumberStyles.Float, CultureInfo.InvariantCulture, out var quoted) && !double.IsNaN(quoted) ? quoted : null;
            default:
                reader.Skip();
                return null;
        }
    }

    public static void Write(Utf8JsonWriter writer, long? value)
    {
        if (value is { } number)
        {
            writer.WriteNumberValue(number);
        }
        else
        {
            writer.WriteNullValue();
        }
    }
}

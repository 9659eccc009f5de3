using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Operator.Runtime.Client.Models;

namespace Operator.Runtime.Client;

/// <summary>JSON in Kubernetes' style: camelCase, absent values omitted, times in UTC.</summary>
public static class KubernetesJson
{
    /// <summary>Options for the built-in kinds in use and those of the given source-generated contexts.</summary>
    public static JsonSerializerOptions CreateOptions(params IReadOnlyList<IJsonTypeInfoResolver> resolvers)
    {
        var options = new JsonSerializerOptions
        {
            PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
            DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
            TypeInfoResolver = JsonTypeInfoResolver.Combine([.. resolvers, RuntimeJsonContext.Default, DefinitionJsonContext.Default]),
            Converters = { new TimeConverter(), new MicroTimeConverter(), new SharedStringConverter() },
        };
        options.MakeReadOnly();
        return options;
    }

    internal static JsonTypeInfo<T> TypeInfo<T>(this JsonSerializerOptions options) =>
        (JsonTypeInfo<T>)options.GetTypeInfo(typeof(T));
}

/// <summary>Times of the built-in kinds. <c>meta/v1 MicroTime</c> requires six digits, which <c>meta/v1 Time</c> accepts too.</summary>
internal sealed class MicroTimeConverter : JsonConverter<DateTime>
{
    public override DateTime Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.GetDateTimeOffset().UtcDateTime;

    public override void Write(Utf8JsonWriter writer, DateTime value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture));
}

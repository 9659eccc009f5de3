using System.Text.Json;
using System.Text.Json.Serialization;

namespace Operator.Clients.Ssm;

/// <summary>AWS JSON writes times as seconds since 1970, with a fraction.</summary>
internal sealed class UnixSecondsConverter : JsonConverter<DateTime>
{
    public override DateTime Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        OutsideTimes.FromUnixSeconds(reader.GetDouble()).UtcDateTime;

    public override void Write(Utf8JsonWriter writer, DateTime value, JsonSerializerOptions options) =>
        writer.WriteNumberValue((value.ToUniversalTime() - DateTime.UnixEpoch).TotalSeconds);
}

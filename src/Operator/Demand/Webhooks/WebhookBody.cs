using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Operator.Demand.Webhooks;

/// <summary>The body of a verified delivery.</summary>
internal static class WebhookBody
{
    /// <summary>Reads it; null where it is not what the event's should be.</summary>
    public static T? Read<T>(byte[] body, JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize(body, type);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

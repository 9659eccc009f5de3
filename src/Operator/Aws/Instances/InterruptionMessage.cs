using System.Text.Json;
using System.Text.RegularExpressions;

namespace Operator.Aws.Instances;

/// <summary>A message of the interruption queue.</summary>
/// <param name="InstanceId">The instance concerned; null for none.</param>
/// <param name="Notice">The notice; null for another event.</param>
internal sealed partial record InterruptionMessage(string? InstanceId, InterruptionNotice? Notice)
{
    /// <summary>An unrelated event that matched someone's rule.</summary>
    private static readonly InterruptionMessage Other = new(InstanceId: null, Notice: null);

    /// <summary>EventBridge's events are at most 256 KiB.</summary>
    private const int MostOfBody = 256 * 1024;

    /// <summary>Parses a message: an EventBridge event, as it is or wrapped by SNS.</summary>
    /// <param name="body">The body.</param>
    /// <returns>Null if it cannot be parsed.</returns>
    public static InterruptionMessage? Parse(string? body)
    {
        try
        {
            if (body is not { Length: > 0 and <= MostOfBody })
            {
                return null;
            }

            using var document = JsonDocument.Parse(body);
            if (Text(document.RootElement, "detail-type") is null && Text(document.RootElement, "Message") is { } wrapped)
            {
                using var inner = JsonDocument.Parse(wrapped);
                return Of(inner.RootElement);
            }

            return Of(document.RootElement);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static InterruptionMessage? Of(JsonElement root)
    {
        if (Text(root, "detail-type") is not { } type || Text(root, "source") is not { } source)
        {
            return null;
        }

        var reason = source != "aws.ec2" ? null : type switch
        {
            "EC2 Spot Instance Interruption Warning" => InterruptionNotice.Spot,
            "EC2 Instance Rebalance Recommendation" => InterruptionNotice.Rebalance,
            _ => null,
        };
        if (reason is null)
        {
            return Other;
        }

        return root.TryGetProperty("detail", out var detail) && Text(detail, "instance-id") is { } id && InstanceIdPattern().IsMatch(id)
            ? new(id, new(reason, NoticeSource.EventBridge, reason == InterruptionNotice.Spot ? EndOf(root) : null))
            : null;
    }

    // The event is sent when the notice is given.
    private static DateTimeOffset? EndOf(JsonElement root) =>
        root.TryGetProperty("time", out var time) && time.ValueKind == JsonValueKind.String && time.TryGetDateTimeOffset(out var at) ? at + InterruptionNotice.Time : null;

    private static string? Text(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    [GeneratedRegex(@"^i-[0-9a-f]{8,17}\z", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex InstanceIdPattern();
}

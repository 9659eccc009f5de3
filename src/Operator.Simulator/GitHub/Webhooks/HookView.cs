using System.Text;
using System.Text.Json.Nodes;
using Operator.Simulator.GitHub.Jobs;

namespace Operator.Simulator.GitHub.Webhooks;

/// <summary>Webhooks and their deliveries as the API shows them.</summary>
internal static class HookView
{
    public static JsonObject ToJson(WebhookRecord hook, Uri api)
    {
        var url = hook.Place is { } place ? $"{api}{place.Path}/hooks/{hook.Id}" : $"{api}app/hook";
        var view = new JsonObject
        {
            ["type"] = hook.Place is null ? "App" : hook.Place.IsRepository ? "Repository" : "Organization",
            ["id"] = hook.Id,
            ["name"] = "web",
            ["active"] = true,
            ["events"] = new JsonArray([.. hook.Events.Select(name => (JsonNode?)name)]),
            ["config"] = ConfigOf(hook),
            ["updated_at"] = JobView.Time(hook.CreatedAt),
            ["created_at"] = JobView.Time(hook.CreatedAt),
            ["url"] = url,
            ["ping_url"] = $"{url}/pings",
            ["deliveries_url"] = $"{url}/deliveries",
        };
        if (hook.Place is { IsRepository: true })
        {
            view["test_url"] = $"{url}/test";
            view["last_response"] = new JsonObject { ["code"] = null, ["status"] = "unused", ["message"] = null };
        }

        return view;
    }

    public static JsonObject ConfigOf(WebhookRecord hook)
    {
        var config = new JsonObject { ["content_type"] = "json", ["insecure_ssl"] = "0", ["url"] = hook.Url.AbsoluteUri };
        if (hook.Secret is not null)
        {
            config["secret"] = "********";
        }

        return config;
    }

    /// <summary>A delivery in the list.</summary>
    /// <param name="delivery">Which.</param>
    public static JsonObject ToJson(DeliveryRecord delivery) => new()
    {
        ["id"] = delivery.Id,
        ["guid"] = delivery.Guid.ToString(),
        ["delivered_at"] = JobView.Time(delivery.DeliveredAt),
        ["redelivery"] = delivery.IsRedelivery,
        ["duration"] = Math.Round(delivery.Duration.TotalSeconds, 2),
        ["status"] = delivery.Status,
        ["status_code"] = delivery.StatusCode,
        ["event"] = delivery.Event,
        ["action"] = delivery.Action,
        ["installation_id"] = delivery.InstallationId,
        ["repository_id"] = delivery.RepositoryId,
        ["throttled_at"] = null,
    };

    /// <summary>A delivery with its request and response.</summary>
    /// <param name="delivery">Which.</param>
    public static JsonObject Whole(DeliveryRecord delivery)
    {
        var view = ToJson(delivery);
        var headers = new JsonObject { ["Content-Type"] = "application/json" };
        foreach (var (name, value) in WebhookCourier.HeadersOf(delivery))
        {
            headers[name] = value;
        }

        view["url"] = delivery.Hook.Url.AbsoluteUri;
        view["request"] = new JsonObject { ["headers"] = headers, ["payload"] = JsonNode.Parse(Encoding.UTF8.GetString(delivery.Payload)) };
        view["response"] = new JsonObject { ["headers"] = new JsonObject(), ["payload"] = delivery.Answer };
        return view;
    }
}

using System.Text.Json;
using System.Text.Json.Nodes;
using Operator.Simulator.GitHub.Web;

namespace Operator.Simulator.GitHub.Webhooks;

/// <summary>Webhooks of organizations, repositories and Apps, their deliveries, and requests for redelivery.</summary>
/// <param name="desk">The webhooks.</param>
internal sealed class HookEndpoints(WebhookService desk)
{
    private static readonly TimeSpan Kept = TimeSpan.FromDays(3);
    private static readonly string[] Scopes = ["repos/{owner}/{repository}", "orgs/{owner}"];

    public IEnumerable<GitHubEndpoint> All() => Scopes.SelectMany(InScope).Concat(
    [
        new("GetAppHookConfig", "GET", "app/hook/config", Audience.App, request => With(request, hook => GitHubReply.Json(200, HookView.ConfigOf(hook)))),
        .. Deliveries("app/hook", Audience.App),
    ]);

    private IEnumerable<GitHubEndpoint> InScope(string scope)
    {
        var one = $"{scope}/hooks/{{hook:long}}";
        return
        [
            new("ListHooks", "GET", $"{scope}/hooks", Audience.Reader, List),
            new("CreateHook", "POST", $"{scope}/hooks", Audience.Reader, Create),
            new("GetHook", "GET", one, Audience.Reader, request => With(request, hook => GitHubReply.Json(200, HookView.ToJson(hook, request.Api)))),
            new("DeleteHook", "DELETE", one, Audience.Reader, request => With(request, Delete)),
            .. Deliveries(one, Audience.Reader),
        ];
    }

    private IEnumerable<GitHubEndpoint> Deliveries(string hook, Audience audience) =>
    [
        new("ListHookDeliveries", "GET", $"{hook}/deliveries", audience, request => With(request, found => ListDeliveries(request, found))),
        new("GetHookDelivery", "GET", $"{hook}/deliveries/{{delivery:long}}", audience, request => WithDelivery(request, found => GitHubReply.Json(200, HookView.Whole(found)))),
        new("RedeliverHook", "POST", $"{hook}/deliveries/{{delivery:long}}/attempts", audience, request => WithDelivery(request, Redeliver)),
    ];

    private GitHubReply List(GitHubRequest request)
    {
        var headers = new Dictionary<string, string>();
        var hooks = Paging.Page(request, [.. desk.All.Where(hook => hook.Place == request.Place)], headers);
        return GitHubReply.Json(200, new JsonArray([.. hooks.Select(hook => (JsonNode?)HookView.ToJson(hook, request.Api))])) with { Headers = headers };
    }

    private GitHubReply Create(GitHubRequest request)
    {
        try
        {
            var body = JsonElement.Parse(request.Body);
            var config = body.GetProperty("config");
            var url = new Uri(config.GetProperty("url").GetString()!, UriKind.Absolute);
            var secret = config.TryGetProperty("secret", out var value) ? value.GetString() : null;
            string[] events = body.TryGetProperty("events", out var names) ? [.. names.EnumerateArray().Select(name => name.GetString()!)] : ["push"];
            return GitHubReply.Json(201, HookView.ToJson(desk.Add(request.Place, null, url, secret, events), request.Api));
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException or InvalidOperationException or UriFormatException)
        {
            return GitHubReply.Error(422, "Validation Failed");
        }
    }

    private GitHubReply Delete(WebhookRecord hook)
    {
        desk.Remove(hook);
        return GitHubReply.NoContent;
    }

    // Newest first, and page by page from a cursor on.
    private static GitHubReply ListDeliveries(GitHubRequest request, WebhookRecord hook)
    {
        var headers = new Dictionary<string, string>();
        var cursor = long.TryParse(request.Query("cursor"), out var last) ? last : long.MaxValue;
        var size = Paging.SizeOf(request);
        var found = Enumerable.Reverse(hook.Deliveries)
            .Where(delivery => delivery.Id < cursor && delivery.DeliveredAt > request.Now - Kept && Fits(delivery, request.Query("status")))
            .Take(size + 1).ToList();
        if (found.Count > size)
        {
            found.RemoveAt(size);
            headers["Link"] = Paging.Link(request, $"per_page={size}&cursor={found[^1].Id}", "next");
        }

        return GitHubReply.Json(200, new JsonArray([.. found.Select(delivery => (JsonNode?)HookView.ToJson(delivery))])) with { Headers = headers };
    }

    private static bool Fits(DeliveryRecord delivery, string? status) =>
        status is not ("success" or "failure") || status == (delivery.StatusCode is >= 200 and < 400 ? "success" : "failure");

    private GitHubReply Redeliver(DeliveryRecord delivery)
    {
        desk.Redeliver(delivery);
        return GitHubReply.Json(202, new JsonObject());
    }

    private GitHubReply WithDelivery(GitHubRequest request, Func<DeliveryRecord, GitHubReply> handle) => With(request, hook =>
        hook.Deliveries.Find(delivery => delivery.Id == long.Parse(request.Route("delivery"))) is { } found ? handle(found) : GitHubReply.NotFound);

    private GitHubReply With(GitHubRequest request, Func<WebhookRecord, GitHubReply> handle)
    {
        var found = request.App is { } app
            ? desk.All.FirstOrDefault(hook => hook.AppId == app.Id)
            : desk.All.FirstOrDefault(hook => hook.Place == request.Place && hook.Id == long.Parse(request.Route("hook")));
        return found is null ? GitHubReply.NotFound : handle(found);
    }
}

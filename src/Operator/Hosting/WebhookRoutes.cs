using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Operator.Demand.Webhooks;

namespace Operator.Hosting;

/// <summary>The webhook routes. They run on every replica, because storing events needs no leader.</summary>
internal static class WebhookRoutes
{
    public static void Map(WebApplication app)
    {
        var endpoint = app.Services.GetRequiredService<WebhookEndpoint>();
        endpoint.IsReady = () => app.Services.GetRequiredService<ControllerManager>().HasSynced;
        app.Map(WebhookEndpoint.Path, (RequestDelegate)endpoint.HandleAsync);
    }
}

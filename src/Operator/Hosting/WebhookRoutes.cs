using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Operator.Demand.Webhooks;

namespace Operator.Hosting;

/// <summary>The webhook routes. They run on every replica, because storing events needs no leader.</summary>
internal static class WebhookRoutes
{
    /// <summary>The addresses to listen on; webhooks may have a separate one.</summary>
    public static string[] Addresses(OperatorOptions options) =>
        options.WebhookListenOn is { } own ? [options.ListenOn, own] : [options.ListenOn];

    public static void Map(WebApplication app, OperatorOptions options)
    {
        var endpoint = app.Services.GetRequiredService<WebhookEndpoint>();
        endpoint.IsReady = () => app.Services.GetRequiredService<ControllerManager>().HasSynced;
        if (options.WebhookListenOn is { } own && BindingAddress.Parse(own).Port is > 0 and var port)
        {
            // The internet-facing address serves only webhooks, and webhooks are served only there.
            app.Use((context, next) => context.Connection.LocalPort == port == IsWebhook(context.Request) ? next(context) : NotFoundAsync(context));
        }

        app.Map(WebhookEndpoint.Path, (RequestDelegate)endpoint.HandleAsync);
    }

    private static bool IsWebhook(HttpRequest request) => request.Path.StartsWithSegments(WebhookEndpoint.Path, StringComparison.OrdinalIgnoreCase);

    private static Task NotFoundAsync(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    }
}

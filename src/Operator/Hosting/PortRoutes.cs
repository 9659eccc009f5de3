using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Operator.Demand.Webhooks;

namespace Operator.Hosting;

/// <summary>Which addresses serve what: what faces the internet has an address of its own that serves nothing else, and is served only there.</summary>
internal static class PortRoutes
{
    private static readonly string[] LeaseApi = ["/v1", "/openapi"];

    /// <summary>The addresses to listen on; webhooks may have a separate one, and the lease API has.</summary>
    public static string[] Addresses(OperatorOptions options) =>
        [options.ListenOn, .. new[] { options.WebhookListenOn, options.LeaseApiListenOn }.OfType<string>()];

    /// <summary>Answers 404 to what is asked for at another address than its own.</summary>
    public static void Use(WebApplication app, OperatorOptions options)
    {
        var (webhooks, leases) = (PortOf(options.WebhookListenOn), PortOf(options.LeaseApiListenOn));
        if (webhooks is not null || leases is not null)
        {
            app.Use((context, next) => IsAtItsAddress(context, webhooks, leases) ? next(context) : NotFoundAsync(context));
        }
    }

    private static bool IsAtItsAddress(HttpContext context, int? webhooks, int? leases)
    {
        var (port, path) = (context.Connection.LocalPort, context.Request.Path);
        var own = path.StartsWithSegments(WebhookEndpoint.Path, StringComparison.OrdinalIgnoreCase) ? webhooks
            : Array.Exists(LeaseApi, prefix => path.StartsWithSegments(prefix, StringComparison.OrdinalIgnoreCase)) ? leases
            : null;
        return own is not null ? port == own : port != webhooks && port != leases;
    }

    private static int? PortOf(string? address) => address is not null && BindingAddress.Parse(address).Port is > 0 and var port ? port : null;

    private static Task NotFoundAsync(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    }
}

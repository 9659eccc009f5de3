using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Operator.Demand.PendingJobs;
using Operator.Demand.Webhooks;

namespace Operator.Hosting;

/// <summary>Which addresses serve what: what faces the internet has an address of its own that serves nothing else, and is served only there.</summary>
internal static class PortRoutes
{
    private static readonly string[] Webhooks = [GitHubWebhooks.Path, GitLabWebhooks.Path];
    private static readonly string[] LeaseApi = ["/v1", "/openapi"];
    private static readonly string[] Dashboard = ["/api", "/assets", "/favicon.svg"];

    /// <summary>The addresses to listen on; webhooks may have a separate one, the lease API and the dashboard have.</summary>
    public static string[] Addresses(OperatorOptions options) =>
        [options.ListenOn, .. new[] { options.WebhookListenOn, options.LeaseApiListenOn, options.DashboardListenOn }.OfType<string>()];

    /// <summary>Answers 404 to what is asked for at another address than its own.</summary>
    public static void Use(WebApplication app, OperatorOptions options)
    {
        var own = new OwnPorts(PortOf(options.WebhookListenOn), PortOf(options.LeaseApiListenOn), PortOf(options.DashboardListenOn));
        if (own != new OwnPorts(null, null, null))
        {
            app.Use((context, next) => IsAtItsAddress(context, own) ? next(context) : NotFoundAsync(context));
        }
    }

    private static bool IsAtItsAddress(HttpContext context, OwnPorts ports)
    {
        var (port, path) = (context.Connection.LocalPort, context.Request.Path);
        var own = IsBelow(path, Webhooks) ? ports.Webhooks
            : IsBelow(path, LeaseApi) ? ports.Leases
            : IsBelow(path, Dashboard) || path.Value is null or "" or "/" ? ports.Dashboard
            : null;
        return own is not null ? port == own : port != ports.Webhooks && port != ports.Leases && port != ports.Dashboard;
    }

    private static bool IsBelow(PathString path, string[] prefixes) => Array.Exists(prefixes, prefix => path.StartsWithSegments(prefix, StringComparison.OrdinalIgnoreCase));

    private static int? PortOf(string? address) => address is not null && BindingAddress.Parse(address).Port is > 0 and var port ? port : null;

    private static Task NotFoundAsync(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    }

    private sealed record OwnPorts(int? Webhooks, int? Leases, int? Dashboard);
}

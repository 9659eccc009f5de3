using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Operator.Dashboard;
using Operator.Dashboard.Access;

namespace Operator.Hosting;

/// <summary>Registers the dashboard and its routes. Every replica serves it from its caches.</summary>
internal static class DashboardServices
{
    public static IServiceCollection AddDashboard(this IServiceCollection services, OperatorOptions options) => options.DashboardListenOn is null ? services : services
        .AddSingleton(options.Dashboard)
        .AddSingleton(provider => new DashboardClock(provider.GetRequiredService<OperatorDependencies>().NetworkTime ?? provider.GetRequiredService<TimeProvider>()))
        .AddSingleton<DashboardJournal>()
        .AddSingleton<DashboardReader>()
        .AddSingleton<ViewerAccess>()
        .AddSingleton<DashboardStreams>()
        .AddSingleton<DashboardEndpoints>();

    public static void Map(WebApplication app, OperatorOptions options)
    {
        if (options.DashboardListenOn is null)
        {
            return;
        }

        var endpoints = app.Services.GetRequiredService<DashboardEndpoints>();
        endpoints.IsReady = () => app.Services.GetRequiredService<ControllerManager>().HasSynced;
        Get(app, "/", context => endpoints.FileAsync(context, "index.html"));
        Get(app, "/favicon.svg", context => endpoints.FileAsync(context, "favicon.svg"));
        Get(app, "/assets/{file}", context => endpoints.FileAsync(context, $"assets/{context.Request.RouteValues["file"]}"));
        Get(app, "/api/v1/session", endpoints.SessionAsync);
        app.MapPost("/api/v1/session", (RequestDelegate)endpoints.SignInAsync).ExcludeFromDescription();
        app.MapDelete("/api/v1/session", (RequestDelegate)endpoints.SignOutAsync).ExcludeFromDescription();
        Get(app, "/api/v1/overview", endpoints.OverviewAsync);
        Get(app, "/api/v1/events", endpoints.EventsAsync);
        Get(app, "/api/v1/runners", endpoints.RunnersAsync);
        Get(app, "/api/v1/jobs", endpoints.JobsAsync);
        Get(app, "/api/v1/runnerleases/{namespace}/{name}", context => endpoints.RunnerAsync(context, KeyOf(context)));
        Get(app, "/api/v1/runnerpools/{namespace}/{name}", context => endpoints.PoolAsync(context, KeyOf(context)));
    }

    private static void Get(WebApplication app, string path, RequestDelegate handler) => app.MapGet(path, handler).ExcludeFromDescription();

    private static NamespacedName KeyOf(HttpContext context) => new($"{context.Request.RouteValues["namespace"]}", $"{context.Request.RouteValues["name"]}");
}

using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Operator.Demand.PendingJobs;
using Operator.Demand.Webhooks;

namespace Operator.Hosting;

/// <summary>The webhook routes. They run on every replica, because storing events needs no leader.</summary>
internal static class WebhookRoutes
{
    public static void Map(WebApplication app)
    {
        Map<GitHubWebhooks>(app, GitHubWebhooks.Path);
        Map<GitLabWebhooks>(app, GitLabWebhooks.Path);
    }

    private static void Map<TSource>(WebApplication app, string path)
        where TSource : IWebhookSource
    {
        var endpoint = ActivatorUtilities.CreateInstance<WebhookEndpoint>(app.Services, app.Services.GetRequiredService<TSource>());
        endpoint.IsReady = () => app.Services.GetRequiredService<ControllerManager>().HasSynced;
        app.Map(path, (RequestDelegate)endpoint.HandleAsync);
    }
}

using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Operator.Simulator.Network;

namespace Operator.Simulator.GitHub.Web;

/// <summary>The web server: every endpoint under both of GitHub's roots.</summary>
internal static class GitHubWeb
{
    private static readonly string[] Roots = ["/", "/api/v3/"];

    /// <summary>Starts it and returns its URL.</summary>
    /// <param name="pipeline">What calls go through.</param>
    /// <param name="endpoints">The calls.</param>
    /// <param name="network">Where it listens.</param>
    /// <param name="port">Its port; 0 for a free one.</param>
    public static async Task<(WebApplication Web, Uri Address)> StartAsync(
        GitHubPipeline pipeline, IReadOnlyList<GitHubEndpoint> endpoints, INetwork network, int port)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        network.Serve(builder.WebHost.ConfigureKestrel(kestrel => kestrel.AddServerHeader = false).UseUrls($"http://127.0.0.1:{port}"));
        builder.Services.AddRoutingCore();
        var web = builder.Build();
        web.UseRouting();
        foreach (var endpoint in endpoints)
        {
            foreach (var root in endpoint.IsService ? Roots.Take(1) : Roots)
            {
                web.MapMethods(root + endpoint.Pattern, [endpoint.Method], (RequestDelegate)(http => pipeline.HandleAsync(http, endpoint)));
            }
        }

        var unknown = new GitHubEndpoint("Unknown", "*", "*", Audience.Public, _ => GitHubReply.NotFound);
        web.MapFallback((RequestDelegate)(http => pipeline.HandleAsync(http, unknown)));
        await web.StartAsync();
        var address = web.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        return (web, new Uri(address + "/"));
    }
}

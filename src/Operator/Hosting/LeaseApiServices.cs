using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Operator.GitHub;
using Operator.LeaseApi;
using Operator.LeaseApi.Tokens;
using Operator.Observability;

namespace Operator.Hosting;

/// <summary>Registers the lease API and its routes. Every replica serves it, because taking and releasing are writes to the API server.</summary>
internal static class LeaseApiServices
{
    public static IServiceCollection AddLeaseApi(this IServiceCollection services, OperatorOptions options)
    {
        services.AddSingleton<LeaseApiMetrics>();
        return options.LeaseApiListenOn is null ? services : services
            .AddSingleton(options.LeaseApi)
            .AddSingleton(provider => new SigningKeys(
                () => Connect(provider.GetRequiredService<OperatorDependencies>(), provider.GetRequiredService<GitHubAddresses>(), provider.GetRequiredService<OperatorMetrics>()),
                provider.GetRequiredService<OperatorDependencies>().Time))
            .AddSingleton<WorkflowTokens>()
            .AddSingleton<LeaseSetChanges>()
            .AddSingleton<LeaseService>()
            .AddSingleton<RepositoryLimits>()
            .AddSingleton<LeaseEndpoints>()
            .ConfigureHttpJsonOptions(json => json.SerializerOptions.TypeInfoResolverChain.Insert(0, LeaseApiJson.Default))
            .AddOpenApi("v1", document => document.AddDocumentTransformer((description, _, _) =>
            {
                description.Info.Title = "ec2runners lease API";
                description.Info.Description = "Runners for a workflow run. Authenticate with the workflow's GitHub OIDC token: 'Authorization: Bearer TOKEN', with the address of this API as its audience.";
                description.Servers?.Clear();
                return Task.CompletedTask;
            }));
    }

    public static void Map(WebApplication app, OperatorOptions options)
    {
        if (options.LeaseApiListenOn is null)
        {
            return;
        }

        var endpoints = app.Services.GetRequiredService<LeaseEndpoints>();
        endpoints.IsReady = () => app.Services.GetRequiredService<ControllerManager>().HasSynced;
        Describe<LeaseAnswer>(app.MapPost("/v1/leases", (Delegate)((HttpContext context) => endpoints.TakeAsync(context))), "takeLease", "Take runners for this run: all of them, or none.", 201, 200)
            .Accepts<LeaseRequest>("application/json").ProducesProblem(409).ProducesProblem(413).ProducesProblem(422);
        Describe<LeaseList>(app.MapGet("/v1/leases", (Delegate)((HttpContext context) => endpoints.ListAsync(context))), "listLeases", "The leases of this run.", 200);
        Describe<LeaseAnswer>(
            app.MapGet("/v1/leases/{id}", (HttpContext context, string id, int? wait) => endpoints.LookAsync(context, id)),
            "getLease", "A lease of this run; with wait, once it is no longer being provisioned, or after so many seconds.", 200).ProducesProblem(404);
        Describe(app.MapDelete("/v1/leases/{id}", (HttpContext context, string id) => endpoints.ReleaseAsync(context, id)), "releaseLease", "Let a lease of this run go.").Produces(204);
        Describe(app.MapDelete("/v1/leases", (Delegate)((HttpContext context) => endpoints.ReleaseAsync(context, id: null))), "releaseLeases", "Let all leases of this run go.").Produces(204);
        Describe<RefreshAnswer>(app.MapPost("/v1/refresh", (Delegate)((HttpContext context) => endpoints.RefreshAsync(context))), "refreshPool", "Have a pool look at its image, the runner's version and its idle machines now.", 202)
            .Accepts<RefreshRequest>("application/json");
        app.MapOpenApi("/openapi/{documentName}.json");
    }

    private static RouteHandlerBuilder Describe<T>(RouteHandlerBuilder route, string name, string summary, params ReadOnlySpan<int> statuses)
    {
        foreach (var status in statuses)
        {
            route.Produces<T>(status);
        }

        return Describe(route, name, summary);
    }

    private static RouteHandlerBuilder Describe(RouteHandlerBuilder route, string name, string summary) =>
        route.WithName(name).WithSummary(summary).WithTags("leases").ProducesProblem(400).ProducesProblem(401).ProducesProblem(403).ProducesProblem(429).ProducesProblem(503);

    // To addresses that a GitHub may have, and without following where they lead.
    private static HttpClient Connect(OperatorDependencies dependencies, GitHubAddresses addresses, OperatorMetrics metrics) =>
        new(dependencies.WrapFor("oidc", metrics.Api)(addresses.Sockets())) { Timeout = Timeout.InfiniteTimeSpan };
}

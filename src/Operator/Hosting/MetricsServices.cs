using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Operator.Clients.GitHub;
using Operator.Controllers.GarbageCollection;
using Operator.Demand;
using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerPools;
using Operator.Metrics;

namespace Operator.Hosting;

/// <summary>Wires the instruments, and serves them on <c>/metrics</c>.</summary>
internal static class MetricsServices
{
    /// <summary>The instruments of a process. The exporter listens before any of them is made, so that it hears of every first 0.</summary>
    public static IServiceCollection AddMetrics(this IServiceCollection services, OperatorMetrics metrics) =>
        services
            .AddSingleton(_ => metrics) // by a factory, so that the host disposes of it
            .AddSingleton(_ => metrics.Exporter)
            .AddSingleton(_ => metrics.Runtime)
            .AddSingleton(metrics.Meter)
            .AddSingleton(provider => new DemandMetrics(metrics.Meter, provider.GetRequiredService<TimeProvider>()))
            .AddSingleton<LeaseOutcomes>()
            .AddSingleton<LifecycleMetrics>()
            .AddSingleton<OrphanReport>()
            .AddSingleton<IEventRecorder>(provider => new CountedEvents(
                provider.GetRequiredService<EventRecorder>(), provider.GetRequiredService<LeaseOutcomes>(), metrics.Meter));

    public static void MapMetrics(this WebApplication app)
    {
        var exporter = app.Services.GetRequiredService<PrometheusExporter>();
        AddObserved(app.Services);
        app.MapGet("/metrics", (HttpRequest request) =>
        {
            var asOpenMetrics = request.Headers.Accept.ToString().Contains("application/openmetrics-text", StringComparison.Ordinal);
            return Results.Text(exporter.Write(asOpenMetrics), asOpenMetrics ? PrometheusText.OpenMetricsContentType : PrometheusText.ContentType);
        });
    }

    // What is read when somebody scrapes, and asked for by nobody else.
    private static void AddObserved(IServiceProvider services)
    {
        var meter = services.GetRequiredService<OperatorMetrics>().Meter;
        var manager = services.GetRequiredService<ControllerManager>();
        _ = new PoolMetrics(meter, services.GetRequiredService<IStore<V1Alpha1RunnerPool>>(), services.GetRequiredService<IStore<V1Alpha1RunnerLease>>());
        _ = new GitHubMetrics(meter, services.GetRequiredService<IGitHubConnections>());
        ProcessMetrics.AddTo(meter, () => manager.IsLeading);
    }
}

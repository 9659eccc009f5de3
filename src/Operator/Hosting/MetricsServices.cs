using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Operator.Demand;
using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerPools;
using Operator.Metrics;
using Operator.Runtime.Metrics;

namespace Operator.Hosting;

/// <summary>Wires the instruments, and serves them on <c>/metrics</c>.</summary>
internal static class MetricsServices
{
    public static IServiceCollection AddMetrics(this IServiceCollection services, OperatorMetrics metrics) =>
        services
            .AddSingleton(_ => metrics) // by a factory, so that the host disposes of it
            .AddSingleton<RuntimeMetrics>()
            .AddSingleton(new DemandMetrics(metrics.Meter))
            .AddSingleton(provider => new LifecycleMetrics(metrics.Meter, provider.GetRequiredService<TimeProvider>()))
            .AddSingleton(provider => new PoolMetrics(
                metrics.Meter,
                provider.GetRequiredService<IStore<V1Alpha1RunnerPool>>(),
                provider.GetRequiredService<IStore<V1Alpha1RunnerLease>>()))
            .AddSingleton<IEventRecorder>(provider => new CountedEvents(provider.GetRequiredService<EventRecorder>(), metrics.Meter))
            .AddSingleton(provider => new PrometheusExporter([provider.GetRequiredService<RuntimeMetrics>().Meter, metrics.Meter]));

    public static void MapMetrics(this WebApplication app)
    {
        _ = app.Services.GetRequiredService<PoolMetrics>(); // is read by the exporter, and asked for by nobody else
        var exporter = app.Services.GetRequiredService<PrometheusExporter>();
        app.MapGet("/metrics", (HttpRequest request) =>
        {
            var asOpenMetrics = request.Headers.Accept.ToString().Contains("application/openmetrics-text", StringComparison.Ordinal);
            return Results.Text(exporter.Write(asOpenMetrics), asOpenMetrics ? PrometheusText.OpenMetricsContentType : PrometheusText.ContentType);
        });
    }
}

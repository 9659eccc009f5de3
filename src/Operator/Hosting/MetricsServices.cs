using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Operator.Aws.Groups;
using Operator.Aws.Offerings;
using Operator.Demand;
using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerPools;
using Operator.GitHub.Rest;
using Operator.Leases;
using Operator.Observability;
using Operator.Ownership;
using Operator.Reruns;
using Operator.Runtime.LeaderElection;
using Operator.Runtime.Metrics;
using Prometheus;

namespace Operator.Hosting;

/// <summary>Registers the instruments and serves them on <c>/metrics</c>.</summary>
internal static class MetricsServices
{
    /// <summary>Registers the instruments of a process.</summary>
    public static IServiceCollection AddMetrics(this IServiceCollection services, OperatorMetrics metrics) =>
        services
            .AddSingleton(metrics)
            .AddSingleton(metrics.Runtime)
            .AddSingleton(metrics.Instruments)
            .AddSingleton<DemandMetrics>()
            .AddSingleton<InterruptionMetrics>()
            .AddSingleton<LeaseOutcomes>()
            .AddSingleton<LifecycleMetrics>()
            .AddSingleton<OfferingFailures>()
            .AddSingleton<BuyingMetrics>()
            .AddSingleton<GroupMetrics>()
            .AddSingleton<GroupLaunchFailures>()
            .AddSingleton(provider => new CostMetrics(
                metrics.Instruments, provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<OperatorOptions>().CostByWorkflow))
            .AddSingleton<OrphanReport>()
            .AddSingleton<IEventRecorder>(provider => new CountedEvents(
                provider.GetRequiredService<EventRecorder>(), provider.GetRequiredService<LeaseOutcomes>(), provider.GetRequiredService<Leadership>(), metrics.Instruments));

    /// <summary>Serves <c>/metrics</c>, in OpenMetrics if requested.</summary>
    public static void MapInstruments(this WebApplication app)
    {
        var instruments = app.Services.GetRequiredService<Instruments>();
        AddObserved(app.Services, instruments);
        app.MapMetrics("/metrics", instruments.Registry);
    }

    // Only read on a scrape, so nothing else resolves them.
    private static void AddObserved(IServiceProvider services, Instruments instruments)
    {
        var manager = services.GetRequiredService<ControllerManager>();
        var pools = services.GetRequiredService<IStore<V1Alpha1RunnerPool>>();
        _ = new PoolMetrics(instruments, pools, services.GetRequiredService<IStore<V1Alpha1RunnerLease>>());
        GitHubMetrics.AddTo(instruments, services.GetRequiredService<IGitHubConnections>());
        InformerMetrics.AddTo(instruments, manager.Informers, services.GetRequiredService<TimeProvider>());
        ProcessMetrics.AddTo(instruments, () => manager.IsLeading);
        instruments.Registry.AddBeforeCollectCallback(new GonePools(instruments, pools, services.GetRequiredService<TimeProvider>()).Forget);
    }
}

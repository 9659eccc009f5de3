using Microsoft.Extensions.DependencyInjection;
using Operator.Demand;
using Operator.Demand.Webhooks;
using Operator.Metrics;

namespace Operator.Hosting;

/// <summary>Wires the door that webhooks come in by.</summary>
internal static class WebhookServices
{
    /// <summary>Jobs whose end was heard: enough for a day of a large organization.</summary>
    private const int RememberedJobs = 50_000;

    public static IServiceCollection AddWebhooks(this IServiceCollection services) =>
        services
            .AddSingleton(provider => new WebhookMetrics(provider.GetRequiredService<OperatorMetrics>().Meter))
            .AddSingleton<ServingPools>()
            .AddSingleton<WebhookSecrets>()
            .AddSingleton(_ => new WebhookAdmission())
            .AddSingleton(_ => new RecentIds<long>(RememberedJobs))
            .AddSingleton<UntoldLeases>()
            .AddSingleton<JobLeases>()
            .AddSingleton<JobBooks>()
            .AddSingleton<JobIntake>()
            .AddSingleton<WebhookDispatcher>()
            .AddSingleton<WebhookEndpoint>()
            .AddSingleton<IDemandSource, WebhookDemand>()
            .AddSingleton<WebhookDoors>()
            .AddSingleton<JobReconciliation>()
            .AddSingleton<DeliveryRecovery>()
            .AddSingleton<ResyncRound>()
            .AddSingleton<WebhookResync>();
}

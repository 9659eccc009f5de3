using Microsoft.Extensions.DependencyInjection;
using Operator.Demand;
using Operator.Demand.Webhooks;

namespace Operator.Hosting;

/// <summary>Wires the webhook endpoint.</summary>
internal static class WebhookServices
{
    public static IServiceCollection AddWebhooks(this IServiceCollection services) =>
        services
            .AddSingleton<WebhookMetrics>()
            .AddSingleton<ServingPools>()
            .AddSingleton<WebhookSecrets>()
            .AddSingleton(_ => new WebhookAdmission())
            .AddSingleton<EndedJobs>()
            .AddSingleton<UnattributedLeases>()
            .AddSingleton<JobLeases>()
            .AddSingleton<JobAssignments>()
            .AddSingleton<WorkflowJobHandler>()
            .AddSingleton<WebhookDispatcher>()
            .AddSingleton<WebhookEndpoint>()
            .AddSingleton<IDemandSource, WebhookDemand>()
            .AddSingleton<WebhookDemandStatus>()
            .AddSingleton<JobReconciliation>()
            .AddSingleton<DeliveryRecovery>()
            .AddSingleton<ResyncRound>()
            .AddSingleton<WebhookResync>();
}

using Microsoft.Extensions.DependencyInjection;
using Operator.Demand.PendingJobs;
using Operator.Demand.Webhooks;

namespace Operator.Hosting;

/// <summary>Registers the webhook endpoint of every replica, and the leader's processing of events.</summary>
internal static class WebhookServices
{
    public static IServiceCollection AddWebhooks(this IServiceCollection services) =>
        services
            .AddSingleton<WebhookMetrics>()
            .AddSingleton<ServingPools>()
            .AddSingleton<WebhookSecrets>()
            .AddHostedService<WebhookSecretsRefresher>()
            .AddSingleton(_ => new WebhookAdmission())
            .AddScoped<EndedJobs>()
            .AddScoped<UnattributedLeases>()
            .AddScoped(provider => new RefusedLeases(provider.GetRequiredService<ControllerQueues>().Pools.Add, provider.GetRequiredService<TimeProvider>()))
            .AddSingleton<JobLeases>()
            .AddScoped<JobAssignments>()
            .AddScoped<WorkflowJobHandler>()
            .AddScoped<JobReportReconciler>()
            .AddSingleton<WorkflowJobRelay>()
            .AddSingleton<WorkflowJobRouter>()
            .AddSingleton<CompletedRuns>()
            .AddSingleton<WebhookDispatcher>()
            .AddSingleton<GitHubWebhooks>()
            .AddSingleton<HeardJobs>()
            .AddSingleton<GitLabWebhooks>()
            .AddScoped<WebhookDemand>()
            .AddScoped(provider => new WebhookDemandStatus(
                provider.GetRequiredService<ServingPools>(), provider.GetRequiredService<WebhookSecrets>(), provider.GetRequiredService<ControllerQueues>().Pools.Add))
            .AddScoped<JobReconciliation>()
            .AddScoped<DeliveryRecovery>()
            .AddScoped<ResyncRound>()
            .AddScoped<WebhookResync>();
}

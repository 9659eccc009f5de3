using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Operator.Observability;
using Operator.Runtime.Client.Configuration;
using KubernetesClientConfiguration = k8s.KubernetesClientConfiguration;
using V1Namespace = k8s.Models.V1Namespace;

namespace Operator.Hosting;

/// <summary>Starts the operator: connects to the cluster, reads its identity, and builds the host.</summary>
internal static class OperatorProcess
{
    /// <summary>Longer than the manager's grace period, so that running reconciles end and leadership is released.</summary>
    private static readonly TimeSpan ShutdownTimeout = TimeSpan.FromSeconds(25);

    /// <summary>Builds the host of an operator, to be started by the caller.</summary>
    /// <exception cref="KubernetesConfigurationException">The cluster has no identity.</exception>
    public static async Task<WebApplication> BuildAsync(
        KubernetesClientConfiguration configuration,
        OperatorOptions options,
        OperatorDependencies dependencies,
        Action<ILoggingBuilder> configureLogging,
        CancellationToken cancellationToken)
    {
        var metrics = new OperatorMetrics();
        var client = Connect(configuration, dependencies, metrics);
        var cluster = new ClusterIdentity(options.ClusterId ?? await ClusterUidAsync(client, cancellationToken));

        var builder = WebApplication.CreateSlimBuilder();
        configureLogging(builder.Logging.ClearProviders());
        builder.WebHost.UseUrls(PortRoutes.Addresses(options));
        builder.Host.UseDefaultServiceProvider(provider => provider.ValidateScopes = provider.ValidateOnBuild = true);
        dependencies.Serve?.Invoke(builder.WebHost);
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = ShutdownTimeout);
        builder.Services.AddSingleton(client.Health).AddMetrics(metrics).AddOperator(options, dependencies, client, cluster);
        builder.Services.AddSingleton<LoggerFactory>().Replace(ServiceDescriptor.Singleton<ILoggerFactory>(
            provider => new OutageLoggers(provider.GetRequiredService<LoggerFactory>(), client.Health)));
        var app = builder.Build();
        PortRoutes.Use(app, options);
        WebhookRoutes.Map(app);
        LeaseApiServices.Map(app, options);
        DashboardServices.Map(app, options);
        MapEndpoints(app);
        app.Services.StartTracing();
        return app;
    }

    /// <summary>A client of the API server, which connects on first use.</summary>
    public static KubernetesClient Connect(KubernetesClientConfiguration configuration, OperatorDependencies dependencies, OperatorMetrics metrics) =>
        new(configuration, new KubernetesClientOptions
        {
            Time = dependencies.NetworkTime ?? dependencies.Time,
            Jitter = dependencies.Jitter,
            TypeInfoResolvers = [EntitiesJsonContext.Default],
            WrapHandler = dependencies.WrapFor("kubernetes", metrics.Api),
            UserAgent = $"ec2runners-operator/{OperatorVersion.Number}",
        });

    private static void MapEndpoints(WebApplication app)
    {
        var manager = app.Services.GetRequiredService<ControllerManager>();
        app.MapGet("/healthz", () => manager.FindStuck() is { Count: > 0 } stuck
            ? Results.Text(string.Join('\n', stuck), statusCode: StatusCodes.Status503ServiceUnavailable) : Results.Text("ok")).ExcludeFromDescription();
        app.MapGet("/readyz", () => manager.FindUnready() is { } unready
            ? Results.Text(unready, statusCode: StatusCodes.Status503ServiceUnavailable) : Results.Text("ok")).ExcludeFromDescription();
        app.MapInstruments();
    }

    private static async Task<string> ClusterUidAsync(KubernetesClient client, CancellationToken cancellationToken)
    {
        var home = await client.GetAsync<V1Namespace>(NamespacedName.ClusterScoped("kube-system"), cancellationToken);
        return home?.Metadata.Uid
            ?? throw new KubernetesConfigurationException(
                "The namespace kube-system, which identifies this cluster, cannot be read: grant the operator 'get' on it, or set --cluster-id.");
    }
}

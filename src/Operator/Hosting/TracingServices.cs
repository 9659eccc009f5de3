using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using Operator.Aws.Clients;
using Operator.Aws.Mailboxes;
using Operator.Leases;
using Operator.Observability;
using Operator.Pools;

namespace Operator.Hosting;

/// <summary>Registers the journals, and exports traces as configured by OpenTelemetry's standard variables.</summary>
internal static class TracingServices
{
    private const string Endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";
    private const string TracesEndpoint = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT";

    public static IServiceCollection AddTracing(this IServiceCollection services)
    {
        services
            .AddScoped<LeaseJournal>()
            .AddScoped<PoolJournal>()
            .AddScoped(provider => new SsmMailbox(
                provider.GetRequiredService<IAwsClientFactory>(), provider.GetRequiredService<ClusterIdentity>(), provider.GetRequiredService<TimeProvider>())
            {
                KmsKey = provider.GetRequiredService<OperatorOptions>().CommandKmsKey,
            })
            .AddScoped<IMailbox>(provider => new TracedMailbox(
                provider.GetRequiredService<SsmMailbox>(), provider.GetRequiredService<TimeProvider>()));
        return IsWanted
            ? services.AddSingleton(_ => Sdk.CreateTracerProviderBuilder()
                .AddSource(LeaseTraces.SourceName)
                .ConfigureResource(resource => resource.AddService("ec2runners-operator", serviceVersion: OperatorVersion.Number).AddEnvironmentVariableDetector())
                .AddOtlpExporter()
                .Build())
            : services;
    }

    /// <summary>Starts exporting; the host flushes on shutdown.</summary>
    public static void StartTracing(this IServiceProvider services) => services.GetService<TracerProvider>();

    // Without the variable there is no listener, and tracing is free.
    private static bool IsWanted => !string.IsNullOrEmpty(Environment.GetEnvironmentVariable(Endpoint))
        || !string.IsNullOrEmpty(Environment.GetEnvironmentVariable(TracesEndpoint));
}

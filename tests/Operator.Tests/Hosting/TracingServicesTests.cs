using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OpenTelemetry.Trace;
using Operator.Entities.RunnerLeases;
using Operator.Hosting;
using Operator.Leases;

namespace Operator.Tests.Hosting;

/// <summary>Where traces go.</summary>
public sealed class TracingServicesTests
{
    private const string Uid = "4a8f2c50-8a59-4b4c-9d6b-7d3f0e3b9a12";

    [Fact]
    public void AddTracing_WithoutAnEndpoint_ListensToNothing()
    {
        using var services = new ServiceCollection().AddTracing().BuildServiceProvider();

        Assert.Null(services.GetService<TracerProvider>());
    }

    [Fact]
    public async Task AddTracing_WithAnEndpoint_SendsSpansThere()
    {
        var received = new TaskCompletionSource<byte[]>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var collector = await StartCollectorAsync(received);
        Environment.SetEnvironmentVariable("OTEL_EXPORTER_OTLP_ENDPOINT", collector.Urls.First());
        Environment.SetEnvironmentVariable("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf");
        try
        {
            await using var services = new ServiceCollection().AddTracing().BuildServiceProvider();
            services.StartTracing();
            LeaseTraces.Begin(new V1Alpha1RunnerLease { Metadata = new() { Uid = Uid, Name = "linux-1" } }, "launch", TimeProvider.System).Dispose();
        }
        finally
        {
            Environment.SetEnvironmentVariable("OTEL_EXPORTER_OTLP_ENDPOINT", null);
            Environment.SetEnvironmentVariable("OTEL_EXPORTER_OTLP_PROTOCOL", null);
        }

        var body = await received.Task.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.True(body.AsSpan().IndexOf(Convert.FromHexString(Uid.Replace("-", "", StringComparison.Ordinal))) > 0, "the trace's id is the lease's UID");
        Assert.True(body.AsSpan().IndexOf("linux-1"u8) > 0 && body.AsSpan().IndexOf("ec2runners-operator"u8) > 0);
    }

    private static async Task<WebApplication> StartCollectorAsync(TaskCompletionSource<byte[]> received)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        app.MapPost("/v1/traces", async (HttpRequest request) =>
        {
            using var body = new MemoryStream();
            await request.Body.CopyToAsync(body);
            received.TrySetResult(body.ToArray());
        });
        await app.StartAsync();
        return app;
    }
}

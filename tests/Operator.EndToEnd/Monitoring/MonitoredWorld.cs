using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Operator.EndToEnd.Support;
using Operator.Simulator.GitHub;
using Operator.Simulator.Network;
using Operator.Simulator.Time;
using Operator.Simulator.World;

namespace Operator.EndToEnd.Monitoring;

/// <summary>The collection of the tests that look at a <see cref="MonitoredWorld"/>.</summary>
/// <remarks>A driven clock moves when nothing else does: what its own process does at the same time, the world would wait for, or outrun.</remarks>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class MonitoringCollection : ICollectionFixture<MonitoredWorld>
{
    /// <summary>What the tests say to be in it.</summary>
    public const string Name = "monitoring";
}

/// <summary>A simulated world in which a pool launches machines and serves jobs, and a Prometheus, where there is one, that looks on.</summary>
public sealed class MonitoredWorld : IAsyncLifetime
{
    private readonly ManualTimeProvider _clock = new();
    private SimulatedWorld _world = null!;
    private WorldDriver _driver = null!;
    private HttpClient _http = null!;
    private WebApplication _endpoint = null!;

    internal PrometheusServer? Prometheus { get; private set; }

    public async Task InitializeAsync()
    {
        var options = new WorldOptions { Clock = _clock, Network = await MemoryNetwork.CreateAsync(), Aws = new() { EnforceRequestBuckets = false } };
        _world = await SimulatedWorld.StartAsync(options, CancellationToken.None);
        _world.ServesLeases = true;
        _driver = new WorldDriver(_world, _clock);
        _driver.Operators.Add(await _world.StartOperatorAsync(new CallGate(), _ => { }, CancellationToken.None));
        _http = new HttpClient(_world.Network.Connect(new SocketsHttpHandler())) { BaseAddress = _driver.Operators[0].Address };
        (await _http.GetAsync(new Uri(_driver.Operators[0].LeaseApi!, "/v1/leases"))).Dispose(); // refused, and counted
        _endpoint = await StartEndpointAsync();
        _world.Apply(await File.ReadAllTextAsync(Repository.PathOf("tests/prometheus/pool.yaml")));
        Prometheus = Programs.Find("prometheus") is null
            ? null
            : await PrometheusServer.StartAsync(new Uri(_endpoint.Urls.First()), Repository.PathOf("charts/ec2runners/files/rules/ec2runners.yaml"));

        // Twice, with scrapes in between: a rate needs two values that differ.
        for (var round = 0; round < 2; round++)
        {
            await ServeAsync();
            await (Prometheus?.ScrapeTwiceAsync() ?? Task.CompletedTask);
        }
    }

    /// <summary>The operator's <c>/metrics</c>.</summary>
    /// <param name="accept">The requested format.</param>
    public async Task<(string Text, string ContentType)> ScrapeAsync(string accept)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/metrics");
        request.Headers.TryAddWithoutValidation("Accept", accept);
        using var response = await _http.SendAsync(request);
        response.EnsureSuccessStatusCode();
        return (await response.Content.ReadAsStringAsync(), response.Content.Headers.ContentType!.ToString());
    }

    public async Task DisposeAsync()
    {
        await (Prometheus?.DisposeAsync() ?? ValueTask.CompletedTask);
        await _endpoint.DisposeAsync();
        _http.Dispose();
        foreach (var process in _driver.Operators)
        {
            await process.DisposeAsync();
        }

        await _world.DisposeAsync();
    }

    // Prometheus needs a socket, which a driven world does not have.
    private async Task<WebApplication> StartEndpointAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var endpoint = builder.Build();
        endpoint.MapGet("/metrics", async (HttpRequest request) =>
        {
            var (text, type) = await ScrapeAsync(request.Headers.Accept.ToString());
            return Results.Text(text, type);
        });
        await endpoint.StartAsync();
        return endpoint;
    }

    // Three jobs: one on the idle machine, two that have to wait for a machine.
    private async Task ServeAsync()
    {
        await _driver.RunUntilAsync(() => PhaseCount("Idle") >= 1, TimeSpan.FromMinutes(15), "an idle runner");
        for (var job = 0; job < 3; job++)
        {
            _world.GitHub.QueueJob(SimulatedWorld.Repository, ["linux"], TimeSpan.FromMinutes(3));
        }

        await _driver.RunUntilAsync(
            () => _world.GitHub.Jobs.All(job => job.Outcome == JobOutcome.Succeeded) && PhaseCount("Draining") + PhaseCount("Busy") == 0 && PhaseCount("Idle") >= 1,
            TimeSpan.FromMinutes(30),
            "all jobs are done and their machines gone");
        await _driver.RunForAsync(TimeSpan.FromMinutes(1)); // the pool's numbers are written with some delay
    }

    private int PhaseCount(string phase) => _world.Kubernetes.Objects.List("runnerleases", "default")
        .Count(lease => lease["status"]?["phase"] is JsonValue value && value.GetValue<string>() == phase);
}

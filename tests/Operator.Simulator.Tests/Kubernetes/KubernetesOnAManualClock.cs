using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using Operator.Simulator.Faults;
using Operator.Simulator.Kubernetes;
using Operator.Simulator.Time;

namespace Operator.Simulator.Tests.Kubernetes;

/// <summary>A simulated API server on a clock that the test drives, and a plain HTTP client for it.</summary>
public abstract class KubernetesOnAManualClock : IAsyncLifetime
{
    protected const string ConfigMaps = "/api/v1/namespaces/default/configmaps";

    private int _ids;

    protected KubernetesOnAManualClock() => Kubernetes = new SimulatedKubernetes(Clock, Faults, Calls, NextId);

    protected ManualTimeProvider Clock { get; } = new();

    protected FaultInjector Faults { get; } = new();

    protected CallLog Calls { get; } = new();

    protected SimulatedKubernetes Kubernetes { get; }

    protected HttpClient Client { get; } = new();

    public async Task InitializeAsync()
    {
        await Kubernetes.StartAsync(CancellationToken.None);
        Client.BaseAddress = new Uri(Kubernetes.Url);
    }

    public async Task DisposeAsync()
    {
        Client.Dispose();
        await Kubernetes.DisposeAsync();
    }

    protected static JsonObject ConfigMap(string name) =>
        new() { ["apiVersion"] = "v1", ["kind"] = "ConfigMap", ["metadata"] = new JsonObject { ["name"] = name }, ["data"] = new JsonObject { ["a"] = "1" } };

    protected Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, JsonNode? body = null, string mediaType = "application/json")
    {
        var request = new HttpRequestMessage(method, path);
        if (body is not null)
        {
            request.Content = new StringContent(body.ToJsonString(), new MediaTypeHeaderValue(mediaType));
        }

        return Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    }

    /// <summary>Opens a watch on the config maps, and waits until the server follows it.</summary>
    protected async Task<StreamReader> WatchAsync(string query = "")
    {
        var before = Kubernetes.Watches.Count();
        var response = await SendAsync(HttpMethod.Get, $"{ConfigMaps}?watch=true&{query}");
        var reader = new StreamReader(await response.Content.ReadAsStreamAsync());
        await Eventually.IsTrueAsync(() => Kubernetes.Watches.Count() != before, "the watch is open");

        return reader;
    }

    /// <summary>The next event, as its type and the name of its object, or <c>END</c>.</summary>
    protected static async Task<string> NextAsync(StreamReader watch)
    {
        // Reached only when the test fails anyway.
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        var line = await watch.ReadLineAsync(patience.Token);
        return line is null ? "END" : JsonNode.Parse(line) is { } told ? $"{told["type"]} {told["object"]!["metadata"]?["name"]}".TrimEnd() : line;
    }

    private Guid NextId() => new(Interlocked.Increment(ref _ids), 0, 0, new byte[8]);
}

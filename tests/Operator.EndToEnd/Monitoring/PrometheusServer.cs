using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Operator.Simulator.Network;

namespace Operator.EndToEnd.Monitoring;

/// <summary>A real Prometheus that scrapes one target every second and evaluates the chart's rules.</summary>
internal sealed class PrometheusServer : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly string _folder;
    private readonly HttpClient _http;

    private PrometheusServer(Process process, string folder, int port) =>
        (_process, _folder, _http) = (process, folder, new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}/api/v1/") });

    public static async Task<PrometheusServer> StartAsync(Uri target, string rules)
    {
        var folder = Directory.CreateTempSubdirectory("prometheus").FullName;
        var configuration = Path.Combine(folder, "prometheus.yaml");
        await File.WriteAllTextAsync(configuration, $$"""
            global: {scrape_interval: 1s, evaluation_interval: 1s}
            rule_files: ['{{rules}}']
            scrape_configs:
            - job_name: ec2runners
              honor_labels: true
              static_configs: [{targets: ['{{target.Authority}}']}]
            """);
        var port = LoopbackNetwork.Instance.FreePort();
        var start = new ProcessStartInfo(
            "prometheus",
            [$"--config.file={configuration}", $"--storage.tsdb.path={folder}/data", $"--web.listen-address=127.0.0.1:{port}", "--log.level=error"]);
        var server = new PrometheusServer(Process.Start(start)!, folder, port);
        await server.UntilAsync("up == 1", "the target is scraped");
        return server;
    }

    /// <summary>Waits for two more scrapes, so that what is there now is in the past.</summary>
    public async Task ScrapeTwiceAsync()
    {
        var now = (await QueryAsync("count_over_time(up[1h])"))[0]!["value"]![1]!.GetValue<string>();
        await UntilAsync($"count_over_time(up[1h]) > {now} + 1", "two more scrapes");
    }

    /// <summary>The series that a query returns.</summary>
    public async Task<JsonArray> QueryAsync(string query)
    {
        var answer = await GetAsync($"query?query={Uri.EscapeDataString(query)}");
        return answer?["data"]?["result"] as JsonArray ?? throw new InvalidOperationException($"{query}: {answer?["error"]}");
    }

    /// <summary>The values that a query returns, without those that are no numbers.</summary>
    public async Task<IReadOnlyList<double>> NumbersAsync(string query) =>
    [
        .. (await QueryAsync(query)).Select(series => double.Parse(series!["value"]![1]!.GetValue<string>(), CultureInfo.InvariantCulture)).Where(double.IsFinite),
    ];

    /// <summary>The answer of another API path.</summary>
    public async Task<JsonNode?> GetAsync(string path)
    {
        using var response = await _http.GetAsync(new Uri(path, UriKind.Relative));
        if (response.StatusCode == HttpStatusCode.ServiceUnavailable)
        {
            response.EnsureSuccessStatusCode(); // it is still starting, which it reports in plain text
        }

        return await response.Content.ReadFromJsonAsync<JsonNode>();
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task UntilAsync(string query, string what)
    {
        for (var begun = Stopwatch.StartNew(); begun.Elapsed < Patience; await Task.Delay(100))
        {
            try
            {
                if (await QueryAsync(query) is { Count: > 0 })
                {
                    return;
                }
            }
            catch (HttpRequestException)
            {
                // It is still starting.
            }
        }

        throw new TimeoutException($"Prometheus does not say that {what}: {await GetAsync("targets")}");
    }
}

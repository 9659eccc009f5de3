using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json;
using Operator.Hosting;

namespace Operator.Commands.Cost;

/// <summary>Queries a Prometheus for what pools have cost.</summary>
/// <param name="http">The HTTP client.</param>
/// <param name="address">Its URL.</param>
/// <param name="token">Sent as a bearer token; null for none.</param>
internal sealed class PrometheusCosts(HttpClient http, Uri address, string? token)
{
    private const int MaxBytes = 16 << 20;

    /// <summary>The costs of a period, by pool and part.</summary>
    /// <exception cref="CommandException">It does not answer, or is not a Prometheus.</exception>
    public async Task<IReadOnlyList<CostRow>> ReadAsync(TimeSpan length, CancellationToken cancellationToken)
    {
        var seconds = Math.Max(1, (long)length.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        var machines = await QueryAsync($"sum by (namespace, pool, usage_class) (increase(ec2runners_cost_dollars_total[{seconds}s]))", cancellationToken);
        var fees = await QueryAsync($"sum by (namespace, pool) (increase(ec2runners_cost_github_dollars_total[{seconds}s])) > 0", cancellationToken);
        return
        [
            .. machines.Concat(fees)
                .GroupBy(sample => (sample.Namespace, sample.Pool))
                .Select(pool => new CostRow(pool.Key.Namespace, pool.Key.Pool, pool.GroupBy(sample => sample.Part).ToDictionary(part => part.Key, part => part.Sum(sample => sample.Value))))
                .OrderByDescending(row => row.Total).ThenBy(row => row.Namespace, StringComparer.Ordinal).ThenBy(row => row.Pool, StringComparer.Ordinal),
        ];
    }

    private async Task<IReadOnlyList<Sample>> QueryAsync(string query, CancellationToken cancellationToken)
    {
        // The URL may have a path below which Prometheus is served.
        var root = address.AbsoluteUri.TrimEnd('/');
        using var request = new HttpRequestMessage(HttpMethod.Get, $"{root}/api/v1/query?query={Uri.EscapeDataString(query)}");
        request.Headers.Authorization = token is null ? null : new AuthenticationHeaderValue("Bearer", token);
        try
        {
            using var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            if (!answer.IsSuccessStatusCode)
            {
                throw new CommandException($"{root} answers HTTP {(int)answer.StatusCode}; use the URL of a Prometheus, with its token in PROMETHEUS_TOKEN if it requires one");
            }

            await answer.Content.LoadIntoBufferAsync(MaxBytes, cancellationToken);
            using var json = await JsonDocument.ParseAsync(await answer.Content.ReadAsStreamAsync(cancellationToken), default, cancellationToken);
            return [.. json.RootElement.GetProperty("data").GetProperty("result").EnumerateArray().Select(Read)];
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException or IndexOutOfRangeException)
        {
            throw new CommandException($"{root} does not answer like a Prometheus");
        }
        catch (Exception e) when (e is HttpRequestException or IOException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            throw new CommandException($"{root} cannot be reached: {e.Message}");
        }
    }

    private static Sample Read(JsonElement series)
    {
        var metric = series.GetProperty("metric");
        string Label(string name, string otherwise) => metric.TryGetProperty(name, out var value) ? value.GetString() ?? otherwise : otherwise;
        var text = series.GetProperty("value")[1].GetString();
        return new(
            Label("namespace", ""), Label("pool", ""), Label("usage_class", "github"),
            decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) ? value : 0);
    }

    private sealed record Sample(string Namespace, string Pool, string Part, decimal Value);
}

using System.Text.Json;

namespace Operator.Aws.Prices;

/// <summary>Reads AWS' price lists: public files over HTTPS, without credentials.</summary>
/// <param name="http">The HTTP client.</param>
/// <param name="options">The source.</param>
internal sealed class PriceListClient(HttpClient http, PriceListOptions options) : IDisposable
{
    private const int MaxIndexBytes = 1 << 20;

    /// <summary>A region's list is about 300 MB.</summary>
    private const long MaxListBytes = 4L << 30;

    /// <summary>The path of a region's newest list, which differs for each version.</summary>
    /// <exception cref="ProviderException">It could not be read.</exception>
    public Task<string> VersionAsync(string region, CancellationToken cancellationToken) => TryAsync(
        async () =>
        {
            using var answer = await GetAsync(new($"/offers/v1.0/{PartitionOf(region)}/AmazonEC2/current/region_index.json", UriKind.Relative), region, cancellationToken);
            await answer.Content.LoadIntoBufferAsync(MaxIndexBytes, cancellationToken);
            using var index = await JsonDocument.ParseAsync(await answer.Content.ReadAsStreamAsync(cancellationToken), default, cancellationToken);
            return index.RootElement.TryGetProperty("regions", out var regions) && regions.TryGetProperty(region, out var entry)
                && entry.TryGetProperty("currentVersionUrl", out var url) && url.GetString() is { } path && path.StartsWith("/offers/", StringComparison.Ordinal)
                ? path
                : throw new InvalidDataException($"its index does not have {region}");
        },
        cancellationToken);

    /// <summary>The prices of a region.</summary>
    /// <param name="region">The region.</param>
    /// <param name="version">The result of <see cref="VersionAsync"/>.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="ProviderException">It could not be read.</exception>
    public Task<OnDemandList> ReadAsync(string region, string version, CancellationToken cancellationToken) => TryAsync(
        async () =>
        {
            // The same data as CSV, which can be read in one pass.
            var table = version.EndsWith(".json", StringComparison.Ordinal) ? version[..^".json".Length] + ".csv" : version;
            using var answer = await GetAsync(new(table, UriKind.Relative), region, cancellationToken);
            if (answer.Content.Headers.ContentLength > MaxListBytes)
            {
                throw new InvalidDataException("it is too large");
            }

            await using var body = await answer.Content.ReadAsStreamAsync(cancellationToken);
            return await PriceListFile.ReadAsync(body, cancellationToken);
        },
        cancellationToken);

    public void Dispose() => http.Dispose();

    private static string PartitionOf(string region) => region.StartsWith("cn-", StringComparison.Ordinal) ? "cn" : "aws";

    private async Task<HttpResponseMessage> GetAsync(Uri path, string region, CancellationToken cancellationToken)
    {
        var answer = await http.GetAsync(new Uri(options.BaseOf(region), path), HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        if (!answer.IsSuccessStatusCode)
        {
            using (answer)
            {
                throw new InvalidDataException($"HTTP {(int)answer.StatusCode}");
            }
        }

        return answer;
    }

    private static async Task<T> TryAsync<T>(Func<Task<T>> readAsync, CancellationToken cancellationToken)
    {
        try
        {
            return await readAsync();
        }
        catch (Exception e) when (e is HttpRequestException or IOException or InvalidDataException or JsonException or UriFormatException
            || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            throw new ProviderException("PriceListUnavailable", $"AWS' price list could not be read: {ErrorText.Stable(e.Message)}", e);
        }
    }
}

/// <summary>The source of AWS' price lists.</summary>
/// <param name="IsEnabled">Whether they are read at all.</param>
/// <param name="Mirror">Replaces AWS' address; null for AWS.</param>
internal sealed record PriceListOptions(bool IsEnabled, Uri? Mirror = null)
{
    /// <summary>Not read.</summary>
    public static readonly PriceListOptions Off = new(IsEnabled: false);

    private static readonly Uri Aws = new("https://pricing.us-east-1.amazonaws.com");
    private static readonly Uri China = new("https://pricing.cn-north-1.amazonaws.com.cn");

    /// <summary>Parses <c>aws</c>, <c>off</c> or a mirror's URL; null for anything else.</summary>
    public static PriceListOptions? Parse(string text) =>
        text == "aws" ? new(IsEnabled: true)
        : text == "off" ? Off
        : Uri.TryCreate(text, UriKind.Absolute, out var mirror) && mirror.Scheme is "https" or "http" && mirror.PathAndQuery == "/" ? new(IsEnabled: true, mirror)
        : null;

    /// <summary>The address for a region: China has its own.</summary>
    public Uri BaseOf(string region) => Mirror ?? (region.StartsWith("cn-", StringComparison.Ordinal) ? China : Aws);
}

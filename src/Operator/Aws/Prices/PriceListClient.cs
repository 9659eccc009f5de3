using System.Text.Json;

namespace Operator.Aws.Prices;

/// <summary>Reads AWS' price list: public files by HTTPS, without credentials.</summary>
/// <param name="http">Sends.</param>
/// <param name="options">From where.</param>
internal sealed class PriceListClient(HttpClient http, PriceListOptions options) : IDisposable
{
    private const int MaxIndexBytes = 1 << 20;

    /// <summary>A region's list is about 300 MB.</summary>
    private const long MaxListBytes = 4L << 30;

    /// <summary>The path of a region's newest list; it is another one for each version.</summary>
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
    /// <param name="region">Which.</param>
    /// <param name="version">As <see cref="VersionAsync"/> gave it.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="ProviderException">It could not be read.</exception>
    public Task<OnDemandList> ReadAsync(string region, string version, CancellationToken cancellationToken) => TryAsync(
        async () =>
        {
            // The same as a table, which can be read in one pass.
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

/// <summary>Where AWS' price list is read from.</summary>
/// <param name="IsEnabled">Whether it is read at all.</param>
/// <param name="Mirror">Instead of AWS' own address; null means that.</param>
internal sealed record PriceListOptions(bool IsEnabled, Uri? Mirror = null)
{
    /// <summary>It is not read.</summary>
    public static readonly PriceListOptions Off = new(IsEnabled: false);

    private static readonly Uri Aws = new("https://pricing.us-east-1.amazonaws.com");
    private static readonly Uri China = new("https://pricing.cn-north-1.amazonaws.com.cn");

    /// <summary>Reads <c>aws</c>, <c>off</c> or a mirror's URL; null when it is none of them.</summary>
    public static PriceListOptions? Parse(string text) =>
        text == "aws" ? new(IsEnabled: true)
        : text == "off" ? Off
        : Uri.TryCreate(text, UriKind.Absolute, out var mirror) && mirror.Scheme is "https" or "http" && mirror.PathAndQuery == "/" ? new(IsEnabled: true, mirror)
        : null;

    /// <summary>The address for a region: China has its own.</summary>
    public Uri BaseOf(string region) => Mirror ?? (region.StartsWith("cn-", StringComparison.Ordinal) ? China : Aws);
}

using System.Collections.Concurrent;
using System.Globalization;
using Amazon.EC2.Model;
using Operator.Aws.Clients;

namespace Operator.Aws.Prices;

/// <summary>
/// Spot prices by type and zone, from EC2's DescribeSpotPriceHistory. Only types in use are queried, and nothing while none are.
/// </summary>
internal sealed class SpotPriceProvider(IAwsClientFactory clients, RuntimeEnvironment environment)
{
    /// <summary>Spot prices change a few times a day.</summary>
    public static readonly TimeSpan Refresh = TimeSpan.FromMinutes(12);

    /// <summary>Older prices are not used.</summary>
    public static readonly TimeSpan GoodFor = TimeSpan.FromHours(1);

    /// <summary>Pause after a missing permission.</summary>
    public static readonly TimeSpan AfterDenial = TimeSpan.FromHours(1);

    /// <summary>Pause after any other failure.</summary>
    public static readonly TimeSpan AfterFailure = TimeSpan.FromMinutes(1);

    /// <summary>Maximum number of types per query; a typical class has fewer than a hundred near its cheapest.</summary>
    public const int MaxTypes = 500;

    private const int RowsPerPage = 1000;
    private const int MaxPages = 20;
    private const int Burst = 10;
    private const int PerSecond = 2;
    private const string VpcSuffix = " (Amazon VPC)";

    private readonly ConcurrentDictionary<(AwsAccount Account, string Platform), SpotMarket> _markets = new();
    private readonly ConcurrentDictionary<AwsAccount, TokenBucket> _buckets = new();

    /// <summary>The known prices of an account and platform, without calling EC2.</summary>
    public SpotQuotes Known(AwsAccount account, string platform) => _markets.TryGetValue((account, ProductOf(platform)), out var market) ? market.Quotes : SpotQuotes.None;

    /// <summary>The accounts and platforms whose prices are known or were requested.</summary>
    public IEnumerable<KeyValuePair<(AwsAccount Account, string Platform), SpotQuotes>> All => _markets.Select(market => KeyValuePair.Create(market.Key, market.Value.Quotes));

    /// <summary>
    /// The prices of some types. Waits for EC2 only if none are usable; old ones are refreshed in the background. Failures are in the
    /// result.
    /// </summary>
    /// <param name="account">Region and role.</param>
    /// <param name="platform">The machines' platform.</param>
    /// <param name="types">The instance types.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<SpotQuotes> GetAsync(AwsAccount account, string platform, IReadOnlyList<string> types, CancellationToken cancellationToken)
    {
        var market = MarketOf(account, ProductOf(platform));
        market.Want(types.Take(MaxTypes));
        if (market.Lacks(types.Take(MaxTypes), GoodFor))
        {
            await LoadAsync(market, types, GoodFor, cancellationToken);
            return market.Quotes;
        }

        var known = market.Quotes;
        if (market.Lacks(types.Take(MaxTypes), Refresh))
        {
            _ = market.LoadAsync(CancellationToken.None); // does not throw
        }

        return known;
    }

    /// <summary>The prices of some types, none older than <see cref="Refresh"/> if EC2 answers. Failures are in the result.</summary>
    /// <inheritdoc cref="GetAsync"/>
    public async Task<SpotQuotes> RefreshAsync(AwsAccount account, string platform, IReadOnlyList<string> types, CancellationToken cancellationToken)
    {
        var market = MarketOf(account, ProductOf(platform));
        market.Want(types.Take(MaxTypes));
        await LoadAsync(market, types, Refresh, cancellationToken);
        return market.Quotes;
    }

    // The call in progress may have started before these types were requested.
    private static async Task LoadAsync(SpotMarket market, IReadOnlyList<string> types, TimeSpan age, CancellationToken cancellationToken)
    {
        for (var attempt = 0; attempt < 2 && market.Lacks(types.Take(MaxTypes), age); attempt++)
        {
            await market.LoadAsync(cancellationToken);
        }
    }

    private SpotMarket MarketOf(AwsAccount account, string product)
    {
        // Drop accounts that no pool uses any more.
        var oldest = environment.Time.GetUtcNow() - TimeSpan.FromDays(1);
        foreach (var (other, market) in _markets)
        {
            if (other != (account, product) && market.WantedAt < oldest)
            {
                _markets.TryRemove(other, out _);
                _buckets.TryRemove(other.Account, out _);
            }
        }

        return _markets.GetOrAdd((account, product), _ => new SpotMarket(types => LoadAsync(account, product, types), environment.Time));
    }

    private async Task<IReadOnlyDictionary<string, SpotQuote>> LoadAsync(AwsAccount account, string product, IReadOnlyList<string> types)
    {
        var now = environment.Time.GetUtcNow();
        try
        {
            return QuotesOf(types, product, await RowsAsync(account, product, types, now), now);
        }
        catch (AwsException e)
        {
            throw AwsFailures.Translate(e, "DescribeSpotPriceHistory");
        }
    }

    private async Task<List<SpotPrice>> RowsAsync(AwsAccount account, string product, IReadOnlyList<string> types, DateTimeOffset now)
    {
        var bucket = _buckets.GetOrAdd(account, _ => new TokenBucket(Burst, PerSecond, environment.Time, environment.Jitter));
        var rows = new List<SpotPrice>();
        string? token = null;
        for (var page = 0; page < MaxPages && (page == 0 || !string.IsNullOrEmpty(token)); page++)
        {
            await bucket.WaitAsync(CancellationToken.None);
            var answer = await clients.Ec2(account).DescribeSpotPriceHistoryAsync(
                new()
                {
                    InstanceTypes = [.. types],
                    ProductDescriptions = [product, product + VpcSuffix],
                    StartTime = now.UtcDateTime, // makes EC2 return current prices instead of those of the past 90 days
                    MaxResults = RowsPerPage,
                    NextToken = token,
                },
                CancellationToken.None);
            rows.AddRange(answer.SpotPriceHistory);
            token = answer.NextToken;
        }

        return rows;
    }

    // The newest row of a type and zone wins; rows without a valid number are ignored.
    private static Dictionary<string, SpotQuote> QuotesOf(IReadOnlyList<string> types, string product, List<SpotPrice> rows, DateTimeOffset now)
    {
        var ofType = rows.Where(row => IsOf(product, row) && PriceOf(row) is not null && row.AvailabilityZone is not null).ToLookup(row => row.InstanceType?.Value ?? "", StringComparer.Ordinal);
        return types.ToDictionary(
            type => type,
            type => new SpotQuote(now, ofType[type]
                .GroupBy(row => row.AvailabilityZone!, StringComparer.Ordinal)
                .ToDictionary(zone => zone.Key, zone => PriceOf(zone.MaxBy(row => row.Timestamp ?? DateTime.MinValue)!)!.Value, StringComparer.Ordinal)),
            StringComparer.Ordinal);
    }

    private static bool IsOf(string product, SpotPrice row) => row.ProductDescription?.Value is not { } sold || sold == product || sold == product + VpcSuffix;

    // EC2 sells further licences on spot machines without saying for how much.
    private static string ProductOf(string platform) => Platforms.IsWindows(platform) ? Platforms.Windows : Platforms.Linux;

    private static decimal? PriceOf(SpotPrice row) =>
        decimal.TryParse(row.Price, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var price) && price is > 0 and < 10_000 ? price : null;
}

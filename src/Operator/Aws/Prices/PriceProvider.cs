using Operator.Aws.Clients;

namespace Operator.Aws.Prices;

/// <summary>Machine prices by account and region.</summary>
internal sealed class PriceProvider(SpotPriceProvider spot, OnDemandPriceLists lists, IAwsClientFactory clients)
{
    /// <summary>Known prices, without calling AWS.</summary>
    /// <param name="account">Region and role.</param>
    /// <param name="platform">The machines' platform.</param>
    public RegionPrices Known(AwsAccount account, string platform) => new(ListOf(account, platform), spot.Known(account, platform));

    /// <inheritdoc cref="SpotPriceProvider.GetAsync"/>
    public async Task<RegionPrices> GetAsync(AwsAccount account, string platform, IReadOnlyList<string> types, CancellationToken cancellationToken) =>
        new(ListOf(account, platform), await spot.GetAsync(account, platform, types, cancellationToken));

    /// <inheritdoc cref="SpotPriceProvider.RefreshAsync"/>
    public async Task<RegionPrices> RefreshAsync(AwsAccount account, string platform, IReadOnlyList<string> types, CancellationToken cancellationToken) =>
        new(ListOf(account, platform), await spot.RefreshAsync(account, platform, types, cancellationToken));

    /// <summary>The age of the prices in use, the oldest of each region.</summary>
    public IReadOnlyList<(string Region, string Kind, string Source, DateTimeOffset AsOf)> Ages =>
    [
        .. lists.Wanted.Select(region => (Region: region, List: lists.Peek(region))).Select(pair => (pair.Region, "on-demand", pair.List.Source.ToString(), pair.List.AsOf)),
        .. spot.All.Where(market => market.Value.AsOf is not null).GroupBy(market => clients.RegionOf(market.Key.Account), StringComparer.Ordinal)
            .Select(region => (region.Key, "spot", "EC2", region.Min(market => market.Value.AsOf!.Value))),
    ];

    private OnDemandList ListOf(AwsAccount account, string platform) => lists.Find(clients.RegionOf(account)).Of(platform);
}

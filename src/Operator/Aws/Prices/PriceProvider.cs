using Operator.Aws.Clients;

namespace Operator.Aws.Prices;

/// <summary>Machine prices by account and region.</summary>
internal sealed class PriceProvider(SpotPriceProvider spot, OnDemandPriceLists lists, IAwsClientFactory clients)
{
    /// <summary>Known prices, without calling AWS.</summary>
    /// <param name="account">Region and role.</param>
    public RegionPrices Known(AwsAccount account) => new(ListOf(account), spot.Known(account));

    /// <inheritdoc cref="SpotPriceProvider.GetAsync"/>
    public async Task<RegionPrices> GetAsync(AwsAccount account, IReadOnlyList<string> types, CancellationToken cancellationToken) =>
        new(ListOf(account), await spot.GetAsync(account, types, cancellationToken));

    /// <inheritdoc cref="SpotPriceProvider.RefreshAsync"/>
    public async Task<RegionPrices> RefreshAsync(AwsAccount account, IReadOnlyList<string> types, CancellationToken cancellationToken) =>
        new(ListOf(account), await spot.RefreshAsync(account, types, cancellationToken));

    /// <summary>The age of the prices in use, the oldest of each region.</summary>
    public IReadOnlyList<(string Region, string Kind, string Source, DateTimeOffset AsOf)> Ages =>
    [
        .. lists.Wanted.Select(region => (Region: region, List: lists.Peek(region))).Select(pair => (pair.Region, "on-demand", pair.List.Source.ToString(), pair.List.AsOf)),
        .. spot.All.Where(market => market.Value.AsOf is not null).GroupBy(market => clients.RegionOf(market.Key), StringComparer.Ordinal)
            .Select(region => (region.Key, "spot", "EC2", region.Min(market => market.Value.AsOf!.Value))),
    ];

    private OnDemandList ListOf(AwsAccount account) => lists.Find(clients.RegionOf(account));
}

using System.Collections.Concurrent;

namespace Operator.Aws.Prices;

/// <summary>On-demand price lists by region: AWS' own if read, otherwise the bundled table.</summary>
internal sealed class OnDemandPriceLists(TimeProvider time)
{
    /// <summary>A region not requested for this long is dropped, and its list is no longer refreshed.</summary>
    private static readonly TimeSpan Interest = TimeSpan.FromDays(2);

    private readonly ConcurrentDictionary<string, DateTimeOffset> _wantedAt = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, OnDemandList> _lists = new(StringComparer.Ordinal);

    /// <summary>The list of a region; marks the region as in use.</summary>
    /// <param name="region">Such as <c>eu-central-1</c>.</param>
    public OnDemandList Find(string region)
    {
        _wantedAt[region] = time.GetUtcNow();
        return Peek(region);
    }

    /// <summary>The list of a region, without marking it as in use.</summary>
    public OnDemandList Peek(string region) => _lists.TryGetValue(region, out var list) ? list : OnDemandPrices.ListFor(region);

    /// <summary>The regions in use.</summary>
    public IReadOnlyList<string> Wanted
    {
        get
        {
            foreach (var (region, at) in _wantedAt)
            {
                if (time.GetUtcNow() - at > Interest && _wantedAt.TryRemove(region, out _))
                {
                    _lists.TryRemove(region, out _);
                }
            }

            return [.. _wantedAt.Keys.Order(StringComparer.Ordinal)];
        }
    }

    /// <summary>Stores a list, or why there is no newer one.</summary>
    public void Put(string region, OnDemandList list) => _lists[region] = list;
}

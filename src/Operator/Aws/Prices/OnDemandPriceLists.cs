using System.Collections.Concurrent;

namespace Operator.Aws.Prices;

/// <summary>The lists of on-demand prices by region: AWS' own where it was read, else the table inside the operator.</summary>
internal sealed class OnDemandPriceLists(TimeProvider time)
{
    /// <summary>A region that nobody asked about for so long is forgotten, and its list not read again.</summary>
    private static readonly TimeSpan Interest = TimeSpan.FromDays(2);

    private readonly ConcurrentDictionary<string, DateTimeOffset> _wantedAt = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, OnDemandList> _lists = new(StringComparer.Ordinal);

    /// <summary>The list of a region, in which the caller is interested.</summary>
    /// <param name="region">Such as <c>eu-central-1</c>.</param>
    public OnDemandList Find(string region)
    {
        _wantedAt[region] = time.GetUtcNow();
        return Peek(region);
    }

    /// <summary>The list of a region, without a sign of interest.</summary>
    public OnDemandList Peek(string region) => _lists.TryGetValue(region, out var list) ? list : OnDemandPrices.ListFor(region);

    /// <summary>The regions that somebody asked about lately.</summary>
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

    /// <summary>Takes in a list, or why there is no newer one.</summary>
    public void Put(string region, OnDemandList list) => _lists[region] = list;
}

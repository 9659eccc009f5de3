namespace Operator.Aws.Prices;

/// <summary>The known spot prices of one account and region, and the types whose prices are needed.</summary>
/// <param name="loadAsync">Queries EC2 for the prices of some types.</param>
/// <param name="time">The clock.</param>
internal sealed class SpotMarket(Func<IReadOnlyList<string>, Task<IReadOnlyDictionary<string, SpotQuote>>> loadAsync, TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, DateTimeOffset> _wantedAt = new(StringComparer.Ordinal);
    private SharedCall<bool>? _call;
    private DateTimeOffset _notBefore;

    /// <summary>The known prices.</summary>
    public SpotQuotes Quotes { get; private set; } = SpotQuotes.None;

    /// <summary>When a price was last requested.</summary>
    public DateTimeOffset WantedAt { get; private set; }

    /// <summary>Registers interest in some types.</summary>
    public void Want(IEnumerable<string> types)
    {
        lock (_lock)
        {
            WantedAt = time.GetUtcNow();
            foreach (var type in types)
            {
                _wantedAt[type] = WantedAt;
            }
        }
    }

    /// <summary>Whether some of the types have no price newer than this age, and EC2 may be queried.</summary>
    public bool Lacks(IEnumerable<string> types, TimeSpan age)
    {
        var now = time.GetUtcNow();
        lock (_lock)
        {
            return now >= _notBefore && types.Any(type => !Quotes.ByType.TryGetValue(type, out var quote) || now - quote.FetchedAt >= age);
        }
    }

    /// <summary>
    /// Queries EC2 for all needed prices that are missing or old; concurrent callers share the call. Does not throw: failures are in <see
    /// cref="Quotes"/>.
    /// </summary>
    public Task LoadAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return (_call ??= new(LoadAsync)).RunAsync(cancellationToken);
        }
    }

    private async Task<bool> LoadAsync()
    {
        var due = Due();
        if (due.Count == 0)
        {
            return true; // loaded by the previous call
        }

        try
        {
            var loaded = await loadAsync(due);
            lock (_lock)
            {
                var all = Quotes.ByType.Where(pair => _wantedAt.ContainsKey(pair.Key)).ToDictionary(StringComparer.Ordinal);
                foreach (var (type, quote) in loaded)
                {
                    all[type] = quote;
                }

                Quotes = new(all) { AsOf = time.GetUtcNow() };
                return true;
            }
        }
        catch (ProviderException e)
        {
            lock (_lock)
            {
                // A missing permission is not granted any sooner by retrying.
                _notBefore = time.GetUtcNow() + (AwsFailures.IsOfRights(e) ? SpotPriceProvider.AfterDenial : SpotPriceProvider.AfterFailure);
                Quotes = new(Young()) { AsOf = Quotes.AsOf, Problem = e };
                return false;
            }
        }
    }

    // An outdated spot price is worse than the on-demand price, so it is dropped.
    private Dictionary<string, SpotQuote> Young()
    {
        var oldest = time.GetUtcNow() - SpotPriceProvider.GoodFor;
        return Quotes.ByType.Where(pair => pair.Value.FetchedAt > oldest).ToDictionary(StringComparer.Ordinal);
    }

    private List<string> Due()
    {
        var now = time.GetUtcNow();
        lock (_lock)
        {
            foreach (var type in _wantedAt.Where(pair => now - pair.Value > SpotPriceProvider.GoodFor).Select(pair => pair.Key).ToList())
            {
                _wantedAt.Remove(type);
            }

            return
            [
                .. _wantedAt.Where(pair => !Quotes.ByType.TryGetValue(pair.Key, out var quote) || now - quote.FetchedAt >= SpotPriceProvider.Refresh)
                    .OrderByDescending(pair => pair.Value).ThenBy(pair => pair.Key, StringComparer.Ordinal)
                    .Take(SpotPriceProvider.MaxTypes).Select(pair => pair.Key),
            ];
        }
    }
}

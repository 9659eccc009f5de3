namespace Operator.Aws.Prices;

/// <summary>What is known of the spot prices of one account and region, and which types they are wanted of.</summary>
/// <param name="loadAsync">Asks EC2 for the prices of some types.</param>
/// <param name="time">The clock.</param>
internal sealed class SpotMarket(Func<IReadOnlyList<string>, Task<IReadOnlyDictionary<string, SpotQuote>>> loadAsync, TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, DateTimeOffset> _wantedAt = new(StringComparer.Ordinal);
    private SharedCall<bool>? _call;
    private DateTimeOffset _notBefore;

    /// <summary>What is known.</summary>
    public SpotQuotes Quotes { get; private set; } = SpotQuotes.None;

    /// <summary>When somebody last wanted a price.</summary>
    public DateTimeOffset WantedAt { get; private set; }

    /// <summary>Takes in who is interested in what.</summary>
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

    /// <summary>Whether some of the wanted types have no price of this age or younger, and EC2 may be asked.</summary>
    public bool Lacks(IEnumerable<string> types, TimeSpan age)
    {
        var now = time.GetUtcNow();
        lock (_lock)
        {
            return now >= _notBefore && types.Any(type => !Quotes.ByType.TryGetValue(type, out var quote) || now - quote.FetchedAt >= age);
        }
    }

    /// <summary>Asks EC2 for all that is wanted and missing or old; those who ask meanwhile share the call. It does not throw: what failed is in <see cref="Quotes"/>.</summary>
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
            return true; // the call before has brought them
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
                // Without the right there is no answer however often one asks; who grants it waits for this.
                _notBefore = time.GetUtcNow() + (AwsFailures.IsOfRights(e) ? SpotPriceProvider.AfterDenial : SpotPriceProvider.AfterFailure);
                Quotes = new(Young()) { AsOf = Quotes.AsOf, Problem = e };
                return false;
            }
        }
    }

    // An old price is no price: what it would say of today is less true than the on-demand price.
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

namespace Operator.LeaseApi;

/// <summary>
/// What the requests of one repository may take at a time, so that none keeps the others waiting: a token bucket, and a number of waits. Each replica counts for itself.
/// </summary>
internal sealed class RepositoryLimits(LeaseApiOptions options, TimeProvider timeProvider)
{
    /// <summary>Repositories that are remembered; beyond that, those go that have their whole burst again.</summary>
    public const int MostRepositories = 20_000;

    /// <summary>The longest wait of one request.</summary>
    public TimeSpan LongestWait => options.LongestWait;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Bucket> _buckets = new(StringComparer.Ordinal);
    private int _waits;

    /// <summary>Takes one request.</summary>
    /// <param name="repository">Issuer and id.</param>
    /// <returns>Null where it may go on; otherwise after which time it may.</returns>
    public TimeSpan? Take(string repository)
    {
        lock (_lock)
        {
            var now = timeProvider.GetUtcNow();
            var bucket = BucketOf(repository, now);
            if (bucket is null)
            {
                return options.RefillEvery; // nobody has room: everybody asks too often
            }

            bucket.Refill(now, options);
            if (bucket.Left < 1)
            {
                return options.RefillEvery * (1 - bucket.Left);
            }

            bucket.Left--;
            return null;
        }
    }

    /// <summary>Begins a wait.</summary>
    /// <param name="repository">Issuer and id.</param>
    /// <returns>To be disposed at its end; null where there are too many.</returns>
    public IDisposable? BeginWait(string repository)
    {
        lock (_lock)
        {
            if (_waits >= options.Waits || BucketOf(repository, timeProvider.GetUtcNow()) is not { } bucket || bucket.Waits >= options.WaitsPerRepository)
            {
                return null;
            }

            (_waits, bucket.Waits) = (_waits + 1, bucket.Waits + 1);
            return new Wait(this, bucket);
        }
    }

    private Bucket? BucketOf(string repository, DateTimeOffset now)
    {
        if (_buckets.TryGetValue(repository, out var known))
        {
            return known;
        }

        if (_buckets.Count >= MostRepositories)
        {
            foreach (var (name, bucket) in _buckets)
            {
                bucket.Refill(now, options);
                if (bucket.Waits == 0 && bucket.Left >= options.Burst)
                {
                    _buckets.Remove(name);
                }
            }
        }

        return _buckets.Count >= MostRepositories ? null : _buckets[repository] = new() { Left = options.Burst, At = now };
    }

    private sealed class Bucket
    {
        public double Left { get; set; }

        public DateTimeOffset At { get; set; }

        public int Waits { get; set; }

        public void Refill(DateTimeOffset now, LeaseApiOptions options)
        {
            Left = Math.Min(options.Burst, Left + Math.Max(0, (now - At) / options.RefillEvery));
            At = now;
        }
    }

    private sealed class Wait(RepositoryLimits owner, Bucket bucket) : IDisposable
    {
        private bool _isOver;

        public void Dispose()
        {
            lock (owner._lock)
            {
                if (!_isOver)
                {
                    _isOver = true;
                    (owner._waits, bucket.Waits) = (owner._waits - 1, bucket.Waits - 1);
                }
            }
        }
    }
}

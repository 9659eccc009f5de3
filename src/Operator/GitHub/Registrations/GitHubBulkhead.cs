using System.Collections.Concurrent;

namespace Operator.GitHub.Registrations;

/// <summary>Keeps a place that answers slowly from taking every worker: what is too much for it is tried again later.</summary>
internal sealed class GitHubBulkhead(TimeProvider timeProvider)
{
    /// <summary>Reason: the place is slow, and enough calls wait for it.</summary>
    public const string Reason = "GitHubSlow";

    /// <summary>Calls that may wait for a slow place: a fraction of the workers that leases have.</summary>
    private const int MostCalls = 8;

    /// <summary>A call that waits for so long makes its place a slow one. GitHub answers in a tenth of that.</summary>
    private static readonly TimeSpan Slow = TimeSpan.FromSeconds(2);

    private readonly ConcurrentDictionary<GitHubTarget, Calls> _places = new();

    /// <summary>Makes a call unless the place is slow and has enough to do.</summary>
    /// <exception cref="RegistryException">The place is slow; nothing was called.</exception>
    public async Task<T> CallAsync<T>(GitHubTarget target, Func<Task<T>> call)
    {
        var calls = _places.GetOrAdd(target, _ => new());
        if (calls.TryBegin(timeProvider.GetUtcNow()) is not { } begun)
        {
            throw Refusal(target);
        }

        try
        {
            return await call();
        }
        finally
        {
            if (calls.End(begun) == 0)
            {
                _places.TryRemove(KeyValuePair.Create(target, calls));
            }
        }
    }

    /// <summary>What to say of a place that is slow.</summary>
    public static RegistryException Refusal(GitHubTarget target) =>
        new(Reason, $"{target}: GitHub has not answered for several seconds; it is retried, and other pools are not affected; see GitHub's status page if it persists")
        {
            RetryAfter = TimeSpan.FromSeconds(5),
        };

    private sealed class Calls
    {
        private readonly LinkedList<DateTimeOffset> _begun = [];

        public LinkedListNode<DateTimeOffset>? TryBegin(DateTimeOffset now)
        {
            lock (_begun)
            {
                return _begun.Count >= MostCalls && now - _begun.First!.Value > Slow ? null : _begun.AddLast(now);
            }
        }

        /// <returns>How many are left.</returns>
        public int End(LinkedListNode<DateTimeOffset> call)
        {
            lock (_begun)
            {
                _begun.Remove(call);
                return _begun.Count;
            }
        }
    }
}

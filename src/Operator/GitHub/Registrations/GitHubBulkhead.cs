using System.Collections.Concurrent;

namespace Operator.GitHub.Registrations;

/// <summary>Keeps a slow GitHub target from occupying every worker: excess calls are rejected and retried later.</summary>
internal sealed class GitHubBulkhead(TimeProvider timeProvider)
{
    /// <summary>Reason: the target is slow, and enough calls are waiting for it.</summary>
    public const string Reason = "GitHubSlow";

    /// <summary>Calls that may wait for a slow target: a fraction of the lease workers.</summary>
    private const int MostCalls = 8;

    /// <summary>A call that waits this long marks its target as slow. GitHub normally answers in a tenth of that.</summary>
    public static readonly TimeSpan Slow = TimeSpan.FromSeconds(2);

    private readonly ConcurrentDictionary<GitHubTarget, Calls> _targets = new();

    /// <summary>Makes a call unless the target is slow and has enough calls waiting.</summary>
    /// <exception cref="RegistryException">The target is slow; nothing was called.</exception>
    public async Task<T> CallAsync<T>(GitHubTarget target, Func<Task<T>> call)
    {
        var calls = _targets.GetOrAdd(target, _ => new());
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
                _targets.TryRemove(KeyValuePair.Create(target, calls));
            }
        }
    }

    /// <summary>The error for a slow target.</summary>
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

using System.Collections.Concurrent;

namespace Operator.GitHub.Registrations;

/// <summary>
/// Keeps a slow GitHub from occupying all workers, however many organizations and pools it has: only a few calls may wait for it. Other
/// calls that started before it was found to be slow are cancelled, and excess ones rejected; all are retried later.
/// </summary>
internal sealed class GitHubBulkhead(TimeProvider timeProvider)
{
    /// <summary>Reason: the host is slow, and enough calls are waiting for it.</summary>
    public const string Reason = "GitHubSlow";

    /// <summary>Calls that may wait for a slow host: a fraction of the lease and pool workers.</summary>
    public const int MostCalls = 8;

    /// <summary>A call that waits this long marks its host as slow. GitHub normally answers ten times faster.</summary>
    public static readonly TimeSpan Slow = TimeSpan.FromSeconds(2);

    private readonly ConcurrentDictionary<string, Calls> _hosts = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Makes a call unless the target's host is slow and enough calls are waiting for it.</summary>
    /// <exception cref="RegistryException">The host is slow; the call was not made or its answer not awaited.</exception>
    public async Task<T> CallAsync<T>(GitHubTarget target, Func<CancellationToken, Task<T>> call, CancellationToken cancellationToken)
    {
        var calls = _hosts.GetOrAdd(target.Site, _ => new());
        if (calls.TryBegin(timeProvider.GetUtcNow()) is not { } begun)
        {
            throw Refusal(target);
        }

        using var patience = new CancellationTokenSource(begun.IsInExcess ? Slow : Timeout.InfiniteTimeSpan, timeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            return await call(either.Token);
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw Refusal(target);
        }
        finally
        {
            if (calls.End(begun.Node) == 0)
            {
                _hosts.TryRemove(KeyValuePair.Create(target.Site, calls));
            }
        }
    }

    /// <summary>The error for a target on a slow host.</summary>
    public static RegistryException Refusal(GitHubTarget target) =>
        new(Reason, $"{target}: GitHub has not answered for several seconds; it is retried, and other pools are not affected; see GitHub's status page if it persists")
        {
            RetryAfter = TimeSpan.FromSeconds(5),
        };

    private sealed class Calls
    {
        private readonly LinkedList<DateTimeOffset> _begun = [];

        public (LinkedListNode<DateTimeOffset> Node, bool IsInExcess)? TryBegin(DateTimeOffset now)
        {
            lock (_begun)
            {
                var isInExcess = _begun.Count >= MostCalls;
                return isInExcess && now - _begun.First!.Value > Slow ? null : (_begun.AddLast(now), isInExcess);
            }
        }

        /// <returns>Number of remaining calls.</returns>
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

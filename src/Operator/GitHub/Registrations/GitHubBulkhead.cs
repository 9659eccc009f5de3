using System.Collections.Concurrent;

namespace Operator.GitHub.Registrations;

/// <summary>
/// Keeps a slow GitHub from occupying every worker, however many organizations and pools are there: it keeps a few calls waiting. Others that began
/// before it was seen to be slow are ended, and excess ones rejected; all are retried later.
/// </summary>
internal sealed class GitHubBulkhead(TimeProvider timeProvider)
{
    /// <summary>Reason: the host is slow, and enough calls are waiting for it.</summary>
    public const string Reason = "GitHubSlow";

    /// <summary>Calls that may wait for a slow host: a fraction of the workers, of leases and of pools.</summary>
    public const int MostCalls = 8;

    /// <summary>A call that waits this long marks its host as slow. GitHub normally answers in a tenth of that.</summary>
    public static readonly TimeSpan Slow = TimeSpan.FromSeconds(2);

    private readonly ConcurrentDictionary<string, Calls> _hosts = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Makes a call unless the target's host is slow and has enough calls waiting.</summary>
    /// <exception cref="RegistryException">The host is slow; nothing was called, or the answer was not waited for.</exception>
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

    /// <summary>The error for a target at a slow host.</summary>
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

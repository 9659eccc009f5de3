using System.Collections.Concurrent;

namespace Operator.Forges;

/// <summary>
/// Keeps a slow GitHub or GitLab from occupying all workers, however many organizations and pools it has: only a few calls may wait for it. Other
/// calls that started before it was found to be slow are cancelled, and excess ones rejected; all are retried later.
/// </summary>
internal sealed class ForgeBulkhead(TimeProvider timeProvider)
{
    /// <summary>Reason: GitHub is slow, and enough calls are waiting for it.</summary>
    public const string Reason = "GitHubSlow";

    /// <summary>Reason: the same of a GitLab.</summary>
    public const string GitLabReason = "GitLabSlow";

    /// <summary>Calls that may wait for a slow host: a fraction of the lease and pool workers.</summary>
    public const int MostCalls = 8;

    /// <summary>A call that waits this long marks its host as slow. GitHub normally answers ten times faster.</summary>
    public static readonly TimeSpan Slow = TimeSpan.FromSeconds(2);

    private readonly ConcurrentDictionary<string, Calls> _hosts = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Makes a call unless the target's host is slow and enough calls are waiting for it.</summary>
    /// <exception cref="RegistryException">The host is slow; the call was not made or its answer not awaited.</exception>
    public async Task<T> CallAsync<T>(ForgeTarget target, Func<CancellationToken, Task<T>> call, CancellationToken cancellationToken)
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
    public static RegistryException Refusal(ForgeTarget target) =>
        new(target.Forge == ForgeKind.GitHub ? Reason : GitLabReason, $"{target}: {target.Forge} has not answered for several seconds; it is retried, and other pools are not affected; see {(target.Forge == ForgeKind.GitHub ? "GitHub's status page" : "the status of that GitLab")} if it persists")
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

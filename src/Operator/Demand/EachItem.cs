using System.Runtime.ExceptionServices;
using Operator.GitHub.Rest;

namespace Operator.Demand;

/// <summary>Handles many items, each by itself: one that fails keeps no other back.</summary>
internal static class EachItem
{
    /// <summary>Handles each item. The rest is left only where it would fail alike: GitHub's budget is used up, it refuses the credential, or nobody answers.</summary>
    /// <param name="items">The items.</param>
    /// <param name="handle">Handles one.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <param name="parallelism">How many at a time.</param>
    /// <returns>The first failure; null if there was none.</returns>
    public static async Task<Exception?> HandleAsync<T>(
        IEnumerable<T> items, Func<T, CancellationToken, Task> handle, CancellationToken cancellationToken, int parallelism = 1)
    {
        Exception? first = null;
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var options = new ParallelOptions { MaxDegreeOfParallelism = parallelism, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(items.TakeWhile(_ => !end.IsCancellationRequested), options, async (item, token) =>
        {
            if (await FailureOfAsync(() => handle(item, token), cancellationToken) is { } failure)
            {
                Interlocked.CompareExchange(ref first, failure, null);
                await (ConcernsAll(failure) ? end.CancelAsync() : Task.CompletedTask);
            }
        });
        return first;
    }

    /// <summary>Does one of several things that do not depend on each other.</summary>
    /// <returns>Why it failed; null if it did not.</returns>
    public static async Task<Exception?> FailureOfAsync(Func<Task> handle, CancellationToken cancellationToken)
    {
        try
        {
            await handle();
            return null;
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            return e;
        }
    }

    /// <summary>Reports what failed, once all has been tried.</summary>
    public static void ThrowIfAny(Exception? failure)
    {
        if (failure is not null)
        {
            ExceptionDispatchInfo.Throw(failure);
        }
    }

    private static bool ConcernsAll(Exception failure) => failure is HttpRequestException
        || (failure as GitHubApiException)?.Reason is GitHubErrors.RateLimited or GitHubErrors.Unreachable
            or GitHubErrors.Unauthorized or GitHubErrors.InstallationSuspended or GitHubErrors.InstallationNotFound;
}

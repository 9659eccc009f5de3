using System.Runtime.ExceptionServices;
using Operator.GitHub.Rest;
using Operator.GitLab.Rest;

namespace Operator.Demand;

/// <summary>Handles many items independently: a failing one does not hold up the others.</summary>
internal static class EachItem
{
    /// <summary>
    /// Handles each item. Stops only at failures that the remaining items would share: an exhausted rate limit, refused credentials,
    /// or no answer at all.
    /// </summary>
    /// <param name="items">The items.</param>
    /// <param name="handle">Handles one item.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <param name="parallelism">Maximum number at a time.</param>
    /// <returns>The first failure; null for none.</returns>
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

    /// <summary>Runs one of several independent steps.</summary>
    /// <returns>Its failure; null for none.</returns>
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

    /// <summary>Throws a collected failure after everything has been tried.</summary>
    public static void ThrowIfAny(Exception? failure)
    {
        if (failure is not null)
        {
            ExceptionDispatchInfo.Throw(failure);
        }
    }

    private static bool ConcernsAll(Exception failure) => failure is HttpRequestException
        || (failure as GitHubApiException)?.Reason is GitHubErrors.RateLimited or GitHubErrors.Unreachable
            or GitHubErrors.Unauthorized or GitHubErrors.InstallationSuspended or GitHubErrors.InstallationNotFound
        || (failure as GitLabApiException)?.Reason is GitLabErrors.RateLimited or GitLabErrors.Unreachable or GitLabErrors.Unauthorized;
}

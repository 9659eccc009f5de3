using Operator.GitHub.Rest;
using Operator.GitHub.ScaleSets;

namespace Operator.Demand.ScaleSets;

/// <summary>A listener's session with its scale set: one at a time, its queue token renewed on expiry.</summary>
/// <param name="client">The service's client; replaced when credentials change.</param>
/// <param name="scaleSetId">The scale set.</param>
/// <param name="opened">The session as created by the service.</param>
/// <param name="refreshed">Called with the statistics of each refresh.</param>
internal sealed class MessageSession(IScaleSetClient client, long scaleSetId, ScaleSetSession opened, Action<ScaleSetStatistics?> refreshed)
{
    private ScaleSetSession _session = opened;
    private readonly HashSet<long> _offered = [];
    private long _lastMessageId;

    public IScaleSetClient Client { get; set; } = client;

    public long ScaleSetId => scaleSetId;

    public Guid Id => _session.SessionId;

    /// <summary>Waits for the next unacknowledged message; null if the service's long poll ended without one.</summary>
    public Task<ScaleSetMessage?> PollAsync(int maxCapacity, CancellationToken cancellationToken) =>
        WithFreshTokenAsync(() => Client.PollAsync(scaleSetId, _session, _lastMessageId, maxCapacity, cancellationToken), cancellationToken);

    public async Task AcknowledgeAsync(ScaleSetMessage message, CancellationToken cancellationToken)
    {
        await WithFreshTokenAsync(
            async () =>
            {
                await Client.AcknowledgeAsync(scaleSetId, _session, message.MessageId, cancellationToken);
                return true;
            },
            cancellationToken);
        _lastMessageId = message.MessageId;
    }

    /// <summary>
    /// Records offered jobs. Earlier offers that were not acquired when none is available any more went to another scale set; the
    /// statistics of a message do not include its own offers.
    /// </summary>
    public void Note(IEnumerable<long> requestIds, ScaleSetStatistics? statistics)
    {
        if (statistics is { TotalAvailableJobs: 0 })
        {
            _offered.Clear();
        }

        _offered.UnionWith(requestIds.Where(id => id > 0));
    }

    /// <summary>Acquires offered jobs, if any. Each job is offered once; jobs that are not assigned now are requested again.</summary>
    /// <returns>Why GitHub refuses offers that are dropped, for example cancelled or taken by another scale set. Null for none.</returns>
    public async Task<GitHubApiException?> AcquireAsync(CancellationToken cancellationToken)
    {
        long[] offered = [.. _offered];
        if (offered.Length == 0)
        {
            return null;
        }

        try
        {
            await AcquireAsync(offered, cancellationToken);
            return null;
        }
        catch (GitHubApiException e) when (IsRefusal(e))
        {
            return offered.Length > 1 ? await AcquireOneByOneAsync(offered, cancellationToken) : Drop(offered[0], e);
        }
    }

    /// <summary>Proves that the session is alive and fetches current statistics.</summary>
    public async Task RefreshAsync(CancellationToken cancellationToken)
    {
        _session = await Client.RefreshSessionAsync(scaleSetId, Id, cancellationToken);
        refreshed(_session.Statistics);
    }

    public Task CloseAsync(CancellationToken cancellationToken) => Client.DeleteSessionAsync(scaleSetId, Id, cancellationToken);

    // One refused id must not block the rest of its list.
    private async Task<GitHubApiException?> AcquireOneByOneAsync(long[] offered, CancellationToken cancellationToken)
    {
        GitHubApiException? refused = null;
        foreach (var id in offered)
        {
            try
            {
                await AcquireAsync([id], cancellationToken);
            }
            catch (GitHubApiException e) when (IsRefusal(e))
            {
                refused = Drop(id, e);
            }
        }

        return refused;
    }

    private async Task AcquireAsync(long[] ids, CancellationToken cancellationToken) => _offered.ExceptWith(await WithFreshTokenAsync(
        () => Client.AcquireJobsAsync(scaleSetId, _session, ids, cancellationToken), cancellationToken));

    private GitHubApiException Drop(long id, GitHubApiException refusal)
    {
        _offered.Remove(id);
        return refusal;
    }

    // Concerns the requested jobs, as opposed to the caller (401, 403) or the moment (408, 429).
    private static bool IsRefusal(GitHubApiException exception) => exception is not GitHubRateLimitedException
        && exception.StatusCode is >= 400 and < 500 and not (401 or 403 or 408 or 429);

    private async Task<T> WithFreshTokenAsync<T>(Func<Task<T>> call, CancellationToken cancellationToken)
    {
        try
        {
            return await call();
        }
        catch (QueueTokenRefusedException)
        {
            await RefreshAsync(cancellationToken);
            return await call();
        }
    }
}

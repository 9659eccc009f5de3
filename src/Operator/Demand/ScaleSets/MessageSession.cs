using Operator.GitHub.ScaleSets;

namespace Operator.Demand.ScaleSets;

/// <summary>The hold that a listener has on its scale set: one at a time, its queue token renewed when it ends.</summary>
/// <param name="client">Talks to the service; replaced when credentials are.</param>
/// <param name="scaleSetId">The scale set.</param>
/// <param name="opened">The session as the service gave it.</param>
internal sealed class MessageSession(IScaleSetClient client, long scaleSetId, ScaleSetSession opened)
{
    private ScaleSetSession _session = opened;
    private readonly HashSet<long> _offered = [];
    private long _lastMessageId;

    public IScaleSetClient Client { get; set; } = client;

    public long ScaleSetId => scaleSetId;

    public Guid Id => _session.SessionId;

    /// <summary>Waits for a message that was not acknowledged yet; null when there was none for the service's while.</summary>
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

    /// <summary>Records jobs that the service offers. Those not acquired when none is available any more went to another scale set.</summary>
    public void Note(IEnumerable<long> requestIds, ScaleSetStatistics? statistics)
    {
        _offered.UnionWith(requestIds);
        if (statistics is { TotalAvailableJobs: 0 })
        {
            _offered.Clear();
        }
    }

    /// <summary>Asks for what is offered, if anything is. An offer comes once: what is not given now is asked for again.</summary>
    public async Task AcquireAsync(CancellationToken cancellationToken)
    {
        if (_offered.Count > 0)
        {
            long[] offered = [.. _offered];
            _offered.ExceptWith(await WithFreshTokenAsync(
                () => Client.AcquireJobsAsync(scaleSetId, _session, offered, cancellationToken), cancellationToken));
        }
    }

    /// <summary>Proves that the session lives, and brings fresh statistics.</summary>
    public async Task<ScaleSetStatistics?> RefreshAsync(CancellationToken cancellationToken)
    {
        _session = await Client.RefreshSessionAsync(scaleSetId, Id, cancellationToken);
        return _session.Statistics;
    }

    public Task CloseAsync(CancellationToken cancellationToken) => Client.DeleteSessionAsync(scaleSetId, Id, cancellationToken);

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

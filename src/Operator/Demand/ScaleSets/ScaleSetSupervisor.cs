using System.Collections.Concurrent;
using System.Threading.Channels;
using Operator.Entities.RunnerPools;

namespace Operator.Demand.ScaleSets;

/// <summary>
/// Runs an independent listener for each pool that needs a scale set: a slow or failing organization delays no other. Leader only; when
/// leadership ends, all sessions are closed.
/// </summary>
internal sealed partial class ScaleSetSupervisor(
    IStore<V1Alpha1RunnerPool> pools,
    ScaleSetConnector connector,
    ScaleSetStates states,
    Func<NamespacedName, ScaleSetListener> createListener,
    LoopSupervisor loops,
    ILogger<ScaleSetSupervisor> logger) : ILeaderService
{
    private readonly ConcurrentDictionary<NamespacedName, Running> _running = new();
    private volatile Channel<NamespacedName>? _changes;

    /// <summary>A pool has changed, or a lease of it in a way that makes room.</summary>
    public void Enqueue(NamespacedName pool) => _changes?.Writer.TryWrite(pool);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var changes = Channel.CreateUnbounded<NamespacedName>();
        _changes = changes;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            foreach (var pool in pools.List())
            {
                Enqueue(NamespacedName.From(pool));
            }

            await foreach (var key in changes.Reader.ReadAllAsync(cancellationToken))
            {
                TryAdjust(key, stop.Token);
            }
        }
        finally
        {
            _changes = null;
            await stop.CancelAsync();
            await Task.WhenAll(_running.Values.Select(running => running.Ended));
            foreach (var key in _running.Keys)
            {
                Remove(key);
            }
        }
    }

    // A failure for one pool must not end the others' listeners. It is retried with the pool's next change.
    private void TryAdjust(NamespacedName key, CancellationToken cancellationToken)
    {
        try
        {
            Adjust(key, cancellationToken);
        }
        catch (Exception e)
        {
            LogNotAdjusted(e, key);
        }
    }

    private void Adjust(NamespacedName key, CancellationToken cancellationToken)
    {
        var isWanted = connector.DesiredOf(key) is not null;
        if (_running.TryGetValue(key, out var ended) && ended.HasEnded)
        {
            Remove(key);
        }

        if (!_running.TryGetValue(key, out var running))
        {
            if (isWanted)
            {
                Start(key, cancellationToken);
            }
        }
        else if (!isWanted)
        {
            running.Stop.Cancel();
        }
        else
        {
            running.Listener.Reevaluate();
        }
    }

    private void Start(NamespacedName key, CancellationToken cancellationToken)
    {
        states.Begin(key);
        var running = new Running(createListener(key), CancellationTokenSource.CreateLinkedTokenSource(cancellationToken));
        _running[key] = running;
        running.Ended = Task.Run(() => ListenAsync(key, running), CancellationToken.None);
    }

    private async Task ListenAsync(NamespacedName key, Running running)
    {
        try
        {
            await loops.RunAsync(nameof(ScaleSetListener), key.ToString(), token => RunOnceAsync(key, running.Listener, token), running.Stop.Token, running.Listener.Progress);
        }
        finally
        {
            states.Forget(key);
            running.HasEnded = true;
            Enqueue(key); // it may be wanted again
        }
    }

    private async Task RunOnceAsync(NamespacedName key, ScaleSetListener listener, CancellationToken cancellationToken)
    {
        try
        {
            await listener.RunAsync(cancellationToken);
        }
        catch (Exception) when (!cancellationToken.IsCancellationRequested)
        {
            states.Post(key, facts => facts with { State = DemandState.Opening }); // not listening until it is restarted
            throw;
        }
    }

    private void Remove(NamespacedName key)
    {
        if (_running.TryRemove(key, out var running))
        {
            running.Stop.Dispose();
        }
    }

    [LoggerMessage(LogLevel.Error, "Cannot determine whether {Pool} needs a listener; retrying on its next change")]
    private partial void LogNotAdjusted(Exception exception, NamespacedName pool);

    private sealed class Running(ScaleSetListener listener, CancellationTokenSource stop)
    {
        private volatile bool _hasEnded;

        public ScaleSetListener Listener => listener;

        public CancellationTokenSource Stop => stop;

        public Task Ended { get; set; } = Task.CompletedTask;

        public bool HasEnded
        {
            get => _hasEnded;
            set => _hasEnded = value;
        }
    }
}

using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Text.Json;
using Operator.Runtime.Client;

namespace Operator.Runtime.Informers;

/// <summary>
/// Keeps a store of all objects of a kind up to date with one list followed by a watch that resumes where it was interrupted. If the server
/// no longer has that version it lists again, and reports everything that appeared, changed or disappeared in the meantime.
/// </summary>
public sealed partial class Informer<T> : IInformer<T>
    where T : class, IKubernetesObject
{
    private readonly IKubernetesClient _client;
    private readonly InformerOptions _options;
    private readonly RuntimeEnvironment _environment;
    private readonly ILogger _logger;
    private readonly ObjectStore<T> _store = new();
    private ImmutableList<Action<T?, T?>> _handlers = [];
    private readonly ConcurrentDictionary<NamespacedName, MalformedObject> _malformed = new();
    private readonly TaskCompletionSource _synced = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile string? _lastResourceVersion;
    private volatile string? _lastError;
    private bool _hasWarned;
    private long _lastEventAt;
    private bool _mustList = true;
    private int _failures;

    /// <summary>Creates an informer, which does nothing until <see cref="RunAsync"/>.</summary>
    public Informer(IKubernetesClient client, InformerOptions options, RuntimeEnvironment environment)
    {
        ArgumentNullException.ThrowIfNull(environment);
        _client = client;
        _options = options;
        _environment = environment;
        _logger = environment.Loggers.CreateLogger("Operator.Runtime.Informer");
        _store.Changed = Notify;
        environment.Metrics.InitializeInformer(Kind);
    }

    /// <inheritdoc/>
    public string Kind => ResourceKind<T>.Kind;

    /// <inheritdoc/>
    public IStore<T> Store => _store;

    /// <inheritdoc/>
    public IReadOnlyCollection<MalformedObject> MalformedObjects => [.. _malformed.Values];

    /// <inheritdoc/>
    public bool HasSynced => _synced.Task.IsCompleted;

    /// <inheritdoc/>
    public string? LastResourceVersion => _lastResourceVersion;

    /// <inheritdoc/>
    public DateTimeOffset? LastEventAt => Volatile.Read(ref _lastEventAt) is > 0 and var ticks ? new(ticks, TimeSpan.Zero) : null;

    /// <inheritdoc/>
    public string? LastError => _lastError;

    /// <inheritdoc/>
    public IDisposable AddHandler(Action<T?, T?> handler)
    {
        ImmutableInterlocked.Update(ref _handlers, handlers => handlers.Add(handler));
        return new Subscription(() => ImmutableInterlocked.Update(ref _handlers, handlers => handlers.Remove(handler)));
    }

    /// <inheritdoc/>
    public Task WaitForSyncAsync(CancellationToken cancellationToken) => _synced.Task.WaitAsync(cancellationToken);

    /// <inheritdoc/>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            var started = _environment.Time.GetTimestamp();
            try
            {
                if (_mustList)
                {
                    await ListAsync(cancellationToken);
                }

                await WatchAsync(started, cancellationToken);
                continue;
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
            // Whatever it was, the only option is to continue: the loop has no caller who could handle it.
            catch (Exception e)
            {
                _mustList |= IsRefusal(e);
                // A failure after a long success is not consecutive to earlier ones.
                _failures = _environment.Time.GetElapsedTime(started) > _options.BackOff.Cap ? 0 : _failures;
                Report(e);
            }

            var delay = _options.BackOff.Delay(_failures++, _environment.Jitter());
            await Task.Delay(delay, _environment.Time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task ListAsync(CancellationToken cancellationToken)
    {
        var list = await _client.ListAsync<T>(_options.Namespace, _options.LabelSelector, cancellationToken);
        _environment.Metrics.Relisted(Kind);
        var malformed = list.Malformed.ToDictionary(item => item.Key);
        List<StoreEntry<T>> entries = new(list.Items.Count);
        foreach (var item in list.Items)
        {
            if (Prepare(item, out var unfit) is { } entry)
            {
                entries.Add(entry);
            }
            else
            {
                malformed[unfit!.Key] = unfit;
            }
        }

        foreach (var known in _malformed.Keys.Where(key => !malformed.ContainsKey(key)))
        {
            _malformed.TryRemove(known, out _);
        }

        foreach (var item in malformed.Values)
        {
            Record(item);
        }

        _store.Replace(entries, list.ResourceVersion);
        _mustList = false;
        Recover(list.ResourceVersion);
        if (_synced.TrySetResult())
        {
            LogSynced(Kind, entries.Count, list.ResourceVersion);
        }
    }

    private async Task WatchAsync(long started, CancellationToken cancellationToken)
    {
        var received = false;
        var options = new WatchOptions
        {
            Namespace = _options.Namespace,
            LabelSelector = _options.LabelSelector,
            ResourceVersion = _lastResourceVersion,
            Timeout = _options.MinWatch + ((_options.MaxWatch - _options.MinWatch) * _environment.Jitter()),
            SilenceLimit = _options.SilenceLimit,
        };
        await foreach (var change in _client.WatchAsync<T>(options, cancellationToken))
        {
            TakeIn(change);
            Recover(change.ResourceVersion);
            _failures = 0;
            received = true;
        }

        // A server that repeatedly closes the watch immediately is failing, not quiet.
        if (!received && _environment.Time.GetElapsedTime(started) < TimeSpan.FromSeconds(1))
        {
            throw new IOException("The API server closed the watch immediately.");
        }
    }

    private void TakeIn(WatchEvent<T> change)
    {
        switch (change)
        {
            case { Type: WatchEventType.Added or WatchEventType.Modified, Item: { } item }:
                if (Prepare(item, out var unfit) is { } entry)
                {
                    _malformed.TryRemove(entry.Key, out _);
                    _store.Set(entry);
                }
                else
                {
                    Exclude(unfit!);
                }

                break;
            case { Type: WatchEventType.Deleted }:
                var key = change.Item is { } last ? NamespacedName.From(last) : change.Malformed!.Key;
                _malformed.TryRemove(key, out _);
                _store.Remove(key, change.ResourceVersion);
                break;
            case { Type: WatchEventType.Malformed }:
                Exclude(change.Malformed!);
                break;
            case { Type: WatchEventType.Bookmark }:
                _store.Observe(change.ResourceVersion);
                break;
            default:
                throw change.Error ?? throw new IOException("The API server ended the watch with an unspecified error.");
        }
    }

    private StoreEntry<T>? Prepare(T item, out MalformedObject? malformed)
    {
        malformed = null;
        try
        {
            return _store.Prepare(item);
        }
        // An index may fail on unexpected content, which must not affect other objects.
        catch (Exception e)
        {
            malformed = new(NamespacedName.From(item), item.Metadata.Uid, item.Metadata.ResourceVersion, e.Message);
            return null;
        }
    }

    private void Exclude(MalformedObject item)
    {
        Record(item);
        _store.Remove(item.Key, item.ResourceVersion);
    }

    private void Record(MalformedObject item)
    {
        if (_malformed.TryGetValue(item.Key, out var known) && known.ResourceVersion == item.ResourceVersion)
        {
            return;
        }

        _malformed[item.Key] = item;
        _environment.Metrics.MalformedObject(Kind);
        LogMalformed(Kind, item.Key, item.ResourceVersion, item.Error);
        _options.OnMalformed?.Invoke(item);
    }

    private void Notify(T? before, T? after)
    {
        foreach (var handler in Volatile.Read(ref _handlers))
        {
            try
            {
                handler(before, after);
            }
            catch (Exception e)
            {
                LogHandlerFailed(e, Kind, NamespacedName.From((after ?? before)!));
            }
        }
    }

    // The server answered and will answer the same again: the version to resume from is gone.
    private static bool IsRefusal(Exception e) =>
        e is KubernetesApiException { IsTransient: false } or KubernetesApiException { StatusCode: System.Net.HttpStatusCode.GatewayTimeout };

    private void Recover(string? version)
    {
        _lastResourceVersion = version ?? _lastResourceVersion;
        Volatile.Write(ref _lastEventAt, _environment.Time.GetUtcNow().UtcTicks);
        if (_lastError is not null)
        {
            _lastError = null;
            LogRecovered(_hasWarned ? LogLevel.Information : LogLevel.Debug, Kind);
            _hasWarned = false;
        }
    }

    private void Report(Exception e)
    {
        // Connections break routinely, and a list recovers an expired version; an outage is reported once for the whole process.
        var expected = (_failures == 0 && e is KubernetesApiException { IsGone: true }) || e is JsonException || ApiHealth.IsOutage(e);
        if (expected)
        {
            LogInterrupted(Kind, e.Message);
        }
        else if (_lastError != e.Message)
        {
            _hasWarned = true;
            LogFailing(Kind, e.Message);
        }

        if (_failures > 0 || !expected)
        {
            _lastError = e.Message;
        }
    }

    [LoggerMessage(LogLevel.Information, "Informer for {Kind} listed {Count} objects at {ResourceVersion}")]
    private partial void LogSynced(string kind, int count, string resourceVersion);

    [LoggerMessage(LogLevel.Debug, "Watch for {Kind} was interrupted: {Error}")]
    private partial void LogInterrupted(string kind, string error);

    [LoggerMessage(LogLevel.Warning, "Informer for {Kind} lost the API server; retrying: {Error}")]
    private partial void LogFailing(string kind, string error);

    [LoggerMessage("Informer for {Kind} is connected again")]
    private partial void LogRecovered(LogLevel level, string kind);

    [LoggerMessage(LogLevel.Warning, "{Kind} {Key} at {ResourceVersion} cannot be parsed and is ignored: {Error}")]
    private partial void LogMalformed(string kind, NamespacedName key, string? resourceVersion, string error);

    [LoggerMessage(LogLevel.Error, "An event handler for {Kind} failed on {Key}")]
    private partial void LogHandlerFailed(Exception exception, string kind, NamespacedName key);
}

using System.Diagnostics.CodeAnalysis;
using System.Threading.Channels;

namespace Operator.Runtime.Queues;

/// <summary>
/// A queue of keys to work on. A waiting key is present once, however often it is added. A key added while being worked on is handed out
/// again afterwards, never concurrently. Failures are retried after growing delays, forever. If keys have groups (<see
/// cref="WorkShares{TKey}"/>), groups take turns, and each is limited to the number of workers left for the others; if they have
/// priorities, the highest comes first within its groups.
/// </summary>
public sealed class WorkQueue<TKey> : IDisposable
    where TKey : notnull
{
    private readonly string _name;
    private readonly BackOff _backOff;
    private readonly RuntimeEnvironment _environment;
    private readonly Lock _lock = new();
    private readonly ReadyKeys<TKey> _ready;
    private readonly Channel<bool> _signals = Channel.CreateUnbounded<bool>(); // together with _passedOver, one per ready key
    private readonly Dictionary<TKey, long> _dirty = [];
    private readonly Dictionary<TKey, long> _processing = [];
    private readonly Dictionary<TKey, int> _failures = [];
    private readonly DelayedKeys<TKey> _delayed;
    private int _passedOver;
    private long _movedAt;
    private bool _isDisposed;

    /// <param name="name">The queue's name in metrics.</param>
    /// <param name="backOff">The delays after failures.</param>
    /// <param name="environment">Time, randomness and metrics.</param>
    /// <param name="shares">How workers are shared; null for first come, first served.</param>
    public WorkQueue(string name, BackOff backOff, RuntimeEnvironment environment, WorkShares<TKey>? shares = null)
    {
        ArgumentNullException.ThrowIfNull(environment);
        _name = name;
        _backOff = backOff;
        _environment = environment;
        _ready = new(shares);
        _delayed = new(environment.Time, Add);
        _movedAt = environment.Time.GetTimestamp();
    }

    /// <summary>Number of keys that are ready, or will be once work in progress on them is done.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _dirty.Count;
            }
        }
    }

    /// <summary>Whether no key is ready or being worked on. Delayed keys do not count.</summary>
    public bool IsIdle
    {
        get
        {
            lock (_lock)
            {
                return _dirty.Count == 0 && _processing.Count == 0;
            }
        }
    }

    /// <summary>The key being worked on for the longest time; null for none.</summary>
    public (TKey Key, TimeSpan Age)? LongestWork
    {
        get
        {
            lock (_lock)
            {
                return _processing.Count == 0 ? null
                    : _processing.MinBy(work => work.Value) is var oldest ? (oldest.Key, _environment.Time.GetElapsedTime(oldest.Value)) : null;
            }
        }
    }

    /// <summary>How long keys have been ready without any being taken or completed; zero if none is ready.</summary>
    public TimeSpan Standstill
    {
        get
        {
            lock (_lock)
            {
                return _dirty.Count == 0 ? TimeSpan.Zero : _environment.Time.GetElapsedTime(Math.Max(_movedAt, _dirty.Values.Min()));
            }
        }
    }

    /// <summary>Makes a key ready.</summary>
    public void Add(TKey key)
    {
        lock (_lock)
        {
            if (_isDisposed)
            {
                return;
            }

            var isNew = _dirty.TryAdd(key, _environment.Time.GetTimestamp());
            if (isNew)
            {
                _environment.Metrics.KeyReady(_name);
            }

            if (_processing.ContainsKey(key))
            {
                return; // ready again once that is done
            }

            if (isNew)
            {
                MakeReady(key);
            }
            else
            {
                _ready.Add(key); // its priority may have risen
            }
        }
    }

    /// <summary>Makes a key ready after a delay. If a key has several delays, the earliest wins.</summary>
    public void AddAfter(TKey key, TimeSpan delay)
    {
        if (delay <= TimeSpan.Zero)
        {
            Add(key);
        }
        else
        {
            _delayed.Add(key, delay);
        }
    }

    /// <summary>Makes a key ready after a delay that doubles with each call until <see cref="Forget"/>.</summary>
    public void AddRateLimited(TKey key)
    {
        int failures;
        lock (_lock)
        {
            failures = _failures.GetValueOrDefault(key);
            _failures[key] = failures + 1;
        }

        _environment.Metrics.KeyRetried(_name);
        AddAfter(key, _backOff.Delay(failures, _environment.Jitter()));
    }

    /// <summary>The key has succeeded, which resets its delay.</summary>
    public void Forget(TKey key)
    {
        lock (_lock)
        {
            _failures.Remove(key);
        }
    }

    /// <summary>Waits for a ready key whose groups have workers left. Call <see cref="Done"/> afterwards.</summary>
    public async ValueTask<TKey> TakeAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            await _signals.Reader.ReadAsync(cancellationToken);
            if (TryTakeSignalled(out var key))
            {
                return key;
            }
        }
    }

    /// <summary>The same without waiting.</summary>
    public bool TryTake([MaybeNullWhen(false)] out TKey key)
    {
        key = default;
        return _signals.Reader.TryRead(out _) && TryTakeSignalled(out key);
    }

    /// <summary>Work on a key has ended. If it was added in the meantime, it is ready again.</summary>
    public void Done(TKey key)
    {
        lock (_lock)
        {
            _movedAt = _environment.Time.GetTimestamp();
            if (!_processing.Remove(key))
            {
                return;
            }

            _ready.Release(key);
            SignalPassedOver();
            if (_dirty.ContainsKey(key))
            {
                MakeReady(key);
            }
        }
    }

    /// <summary>Drops all waiting keys and accepts no more.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            _isDisposed = true;
            _environment.Metrics.KeysDropped(_name, _dirty.Count);
            _dirty.Clear();
            _failures.Clear();
        }

        _delayed.Dispose();
    }

    private bool TryTakeSignalled([MaybeNullWhen(false)] out TKey key)
    {
        lock (_lock)
        {
            if (!_ready.TryTake(out key))
            {
                _passedOver++;
                return false;
            }

            SignalPassedOver(); // there may be another one
            _dirty.Remove(key, out var since);
            _processing[key] = _movedAt = _environment.Time.GetTimestamp();
            _environment.Metrics.KeyTaken(_name, _environment.Time.GetElapsedTime(since));
            return true;
        }
    }

    private void MakeReady(TKey key)
    {
        _ready.Add(key);
        _signals.Writer.TryWrite(true);
    }

    private void SignalPassedOver()
    {
        if (_passedOver > 0)
        {
            _passedOver--;
            _signals.Writer.TryWrite(true);
        }
    }
}

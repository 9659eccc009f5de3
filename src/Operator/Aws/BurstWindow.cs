namespace Operator.Aws;

/// <summary>
/// How long a batch of requests stays open for others: the first of a burst is sent soon, and the window doubles with each batch that closely
/// follows another. EC2 grants few requests. The caller holds a lock.
/// </summary>
/// <param name="timeProvider">The clock.</param>
/// <param name="alone">The window of a batch that follows none.</param>
/// <param name="longest">The window does not grow beyond this.</param>
internal sealed class BurstWindow(TimeProvider timeProvider, TimeSpan alone, TimeSpan longest)
{
    /// <summary>The window of a batch that follows one that had none: short compared to a write to the API server.</summary>
    public static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(5);

    /// <summary>After this long without a batch, the next one is no part of the burst.</summary>
    private static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(100);

    private TimeSpan _window;
    private long? _lastClosed;

    /// <summary>The window of a batch that opens now.</summary>
    /// <param name="besideOthers">Whether another one is open.</param>
    public TimeSpan Open(bool besideOthers)
    {
        var followsOthers = besideOthers || (_lastClosed is { } last && timeProvider.GetElapsedTime(last) < Quiet);
        var doubled = _window == TimeSpan.Zero ? Shortest : _window * 2;
        return _window = !followsOthers ? alone : doubled < longest ? doubled : longest;
    }

    /// <summary>A batch was closed that is sent.</summary>
    public void Close() => _lastClosed = timeProvider.GetTimestamp();
}

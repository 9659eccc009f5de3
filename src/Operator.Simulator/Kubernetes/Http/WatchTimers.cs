using Operator.Simulator.Kubernetes.Storage;

namespace Operator.Simulator.Kubernetes.Http;

/// <summary>Signals when a watch times out, and when a bookmark is due: every minute, and once shortly before the end.</summary>
internal sealed class WatchTimers : IAsyncDisposable
{
    private static readonly TimeSpan BookmarkInterval = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LastBookmarkBeforeEnd = TimeSpan.FromSeconds(2);

    private readonly ITimer _end;
    private readonly ITimer? _minutes;
    private readonly ITimer? _last;
    private volatile bool _isOver;
    private volatile bool _isBookmarkDue;

    public WatchTimers(TimeProvider timeProvider, ObjectWatch watch, WatchQuery query)
    {
        _end = timeProvider.CreateTimer(_ => { _isOver = true; watch.Wake(); }, null, query.Timeout, Timeout.InfiniteTimeSpan);
        if (query.WantsBookmarks)
        {
            _minutes = timeProvider.CreateTimer(_ => RingBookmark(watch), null, BookmarkInterval, BookmarkInterval);
            _last = query.Timeout > LastBookmarkBeforeEnd
                ? timeProvider.CreateTimer(_ => RingBookmark(watch), null, query.Timeout - LastBookmarkBeforeEnd, Timeout.InfiniteTimeSpan)
                : null;
        }
    }

    public bool IsOver => _isOver;

    /// <summary>Whether a bookmark is due; then it is no longer.</summary>
    public bool TakeBookmark()
    {
        var due = _isBookmarkDue;
        _isBookmarkDue = false;
        return due;
    }

    public async ValueTask DisposeAsync()
    {
        await _end.DisposeAsync();
        foreach (var timer in (ITimer?[])[_minutes, _last])
        {
            if (timer is not null)
            {
                await timer.DisposeAsync();
            }
        }
    }

    private void RingBookmark(ObjectWatch watch)
    {
        _isBookmarkDue = true;
        watch.Wake();
    }
}

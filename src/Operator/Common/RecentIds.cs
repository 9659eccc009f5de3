namespace Operator.Common;

/// <summary>Remembers the latest ids of a kind, and forgets the oldest.</summary>
/// <typeparam name="T">The id.</typeparam>
/// <param name="capacity">How many.</param>
internal sealed class RecentIds<T>(int capacity)
    where T : notnull
{
    private readonly Lock _lock = new();
    private readonly HashSet<T> _ids = [];
    private readonly Queue<T> _order = new();

    public bool Contains(T id)
    {
        lock (_lock)
        {
            return _ids.Contains(id);
        }
    }

    public void Add(T id)
    {
        lock (_lock)
        {
            if (!_ids.Add(id))
            {
                return;
            }

            _order.Enqueue(id);
            if (_order.Count > capacity)
            {
                _ids.Remove(_order.Dequeue());
            }
        }
    }
}

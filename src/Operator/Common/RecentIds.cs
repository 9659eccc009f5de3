namespace Operator.Common;

/// <summary>A set of the most recent ids; the oldest are dropped.</summary>
/// <typeparam name="T">The id.</typeparam>
/// <param name="capacity">Maximum number.</param>
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

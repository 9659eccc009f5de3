namespace Operator.Simulator.GitHub;

/// <summary>
/// The lock of the service's state. Callbacks to hosts are collected while it is held and run after it is released, because hosts call
/// back.
/// </summary>
internal sealed class ServiceLock
{
    private readonly Lock _lock = new();
    private List<Action>? _afterwards;

    /// <summary>Reads or changes the state.</summary>
    /// <typeparam name="T">What comes of it.</typeparam>
    /// <param name="change">The change; adds callbacks to make afterwards.</param>
    public T Change<T>(Func<List<Action>, T> change)
    {
        var callbacks = new List<Action>();
        T result;
        lock (_lock)
        {
            _afterwards = callbacks;
            result = change(callbacks);
            _afterwards = null;
        }

        callbacks.ForEach(callback => callback());
        return result;
    }

    /// <summary>Changes the state.</summary>
    /// <param name="change">The change; adds callbacks to make afterwards.</param>
    public void Change(Action<List<Action>> change) =>
        Change(callbacks =>
        {
            change(callbacks);
            return true;
        });

    /// <summary>Reads the state.</summary>
    /// <typeparam name="T">The result.</typeparam>
    /// <param name="read">The reading.</param>
    public T Read<T>(Func<T> read)
    {
        lock (_lock)
        {
            return read();
        }
    }

    /// <summary>Defers an action until the current change is complete and the lock is released. Called only within a change.</summary>
    /// <param name="action">What to do.</param>
    public void Afterwards(Action action) =>
        (_afterwards ?? throw new InvalidOperationException("no change is under way")).Add(action);
}

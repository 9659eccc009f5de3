namespace Operator.Common;

/// <summary>A call shared by all concurrent callers. A cancelled caller does not cancel it for the others.</summary>
/// <typeparam name="T">The result.</typeparam>
/// <param name="call">The call, which must terminate by itself.</param>
internal sealed class SharedCall<T>(Func<Task<T>> call)
{
    private readonly Lock _lock = new();
    private Task<T>? _running;

    /// <summary>Whether the call is in progress.</summary>
    public bool IsRunning
    {
        get
        {
            lock (_lock)
            {
                return _running is { IsCompleted: false };
            }
        }
    }

    /// <summary>Joins the call in progress, or starts one.</summary>
    /// <param name="cancellationToken">Ends the wait, not the call.</param>
    public Task<T> RunAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (_running is null or { IsCompleted: true })
            {
                _running = Task.Run(call, CancellationToken.None);
            }

            return _running.WaitAsync(cancellationToken);
        }
    }
}

namespace Operator.Common;

/// <summary>A call that all who ask while it runs share. One who gives up does not end it for the others.</summary>
/// <typeparam name="T">What it answers.</typeparam>
/// <param name="call">The call; ends by itself.</param>
internal sealed class SharedCall<T>(Func<Task<T>> call)
{
    private readonly Lock _lock = new();
    private Task<T>? _running;

    /// <summary>Whether the call runs at the moment.</summary>
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

    /// <summary>Joins the call that runs, or starts one.</summary>
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

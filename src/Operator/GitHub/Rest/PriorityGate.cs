namespace Operator.GitHub.Rest;

/// <summary>The priority of calls when slots or the rate limit are short.</summary>
internal enum GitHubPriority
{
    /// <summary>Work that a job waits for: registration.</summary>
    High,

    /// <summary>Polling and cleanup.</summary>
    Low,
}

/// <summary>Limits concurrency; waiters with high priority go first, otherwise in order of arrival.</summary>
/// <param name="slots">Maximum concurrency.</param>
internal sealed class PriorityGate(int slots)
{
    private readonly Lock _lock = new();
    private readonly Queue<TaskCompletionSource>[] _waiting = [new(), new()];
    private int _free = slots;

    /// <summary>Waits for a slot; dispose the result to release it.</summary>
    /// <param name="priority">The priority.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<IDisposable> EnterAsync(GitHubPriority priority, CancellationToken cancellationToken)
    {
        if (Queue(priority) is { } turn)
        {
            // Grant and cancellation race: a slot granted to a cancelled waiter would leak.
            await using var registration = cancellationToken.Register(() => turn.TrySetCanceled(cancellationToken));
            await turn.Task;
        }

        return new Slot(this);
    }

    private TaskCompletionSource? Queue(GitHubPriority priority)
    {
        lock (_lock)
        {
            if (_free > 0)
            {
                _free--;
                return null;
            }

            var turn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting[(int)priority].Enqueue(turn);
            return turn;
        }
    }

    private void Leave()
    {
        lock (_lock)
        {
            foreach (var queue in _waiting)
            {
                while (queue.TryDequeue(out var turn))
                {
                    if (turn.TrySetResult())
                    {
                        return;
                    }
                }
            }

            _free++;
        }
    }

    private sealed class Slot(PriorityGate gate) : IDisposable
    {
        private PriorityGate? _gate = gate;

        public void Dispose() => Interlocked.Exchange(ref _gate, null)?.Leave();
    }
}

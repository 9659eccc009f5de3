namespace Operator.Tests.Aws.UserData;

/// <summary>What was seen of a machine, in order; tests wait for it, never for time.</summary>
internal sealed class EventLog
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly Lock _lock = new();
    private readonly List<string> _events = [];
    private TaskCompletionSource _added = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Add(string text)
    {
        TaskCompletionSource added;
        lock (_lock)
        {
            _events.Add(text);
            (added, _added) = (_added, new(TaskCreationOptions.RunContinuationsAsynchronously));
        }

        added.SetResult();
    }

    public IReadOnlyList<string> All
    {
        get
        {
            lock (_lock)
            {
                return [.. _events];
            }
        }
    }

    public int Count(string text) => All.Count(e => e.Contains(text, StringComparison.Ordinal));

    /// <summary>Waits until events that contain the text were seen that many times.</summary>
    public async Task SeeAsync(string text, int times = 1)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (true)
        {
            Task added;
            lock (_lock)
            {
                if (_events.Count(e => e.Contains(text, StringComparison.Ordinal)) >= times)
                {
                    return;
                }

                added = _added.Task;
            }

            try
            {
                await added.WaitAsync(patience.Token);
            }
            catch (OperationCanceledException)
            {
                Assert.Fail($"'{text}' was not seen {times} times. Seen:\n{string.Join('\n', All)}");
            }
        }
    }
}

namespace Operator.Aws.Fleets;

/// <summary>
/// Leases launched by one request. A batch opens, closes after a moment, lets every member store the intent, and is sent when all members
/// have done so or given up.
/// </summary>
internal sealed class Batch(LaunchNeed need, string intentId, Func<Task<PreparedLaunch>> prepareAsync)
{
    private readonly Lock _lock = new();
    private readonly TaskCompletionSource _firstSettled = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _stored = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<LaunchResult> _result = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<string> _members = [];
    private Task<PreparedLaunch>? _prepared;
    private int _outstanding;
    private bool _closed;

    public LaunchNeed Need => need;

    public string IntentId => intentId;

    /// <summary>The request, chosen once, before the first intent is stored.</summary>
    public Task<PreparedLaunch> PrepareAsync()
    {
        lock (_lock)
        {
            return _prepared ??= prepareAsync();
        }
    }

    /// <summary>Whether all members have given up.</summary>
    public bool IsEmpty
    {
        get
        {
            lock (_lock)
            {
                return _members.Count + _outstanding == 0;
            }
        }
    }

    /// <summary>Complete when the first member has stored its intent or given up.</summary>
    public Task FirstSettled => _firstSettled.Task;

    public Task<LaunchResult> Result => _result.Task;

    /// <summary>The members whose intent is stored; complete once <see cref="Result"/> is.</summary>
    public IReadOnlyCollection<string> Members
    {
        get
        {
            lock (_lock)
            {
                return [.. _members];
            }
        }
    }

    public void Join()
    {
        lock (_lock)
        {
            _outstanding++;
        }
    }

    public void Ready(string leaseName) => Settle(leaseName);

    public void Leave() => Settle(leaseName: null);

    public async Task<int> CloseAsync()
    {
        lock (_lock)
        {
            _closed = true;
            if (_outstanding == 0)
            {
                _stored.TrySetResult();
            }
        }

        await _stored.Task;
        return Members.Count;
    }

    public void Complete(LaunchResult result) => _result.TrySetResult(result);

    public void Fail(Exception exception) => _result.TrySetException(exception);

    private void Settle(string? leaseName)
    {
        lock (_lock)
        {
            if (leaseName is not null)
            {
                _members.Add(leaseName);
            }

            _outstanding--;
            _firstSettled.TrySetResult();
            if (_closed && _outstanding == 0)
            {
                _stored.TrySetResult();
            }
        }
    }
}

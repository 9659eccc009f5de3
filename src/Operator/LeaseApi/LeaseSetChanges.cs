using Operator.Entities.RunnerLeaseSets;

namespace Operator.LeaseApi;

/// <summary>Wakes those who wait for a change of a set, by one subscription for all of them.</summary>
internal sealed class LeaseSetChanges : IDisposable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<NamespacedName, List<TaskCompletionSource>> _waiting = [];
    private readonly IDisposable _subscription;

    public LeaseSetChanges(IInformer<V1Alpha1RunnerLeaseSet> sets) =>
        _subscription = sets.AddHandler((before, after) => Wake(NamespacedName.From((after ?? before)!)));

    /// <summary>Ends at the next change of a set, or after a time.</summary>
    /// <param name="key">The set.</param>
    /// <param name="isDue">Asked once the wait is begun, so that nothing is missed: whether there is nothing to wait for.</param>
    /// <param name="longest">The time.</param>
    /// <param name="timeProvider">The clock.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task NextAsync(NamespacedName key, Func<bool> isDue, TimeSpan longest, TimeProvider timeProvider, CancellationToken cancellationToken)
    {
        var change = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Add(key, change);
        try
        {
            if (!isDue())
            {
                await change.Task.WaitAsync(longest, timeProvider, cancellationToken);
            }
        }
        catch (TimeoutException)
        {
            // Nothing has changed.
        }
        finally
        {
            Remove(key, change);
        }
    }

    public void Dispose() => _subscription.Dispose();

    private void Wake(NamespacedName key)
    {
        lock (_lock)
        {
            foreach (var change in _waiting.GetValueOrDefault(key) ?? [])
            {
                change.TrySetResult();
            }
        }
    }

    private void Add(NamespacedName key, TaskCompletionSource change)
    {
        lock (_lock)
        {
            if (!_waiting.TryGetValue(key, out var list))
            {
                _waiting[key] = list = [];
            }

            list.Add(change);
        }
    }

    private void Remove(NamespacedName key, TaskCompletionSource change)
    {
        lock (_lock)
        {
            if (_waiting.TryGetValue(key, out var list) && list.Remove(change) && list.Count == 0)
            {
                _waiting.Remove(key);
            }
        }
    }
}

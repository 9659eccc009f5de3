using Operator.Entities.RunnerPools;
using Operator.Settings;

namespace Operator.Leases;

/// <summary>
/// Prevents a failed action from being retried early, whatever wakes the lease: its own status update, another lease or a sweep. Only a
/// change of the action's inputs allows an immediate retry.
/// </summary>
internal sealed class FailedActions(IStore<V1Alpha1RunnerPool> pools, TimeProvider timeProvider)
{
    /// <summary>Longer than the back-off of any action.</summary>
    private static readonly TimeSpan Memory = TimeSpan.FromHours(1);

    private readonly ExpiringMap<string, FailedAction> _failures = new(Memory, timeProvider, StringComparer.Ordinal);

    /// <summary>Runs an action unless it is backing off.</summary>
    /// <param name="observed">The lease.</param>
    /// <param name="action">The action.</param>
    /// <param name="applyAsync">Runs it.</param>
    /// <exception cref="ProviderException">It failed, now or before its back-off ended.</exception>
    public async Task<RunnerLeaseObservation?> ApplyAsync(
        RunnerLeaseObservation observed, RunnerLeaseAction action, Func<Task<RunnerLeaseObservation?>> applyAsync)
    {
        var (uid, cause) = (observed.Lease.Metadata.Uid!, CauseOf(observed, action));
        var isRepeat = _failures.TryGet(uid, out var last) && last.Cause == cause;
        if (isRepeat && last!.Until - timeProvider.GetUtcNow() is var left && left > TimeSpan.Zero)
        {
            throw new ProviderException(last.Failure.Reason, last.Failure.Message, last.Failure) { RetryAfter = left };
        }

        try
        {
            var next = await applyAsync();
            if (isRepeat)
            {
                _failures.Remove(uid);
            }

            return next;
        }
        catch (ProviderException e) when (e is not LaunchNotAdmittedException)
        {
            _failures.Set(uid, new(cause, timeProvider.GetUtcNow() + (e.RetryAfter ?? ProviderException.DefaultRetry), e));
            throw;
        }
    }

    private Cause CauseOf(RunnerLeaseObservation observed, RunnerLeaseAction action)
    {
        var (lease, pool) = (observed.Lease, observed.Pool);
        return new(
            action is RunnerLeaseAction.TakeOver takeOver ? takeOver.LeaseName : action.GetType().Name,
            lease.Metadata.Generation,
            lease.Metadata.DeletionTimestamp,
            pools.Get(LeaseIndexes.PoolOf(lease))?.Metadata.Generation,
            action switch
            {
                RunnerLeaseAction.Launch => pool is null ? null : string.Join(',', TemplateChoice.Made(pool).Select(template => template.Id)),
                RunnerLeaseAction.Register => pool?.ScaleSetId is { } id ? $"{id}" : null,
                _ => null,
            });
    }

    // What an action is made from, where a person or the pool can change it. Input: the launch templates, or the scale set.
    private sealed record Cause(string Action, long? Generation, DateTimeOffset? DeletedAt, long? PoolGeneration, string? Input);

    private sealed record FailedAction(Cause Cause, DateTimeOffset Until, ProviderException Failure);
}

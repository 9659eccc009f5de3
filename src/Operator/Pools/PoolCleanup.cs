using System.Collections.Concurrent;
using Operator.Demand;
using Operator.Demand.ScaleSets;
using Operator.Entities.RunnerPools;

namespace Operator.Pools;

/// <summary>
/// Removes what a pool has made outside and does not need any more. It always ends: when that cannot be done for so long that
/// nobody will repair it, an event says what may be left over.
/// </summary>
internal sealed class PoolCleanup(
    UnrecordedRegistrations registrations, ScaleSetProvisioner scaleSets, PoolTemplates templates, IEventRecorder events, TimeProvider timeProvider)
{
    /// <summary>How long to try, before it is given up: none of it costs anything.</summary>
    public static readonly TimeSpan GiveUpAfter = TimeSpan.FromMinutes(15);

    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(15);

    private readonly ConcurrentDictionary<string, DateTimeOffset> _triedSince = new(StringComparer.Ordinal);

    /// <summary>Tries once to remove the registrations that no lease has noted.</summary>
    /// <returns>When to try again; null when there is nothing left to do.</returns>
    public Task<TimeSpan?> RemoveRegistrationsAsync(V1Alpha1RunnerPool pool, CancellationToken cancellationToken) => TryAsync(
        pool, "registrations", () => registrations.RemoveAsync(pool, cancellationToken), why => $"registrations at {pool.Spec.GitHub.Url} may be left ({why})");

    /// <summary>Tries once to remove the scale set, if the pool has one.</summary>
    /// <returns>When to try again; null when there is nothing left to do.</returns>
    public Task<TimeSpan?> RemoveScaleSetAsync(V1Alpha1RunnerPool pool, CancellationToken cancellationToken) =>
        ScaleSetRef.Of(pool.Status?.ScaleSet) is not { } noted
            ? Task.FromResult<TimeSpan?>(null)
            : TryAsync(
                pool, "the scale set", () => scaleSets.RemoveAsync(pool, cancellationToken), why => ScaleSetProvisioner.LeftOver(noted, why));

    /// <summary>Tries once to remove the launch templates.</summary>
    /// <returns>When to try again; null when there is nothing left to do.</returns>
    public Task<TimeSpan?> RemoveTemplatesAsync(V1Alpha1RunnerPool pool, CancellationToken cancellationToken) => TryAsync(
        pool, "the launch templates", () => templates.RemoveAsync(pool, cancellationToken),
        why => $"launch templates tagged {Tags.PoolUid}={pool.Metadata.Uid} may be left ({why})");

    private async Task<TimeSpan?> TryAsync(V1Alpha1RunnerPool pool, string what, Func<Task> removeAsync, Func<string, string> leftOver)
    {
        var key = $"{pool.Metadata.Uid}: {what}";
        try
        {
            await removeAsync();
        }
        catch (ProviderException e)
        {
            var now = timeProvider.GetUtcNow();
            if (now - _triedSince.GetOrAdd(key, now) < GiveUpAfter)
            {
                events.Publish(pool, EventType.Warning, e.Reason, $"removing {what}: {e.Message}");
                return e.RetryAfter ?? Poll;
            }

            events.Publish(pool, EventType.Warning, "LeftOver", $"gave up after {DurationText.Format(GiveUpAfter)}: {leftOver(e.Message)}");
        }

        _triedSince.TryRemove(key, out _);
        return null;
    }
}

using Operator.Demand;
using Operator.Demand.ScaleSets;
using Operator.Entities.Conditions;
using Operator.Entities.RunnerPools;

namespace Operator.Pools;

/// <summary>
/// Removes a pool's external resources that it no longer needs. It always ends: if removal fails for so long that
/// recovery is unlikely, it gives up and an event lists what may remain. The pool's condition records since when removal has failed.
/// </summary>
internal sealed class PoolCleanup(
    UnrecordedRegistrations registrations, ScaleSetProvisioner scaleSets, PoolTemplates templates, IEventRecorder events, TimeProvider timeProvider)
{
    /// <summary>How long to try before giving up; what remains costs nothing.</summary>
    public static readonly TimeSpan GiveUpAfter = TimeSpan.FromMinutes(15);

    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(15);

    /// <summary>Tries once to remove registrations that no lease records.</summary>
    /// <returns>What prevents the removal; null if nothing is left to do.</returns>
    public Task<CleanupFailure?> RemoveRegistrationsAsync(V1Alpha1RunnerPool pool, CancellationToken cancellationToken) => TryAsync(
        pool, RunnerPoolReasons.RegistrationsRemain, "registrations", () => registrations.RemoveAsync(pool, cancellationToken), why => $"registrations at {pool.Spec.GitHub.Url} may remain ({why})");

    /// <summary>Tries once to remove the scale set, if the pool has one.</summary>
    /// <returns>What prevents the removal; null if nothing is left to do.</returns>
    public Task<CleanupFailure?> RemoveScaleSetAsync(V1Alpha1RunnerPool pool, CancellationToken cancellationToken) =>
        ScaleSetRef.Of(pool.Status?.ScaleSet) is not { } noted
            ? Task.FromResult<CleanupFailure?>(null)
            : TryAsync(
                pool, RunnerPoolReasons.ScaleSetRemains, "the scale set", () => scaleSets.RemoveAsync(pool, cancellationToken), why => ScaleSetProvisioner.LeftOver(noted, why));

    /// <summary>Tries once to remove the launch templates.</summary>
    /// <returns>What prevents the removal; null if nothing is left to do.</returns>
    public Task<CleanupFailure?> RemoveTemplatesAsync(V1Alpha1RunnerPool pool, CancellationToken cancellationToken) => TryAsync(
        pool, RunnerPoolReasons.LaunchTemplatesRemain, "the launch templates", () => templates.RemoveAsync(pool, cancellationToken),
        why => $"launch templates tagged {Tags.PoolUid}={pool.Metadata.Uid} may remain ({why})");

    private async Task<CleanupFailure?> TryAsync(V1Alpha1RunnerPool pool, string reason, string what, Func<Task> removeAsync, Func<string, string> leftOver)
    {
        try
        {
            await removeAsync();
            return null;
        }
        catch (ProviderException e)
        {
            var known = ConditionList.Find(pool.Status?.Conditions, RunnerPoolConditions.CleanedUp);
            if (known?.Reason != reason || timeProvider.GetUtcNow() - known.LastTransitionTime < GiveUpAfter)
            {
                events.Publish(pool, EventType.Warning, e.Reason, $"removing {what}: {e.Message}");
                return new(reason, $"removing {what}: {e.Message}", e.RetryAfter ?? Poll);
            }

            events.Publish(pool, EventType.Warning, RunnerLeaseReasons.LeftOver, $"gave up after {DurationText.Format(GiveUpAfter)}: {leftOver(e.Message)}");
            return null;
        }
    }
}

/// <summary>What prevents the removal of a pool's resources.</summary>
/// <param name="Reason">What remains, one word.</param>
/// <param name="Message">Why, for humans.</param>
/// <param name="RetryAfter">When to try again.</param>
internal sealed record CleanupFailure(string Reason, string Message, TimeSpan RetryAfter);

using Operator.Demand;
using Operator.Demand.ScaleSets;
using Operator.Entities.Conditions;
using Operator.Entities.RunnerPools;
using Operator.GitHub.Registrations;

namespace Operator.Pools;

/// <summary>
/// Removes a pool's external resources that it no longer needs. It always ends: if removal fails for so long that
/// recovery is unlikely, it gives up and an event lists what may remain. The pool's condition records since when removal has failed.
/// </summary>
internal sealed class PoolCleanup(
    UnrecordedRegistrations registrations, ScaleSetProvisioner scaleSets, PoolTemplates templates, IEventRecorder events, TimeProvider timeProvider)
{
    /// <summary>How long to try before giving up; what remains costs nothing.</summary>
    public static readonly TimeSpan GiveUpAfter = ScaleSetProvisioner.GiveUpAfter;

    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(15);

    // In this order; the condition has the one that is under way.
    private static readonly string[] Order = [RunnerPoolReasons.RegistrationsRemain, RunnerPoolReasons.ScaleSetRemains, RunnerPoolReasons.LaunchTemplatesRemain];

    /// <summary>Tries once to remove registrations that no lease records.</summary>
    /// <returns>What prevents the removal; null if nothing is left to do.</returns>
    public Task<CleanupFailure?> RemoveRegistrationsAsync(V1Alpha1RunnerPool pool, CancellationToken cancellationToken) => TryAsync(
        pool,
        new(RunnerPoolReasons.RegistrationsRemain, "registrations", () => registrations.RemoveAsync(pool, cancellationToken), why => $"registrations at {pool.Spec.GitHub.Url} may remain ({why})")
        {
            IsFinal = failure => failure is RegistryException { HasMoved: true } || CannotBeAsked(failure),
        });

    /// <summary>Tries once to remove the scale set, if the pool has one.</summary>
    /// <returns>What prevents the removal; null if nothing is left to do.</returns>
    public Task<CleanupFailure?> RemoveScaleSetAsync(V1Alpha1RunnerPool pool, CancellationToken cancellationToken) =>
        ScaleSetRef.Of(pool.Status?.ScaleSet) is not { } noted
            ? Task.FromResult<CleanupFailure?>(null)
            : TryAsync(
                pool,
                new(RunnerPoolReasons.ScaleSetRemains, "the scale set", () => scaleSets.RemoveAsync(pool, cancellationToken), why => ScaleSetProvisioner.LeftOver(noted, why))
                {
                    IsFinal = failure => failure is RegistryException { HasMoved: true },
                });

    /// <summary>Tries once to remove the launch templates.</summary>
    /// <returns>What prevents the removal; null if nothing is left to do.</returns>
    public Task<CleanupFailure?> RemoveTemplatesAsync(V1Alpha1RunnerPool pool, CancellationToken cancellationToken) => TryAsync(
        pool,
        new(
            RunnerPoolReasons.LaunchTemplatesRemain, "the launch templates", () => templates.RemoveAsync(pool, cancellationToken),
            why => $"launch templates tagged {Tags.PoolUid}={pool.Metadata.Uid} may remain ({why})"));

    // There is nothing to ask GitHub with, or nobody who may be asked.
    private static bool CannotBeAsked(ProviderException failure) => failure is not RegistryException && failure.Reason != RunnerPoolReasons.RunnersLeft;

    private async Task<CleanupFailure?> TryAsync(V1Alpha1RunnerPool pool, Removal removal)
    {
        var known = ConditionList.Find(pool.Status?.Conditions, RunnerPoolConditions.CleanedUp);
        if (known?.ObservedGeneration == pool.Metadata.Generation && Array.IndexOf(Order, known?.Reason) > Array.IndexOf(Order, removal.Reason))
        {
            return null; // removed or given up before, and not tried again for what remains after it
        }

        try
        {
            await removal.RemoveAsync();
            return null;
        }
        catch (ProviderException e)
        {
            var isKnown = known?.Reason == removal.Reason
                || (removal.Reason == RunnerPoolReasons.ScaleSetRemains && known?.Reason == RunnerPoolReasons.RegistrationsRemain); // GitHub refuses both
            var hasLasted = isKnown && timeProvider.GetUtcNow() - known!.LastTransitionTime >= GiveUpAfter;
            if (!hasLasted && !removal.IsFinal(e))
            {
                events.Publish(pool, EventType.Warning, e.Reason, $"removing {removal.What}: {e.Message}");
                return new(removal.Reason, $"removing {removal.What}: {e.Message}", e.RetryAfter ?? Poll);
            }

            var gaveUp = hasLasted ? $"gave up after {DurationText.Format(GiveUpAfter)}: " : "";
            events.Publish(pool, EventType.Warning, RunnerLeaseReasons.LeftOver, gaveUp + removal.LeftOver(e.Message));
            return null;
        }
    }

    /// <summary>What is removed.</summary>
    /// <param name="Reason">Of the condition while it cannot be.</param>
    /// <param name="What">In words.</param>
    /// <param name="RemoveAsync">Removes it.</param>
    /// <param name="LeftOver">What to say when it is given up.</param>
    private sealed record Removal(string Reason, string What, Func<Task> RemoveAsync, Func<string, string> LeftOver)
    {
        /// <summary>Whether another try brings nothing.</summary>
        public Func<ProviderException, bool> IsFinal { get; init; } = _ => false;
    }
}

/// <summary>What prevents the removal of a pool's resources.</summary>
/// <param name="Reason">What remains, one word.</param>
/// <param name="Message">Why, for humans.</param>
/// <param name="RetryAfter">When to try again.</param>
internal sealed record CleanupFailure(string Reason, string Message, TimeSpan RetryAfter);

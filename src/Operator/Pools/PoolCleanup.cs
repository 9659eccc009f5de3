using Operator.Demand;
using Operator.Demand.ScaleSets;
using Operator.Entities.Conditions;
using Operator.Entities.RunnerPools;
using Operator.Forges;
using Operator.GitHub;
using Operator.Leases;
using Operator.Settings;

namespace Operator.Pools;

/// <summary>
/// Removes external resources that a pool no longer needs. It always terminates: if removal has failed for so long that recovery is
/// unlikely, it gives up, and an event lists what may remain. The pool's condition records since when removal has been failing.
/// </summary>
internal sealed class PoolCleanup(
    UnrecordedRegistrations registrations, ScaleSetProvisioner scaleSets, PoolGroups groups, PoolTemplates templates, IEventRecorder events, TimeProvider timeProvider)
{
    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(15);

    /// <summary>
    /// Makes one attempt to remove all external resources of a deleted pool without runners; a refusal does not block the rest.
    /// </summary>
    /// <returns>What prevents the removal; null if nothing is left to do.</returns>
    public async Task<CleanupFailure?> RemoveAsync(V1Alpha1RunnerPool pool, CancellationToken cancellationToken)
    {
        var runners = await RemoveRegistrationsAsync(pool, cancellationToken);

        // A runner without a lease that is still busy may belong to the scale set.
        var scaleSet = runners is { Cause: RunnerPoolReasons.RunnersLeft } ? null : await RemoveScaleSetAsync(pool, cancellationToken);
        var group = await RemoveGroupAsync(pool, cancellationToken);
        var launchTemplates = group is null ? await RemoveTemplatesAsync(pool, cancellationToken) : null; // the group launches from them
        return runners ?? scaleSet ?? group ?? launchTemplates;
    }

    /// <summary>
    /// Records that the pool is gone. This only limits how long the sweeps remember it, so a second refusal does not block the pool.
    /// </summary>
    /// <returns>What prevents it; null if nothing is left to do.</returns>
    public async Task<CleanupFailure?> RecordEndAsync(V1Alpha1RunnerPool pool, Func<Task> recordAsync)
    {
        try
        {
            await recordAsync();
            return null;
        }
        catch (Exception e) when (RequestRefusedException.Expected(e) is { } refusal)
        {
            if (ConditionList.Find(pool.Status?.Conditions, RunnerPoolConditions.CleanedUp)?.Reason == refusal.Reason)
            {
                events.Publish(pool, EventType.Warning, RunnerLeaseReasons.LeftOver, $"the operator's record of pools keeps the entry {pool.Metadata.Uid}: {refusal.Message}");
                return null;
            }

            return Report(pool, refusal.Reason, "recording that the pool is gone", refusal);
        }
    }

    // Without a launch template no machine was ever registered.
    private async Task<CleanupFailure?> RemoveRegistrationsAsync(V1Alpha1RunnerPool pool, CancellationToken cancellationToken) =>
        pool.Status is null or { LaunchTemplate: null, ScaleSet: null }
            ? null
            : await TryAsync(
                pool, RunnerPoolReasons.RegistrationsRemain, "registrations", () => registrations.RemoveAsync(pool, cancellationToken), why => $"registrations at {PoolTargets.UrlOf(pool.Spec)} may remain ({why})");

    /// <summary>Makes one attempt to delete the scale set, if the pool has one.</summary>
    /// <returns>What prevents the removal; null if nothing is left to do.</returns>
    public Task<CleanupFailure?> RemoveScaleSetAsync(V1Alpha1RunnerPool pool, CancellationToken cancellationToken) =>
        ScaleSetRef.From(pool.Status?.ScaleSet) is not { } noted
            ? Task.FromResult<CleanupFailure?>(null)
            : TryAsync(
                pool, RunnerPoolReasons.ScaleSetRemains, "the scale set", () => scaleSets.RemoveAsync(pool, cancellationToken), why => ScaleSetProvisioner.LeftOver(noted, why));

    private Task<CleanupFailure?> RemoveGroupAsync(V1Alpha1RunnerPool pool, CancellationToken cancellationToken) => !PoolGroups.MayHave(pool)
        ? Task.FromResult<CleanupFailure?>(null)
        : TryAsync(
            pool, RunnerPoolReasons.GroupRemains, "the Auto Scaling group", () => groups.RemoveAsync(pool, cancellationToken), why => $"an Auto Scaling group tagged {Tags.PoolUid}={pool.Metadata.Uid} may remain ({why})");

    private Task<CleanupFailure?> RemoveTemplatesAsync(V1Alpha1RunnerPool pool, CancellationToken cancellationToken) => TryAsync(
        pool, RunnerPoolReasons.LaunchTemplatesRemain, "the launch templates", () => templates.RemoveAsync(pool, cancellationToken),
        why => $"launch templates tagged {Tags.PoolUid}={pool.Metadata.Uid} may remain ({why})");

    private async Task<CleanupFailure?> TryAsync(V1Alpha1RunnerPool pool, string reason, string what, Func<Task> removeAsync, Func<string, string> leftOver)
    {
        try
        {
            await removeAsync();
            return null;
        }
        catch (Exception e) when (RequestRefusedException.Expected(e) is { } refusal)
        {
            var now = timeProvider.GetUtcNow();
            var end = (ConditionList.Find(pool.Status?.Conditions, RunnerPoolConditions.CleanedUp)?.LastTransitionTime ?? now) + LeaseTimings.GiveUpAfter;
            var isHopeless = IsHopeless(pool, refusal);
            if (!isHopeless && now < end)
            {
                return Report(pool, reason, $"removing {what}, until {end:yyyy-MM-dd'T'HH:mm'Z'}", refusal);
            }

            var pretext = isHopeless ? "" : $"gave up after {DurationText.Format(LeaseTimings.GiveUpAfter)}: ";
            events.Publish(pool, EventType.Warning, RunnerLeaseReasons.LeftOver, pretext + leftOver(refusal.Message));
            return null;
        }
    }

    // An address that has moved is no longer the pool's. A deleted pool's Secret does not come back: it was deleted together with the pool
    // or its namespace.
    private static bool IsHopeless(V1Alpha1RunnerPool pool, ProviderException refusal) => refusal is RegistryException { HasMoved: true }
        || (pool.Metadata.DeletionTimestamp is not null
            && (refusal is CredentialsMissingException || refusal.Reason is RunnerPoolReasons.InvalidUrl or RunnerPoolReasons.HostChanged or GitHubHosts.NotAllowed));

    private CleanupFailure Report(V1Alpha1RunnerPool pool, string reason, string what, ProviderException refusal)
    {
        events.Publish(pool, EventType.Warning, refusal.Reason, $"{what}: {refusal.Message}");
        var pause = refusal.RetryAfter ?? Poll;
        return new(reason, $"{what}: {refusal.Message}", pause < LeaseTimings.LongestRetry ? pause : LeaseTimings.LongestRetry) { Cause = refusal.Reason };
    }
}

/// <summary>What prevents the removal of a pool's resources.</summary>
/// <param name="Reason">What remains, as a condition reason.</param>
/// <param name="Message">Why, for users.</param>
/// <param name="RetryAfter">When to try again.</param>
internal sealed record CleanupFailure(string Reason, string Message, TimeSpan RetryAfter)
{
    /// <summary>The reason of the underlying refusal.</summary>
    public string? Cause { get; init; }
}

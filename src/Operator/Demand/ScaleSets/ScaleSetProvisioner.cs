using Operator.Entities.Conditions;
using Operator.Entities.RunnerPools;
using Operator.Forges;
using Operator.GitHub;
using Operator.GitHub.Registrations;
using Operator.GitHub.Rest;
using Operator.GitHub.ScaleSets;
using Operator.Leases;

namespace Operator.Demand.ScaleSets;

/// <summary>
/// Creates a pool's scale set, maintains its labels and group, and deletes it. A scale set belongs to the pool if the pool's status records
/// it; the name is recorded before it is created, so that a crash in between leaves nothing behind without an owner.
/// </summary>
internal sealed class ScaleSetProvisioner(
    ScaleSetStates states, IScaleSetConnections connections, PoolScopes scopes, ForgeBulkhead slow, IEventRecorder events, TimeProvider timeProvider)
{
    /// <summary>Reason: the scale set no longer exists, although its target is visible.</summary>
    private const string Gone = "ScaleSetGone";

    /// <summary>How long a pool's pass may take before that is said.</summary>
    private static readonly TimeSpan RecordTimeout = TimeSpan.FromMinutes(1);

    /// <summary>Ensures that the scale set exists as desired.</summary>
    /// <param name="pool">The current pool.</param>
    /// <param name="desired">Its desired scale set.</param>
    /// <param name="scope">The target and credentials.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="GitHubApiException">GitHub refuses.</exception>
    /// <exception cref="ProviderException">The group does not exist, or the name is taken.</exception>
    public async Task<ScaleSetRef> EnsureAsync(
        V1Alpha1RunnerPool pool, DesiredScaleSet desired, GitHubScope scope, CancellationToken cancellationToken)
    {
        var client = connections.Get(scope.Target, scope.Credentials);
        if (desired.IsLeaving)
        {
            return await FindLeftAsync(client, pool, scope, cancellationToken);
        }

        var noted = await LeaveOldTargetAsync(pool, desired, scope, cancellationToken);
        var group = await FindGroupAsync(client, desired, cancellationToken);
        var existing = noted?.Id is { } id ? await client.GetAsync(id, cancellationToken) : null;
        existing ??= await FindOwnAsync(client, pool, desired, group, noted, cancellationToken);
        var request = ScaleSetRequest.For(desired.Name, group, desired.LabelList);
        if (existing is null)
        {
            await NoteAsync(pool, new(UrlOf(desired), desired.Name), cancellationToken);
            existing = await client.CreateAsync(request, cancellationToken);
        }
        else if (!existing.Serves(group, desired.LabelList))
        {
            existing = await client.UpdateAsync(existing.Id, request, cancellationToken);
        }

        return new(UrlOf(desired), desired.Name, existing.Id, noted?.Id == existing.Id ? noted.SessionId : null);
    }

    // Neither created nor changed: it remains only for the jobs it already has.
    private async Task<ScaleSetRef> FindLeftAsync(IScaleSetClient client, V1Alpha1RunnerPool pool, GitHubScope scope, CancellationToken cancellationToken)
    {
        var noted = NotedOf(pool);
        return noted?.Id is { } id && (await client.GetAsync(id, cancellationToken) is not null || await IsListedAsync(client, noted, scope, cancellationToken))
            ? noted
            : throw new ProviderException(Gone, $"the scale set '{noted?.Name}' that the pool was about to leave no longer exists");
    }

    // A single 404 may come from something in between.
    private static async Task<bool> IsListedAsync(IScaleSetClient client, ScaleSetRef noted, GitHubScope scope, CancellationToken cancellationToken) =>
        await client.FindRunnerGroupAsync(scope.RunnerGroup, cancellationToken) is { } group
        && (await client.FindAsync(group, noted.Name, cancellationToken))?.Id == noted.Id;

    /// <summary>Deletes the scale set recorded in a pool's status. One on a host that the pool no longer uses is abandoned.</summary>
    /// <exception cref="ProviderException">It cannot be deleted now: a job is assigned to it, or GitHub or the credentials are unavailable.</exception>
    public async Task RemoveAsync(V1Alpha1RunnerPool pool, CancellationToken cancellationToken)
    {
        if (ScaleSetRef.From(pool.Status?.ScaleSet) is not { } noted)
        {
            return;
        }

        var scope = await scopes.ReadGitHubAsync(pool, cancellationToken);
        try
        {
            await slow.CallAsync(scope.Target, token => RemoveAsync(pool, noted, scope, token), cancellationToken);
        }
        catch (GitHubApiException e)
        {
            throw RegistryFailures.From(scope.Target, e);
        }
    }

    private ScaleSetRef? NotedOf(V1Alpha1RunnerPool pool) =>
        states.Read(NamespacedName.From(pool)).ScaleSet ?? ScaleSetRef.From(pool.Status?.ScaleSet);

    private static string UrlOf(DesiredScaleSet desired) => desired.Target.WebUrl.AbsoluteUri;

    private static async Task<long> FindGroupAsync(IScaleSetClient client, DesiredScaleSet desired, CancellationToken cancellationToken) =>
        await client.FindRunnerGroupAsync(desired.RunnerGroup, cancellationToken)
            ?? throw RegistryFailures.GroupNotFound(desired.Target, desired.RunnerGroup);

    // A scale set with our name that the status does not record is foreign, unless the pool is annotated to adopt it.
    private static async Task<ScaleSet?> FindOwnAsync(
        IScaleSetClient client, V1Alpha1RunnerPool pool, DesiredScaleSet desired, long group, ScaleSetRef? noted, CancellationToken cancellationToken)
    {
        var found = await client.FindAsync(group, desired.Name, cancellationToken);
        var isOwn = noted is { Id: null } && noted.Name == desired.Name;
        return found is null || isOwn || pool.Metadata.Annotations?.GetValueOrDefault(Annotations.AdoptScaleSet) == "true"
            ? found
            : throw new ProviderException(
                GitHubErrors.ScaleSetTaken,
                $"{desired.Target} has a scale set '{desired.Name}' in the group '{desired.RunnerGroup}' that this pool did not create: "
                + $"{GitHubErrors.RemedyOf(GitHubErrors.ScaleSetTaken)}; to take it over, annotate the pool with {Annotations.AdoptScaleSet}=true");
    }

    // The pool's address has changed: delete the scale set at the old one if possible, unless it is the same as at the new one.
    private async Task<ScaleSetRef?> LeaveOldTargetAsync(
        V1Alpha1RunnerPool pool, DesiredScaleSet desired, GitHubScope scope, CancellationToken cancellationToken)
    {
        var noted = NotedOf(pool);
        if (noted is null || string.Equals(noted.Url, UrlOf(desired), StringComparison.OrdinalIgnoreCase))
        {
            return noted;
        }

        if (await FindMovedAsync(noted, scope, cancellationToken) is { } moved)
        {
            return moved;
        }

        try
        {
            await RemoveAsync(pool, noted, scope, cancellationToken);
        }
        catch (GitHubApiException e) when (e.Reason == GitHubErrors.Moved || HasFailedForLong(pool))
        {
            events.Publish(pool, EventType.Warning, "LeftOver", LeftOver(noted, e.Message));
        }
        catch (GitHubApiException e)
        {
            states.Post(NamespacedName.From(pool), facts => facts with { LeaveFailure = FailureOf(noted, e) });
            throw;
        }

        return null;
    }

    /// <summary>
    /// Follows a repository or organization that was renamed or transferred: a scale set is identified by its id, not its address, so it is
    /// kept together with its jobs.
    /// </summary>
    /// <param name="pool">A pool whose recorded scale set has another address than the pool.</param>
    /// <param name="failure">The failure at that address.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>Whether the scale set was found at the pool's own address.</returns>
    public async Task<bool> FollowAsync(V1Alpha1RunnerPool pool, Exception failure, CancellationToken cancellationToken)
    {
        if (!MayHaveMoved(failure) || NotedOf(pool) is not { } noted
            || await FindMovedAsync(noted, await scopes.ReadGitHubAsync(pool, cancellationToken), cancellationToken) is not { } moved)
        {
            return false;
        }

        states.Post(NamespacedName.From(pool), facts => facts with { ScaleSet = moved });
        return true;
    }

    /// <summary>
    /// The scale set at the address that a pool is leaving is unreachable. Its jobs are abandoned immediately if it has moved or is gone;
    /// other failures may be temporary and must last first: the pool's condition CleanedUp records since when.
    /// </summary>
    public void RecordUnreachable(V1Alpha1RunnerPool pool, Exception failure)
    {
        var isOver = failure is GitHubApiException { Reason: GitHubErrors.Moved } or ProviderException { Reason: Gone or RunnerPoolReasons.HostChanged }
            || HasFailedForLong(pool);
        var noted = NotedOf(pool);
        states.Post(NamespacedName.From(pool), facts => isOver
            ? facts with { AssignedJobs = 0, AvailableJobs = 0 }
            : facts with { LeaveFailure = noted is null ? null : FailureOf(noted, failure) });
    }

    private static bool MayHaveMoved(Exception failure) =>
        failure is ProviderException { Reason: Gone } or GitHubApiException { Reason: GitHubErrors.Moved or GitHubErrors.NotFound or GitHubErrors.Forbidden };

    private static string FailureOf(ScaleSetRef noted, Exception failure) => $"leaving the scale set '{noted.Name}' at {noted.Url}: {failure.Message}";

    private bool HasFailedForLong(V1Alpha1RunnerPool pool) =>
        ConditionList.Find(pool.Status?.Conditions, RunnerPoolConditions.CleanedUp) is { Reason: RunnerPoolReasons.ScaleSetRemains } known
        && timeProvider.GetUtcNow() - known.LastTransitionTime >= LeaseTimings.GiveUpAfter;

    // At the pool's current address, if the recorded scale set is there with its id: then both addresses are the same repository or
    // organization.
    private async Task<ScaleSetRef?> FindMovedAsync(ScaleSetRef noted, GitHubScope scope, CancellationToken cancellationToken)
    {
        if (noted.Id is not { } id || scope.At(noted.Url) is not { } former || former.Target.Kind != scope.Target.Kind || former.Target.Equals(scope.Target))
        {
            return null;
        }

        var found = await connections.Get(scope.Target, scope.Credentials).GetAsync(id, cancellationToken);
        return found is not null && found.Name.Equals(noted.Name, StringComparison.OrdinalIgnoreCase) && !await IsAnotherAsync(former, found, cancellationToken)
            ? noted with { Url = scope.Target.WebUrl.AbsoluteUri }
            : null;
    }

    // Two organizations may each have a scale set with the same id and name. A connection from before a rename shows the same one.
    private async Task<bool> IsAnotherAsync(GitHubScope former, ScaleSet found, CancellationToken cancellationToken)
    {
        try
        {
            return await connections.Get(former.Target, former.Credentials).GetAsync(found.Id, cancellationToken) is { } other
                && (other.CreatedOn is null || other.CreatedOn != found.CreatedOn);
        }
        catch (GitHubApiException e) when (MayHaveMoved(e))
        {
            return false;
        }
    }

    /// <summary>The message for a scale set that could not be deleted.</summary>
    public static string LeftOver(ScaleSetRef noted, string why) =>
        $"the scale set '{noted.Name}' (id {noted.Id?.ToString() ?? "unknown"}) may remain at {noted.Url}: {why}; "
        + "GitHub removes it after 7 days without use";

    private async Task<bool> RemoveAsync(V1Alpha1RunnerPool pool, ScaleSetRef noted, GitHubScope scope, CancellationToken cancellationToken)
    {
        if (scope.At(noted.Url) is not { } former)
        {
            events.Publish(pool, EventType.Warning, "LeftOver", LeftOver(noted, $"the pool's credentials are now for {scope.Target.WebUrl.Authority}"));
            return false;
        }

        var client = connections.Get(former.Target, scope.Credentials);
        var group = await client.FindRunnerGroupAsync(scope.RunnerGroup, cancellationToken);
        var id = noted.Id ?? (group is { } known ? (await client.FindAsync(known, noted.Name, cancellationToken))?.Id : null);
        if (id is { } existing)
        {
            await client.DeleteAsync(existing, cancellationToken);
        }

        return true;
    }

    private async Task NoteAsync(V1Alpha1RunnerPool pool, ScaleSetRef noted, CancellationToken cancellationToken)
    {
        var key = NamespacedName.From(pool);
        var version = states.Post(key, facts => facts with { ScaleSet = noted });
        using var patience = new CancellationTokenSource(RecordTimeout, timeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, patience.Token);
        try
        {
            await states.WaitUntilAppliedAsync(key, version, either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new ProviderException(ScaleSetListener.StatusNotWritten, "the scale set is not created until its name is recorded in the pool's status, which cannot be written; the operator's log says why. Retrying");
        }
    }
}

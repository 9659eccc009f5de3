using Operator.Entities.RunnerPools;
using Operator.GitHub.Registrations;
using Operator.GitHub.Rest;
using Operator.GitHub.ScaleSets;
using Operator.Leases;

namespace Operator.Demand.ScaleSets;

/// <summary>
/// Makes a pool's scale set, keeps its labels and group, and removes it. A scale set is the pool's own when the pool's status
/// notes it; the name is noted before GitHub is asked to make it, so a crash in between leaves nothing without an owner.
/// </summary>
internal sealed class ScaleSetProvisioner(
    ScaleSetStates states, IScaleSetConnections connections, PoolScopes scopes, GitHubBulkhead slow, IEventRecorder events)
{
    /// <summary>Makes sure that the scale set is there and as wished.</summary>
    /// <param name="pool">The pool as it is now.</param>
    /// <param name="desired">Its desired scale set.</param>
    /// <param name="scope">Where, and as whom.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="GitHubApiException">GitHub refuses.</exception>
    /// <exception cref="ProviderException">The group does not exist, or the name is taken.</exception>
    public async Task<ScaleSetRef> EnsureAsync(
        V1Alpha1RunnerPool pool, DesiredScaleSet desired, RunnerScope scope, CancellationToken cancellationToken)
    {
        var client = connections.Get(scope.Target, scope.Credentials);
        if (desired.IsLeaving)
        {
            return await FindLeftAsync(client, pool, cancellationToken);
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

    // Neither made nor changed: it is only there for the jobs that it has.
    private async Task<ScaleSetRef> FindLeftAsync(IScaleSetClient client, V1Alpha1RunnerPool pool, CancellationToken cancellationToken)
    {
        var noted = NotedOf(pool);
        return noted?.Id is { } id && await client.GetAsync(id, cancellationToken) is not null
            ? noted
            : throw new ProviderException("ScaleSetGone", $"the scale set '{noted?.Name}' that the pool was about to leave no longer exists");
    }

    /// <summary>Removes the scale set that a pool's status notes. One at a host that the pool has left is given up.</summary>
    /// <exception cref="ProviderException">It cannot be removed now: a job is assigned to it, or GitHub or the credentials are away.</exception>
    public async Task RemoveAsync(V1Alpha1RunnerPool pool, CancellationToken cancellationToken)
    {
        if (ScaleSetRef.Of(pool.Status?.ScaleSet) is not { } noted)
        {
            return;
        }

        var scope = await scopes.OfAsync(pool, cancellationToken);
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
        states.Read(NamespacedName.Of(pool)).ScaleSet ?? ScaleSetRef.Of(pool.Status?.ScaleSet);

    private static string UrlOf(DesiredScaleSet desired) => desired.Target.WebUrl.AbsoluteUri;

    private static async Task<long> FindGroupAsync(IScaleSetClient client, DesiredScaleSet desired, CancellationToken cancellationToken) =>
        await client.FindRunnerGroupAsync(desired.RunnerGroup, cancellationToken)
            ?? throw RegistryFailures.GroupNotFound(desired.Target, desired.RunnerGroup);

    // What bears our name and is not noted as ours is somebody else's, unless the user says that it is not.
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

    // The pool has another address now: what it made at the old one goes, if it can.
    private async Task<ScaleSetRef?> LeaveOldTargetAsync(
        V1Alpha1RunnerPool pool, DesiredScaleSet desired, RunnerScope scope, CancellationToken cancellationToken)
    {
        var noted = NotedOf(pool);
        if (noted is null || string.Equals(noted.Url, UrlOf(desired), StringComparison.OrdinalIgnoreCase))
        {
            return noted;
        }

        try
        {
            await RemoveAsync(pool, noted, scope, cancellationToken);
        }
        catch (GitHubApiException e)
        {
            events.Publish(pool, EventType.Warning, "LeftOver", LeftOver(noted, e.Message));
        }

        return null;
    }

    /// <summary>What to say of a scale set that could not be removed.</summary>
    public static string LeftOver(ScaleSetRef noted, string why) =>
        $"the scale set '{noted.Name}' (id {noted.Id?.ToString() ?? "unknown"}) may remain at {noted.Url}: {why};  "
        + "GitHub removes it after 7 days without use";

    private async Task<bool> RemoveAsync(V1Alpha1RunnerPool pool, ScaleSetRef noted, RunnerScope scope, CancellationToken cancellationToken)
    {
        if (PoolScopes.At(noted.Url, scope) is not { } former)
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
        var key = NamespacedName.Of(pool);
        var version = states.Post(key, facts => facts with { ScaleSet = noted });
        await states.WaitUntilAppliedAsync(key, version, cancellationToken);
    }
}

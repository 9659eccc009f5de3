using Operator.Entities.RunnerPools;
using Operator.GitHub.Rest;
using Operator.GitHub.ScaleSets;
using Operator.Leases;

namespace Operator.Demand.ScaleSets;

/// <summary>Connects a pool to its scale set: ensures that it exists, then opens the message session.</summary>
internal sealed class ScaleSetConnector(
    DesiredScaleSets scaleSets,
    PoolScopes scopes,
    IScaleSetConnections connections,
    ScaleSetProvisioner provisioner,
    ScaleSetStates states,
    DemandOptions options)
{
    /// <summary>What the pool wants now; null when it does not use a scale set.</summary>
    public DesiredScaleSet? DesiredOf(NamespacedName key) =>
        pools.Get(key) is not { } pool ? null
        : DesiredScaleSet.From(pool) is { } desired ? Delayed(pool, desired)
        : DesiredScaleSet.ToLeave(pool, context.States.Read(key));

    /// <summary>How many runners of its own the pool could have now.</summary>
    public int CapacityOf(NamespacedName key) =>
        DesiredOf(key) is { IsLeaving: false } && context.Directory.Find(key) is { } settings
            ? ScaleSetCapacity.Compute(settings, pools.Get(key)?.Status?.Conditions, leases.OfPool(key), context.Finished.Contains)
            : 0;

    /// <summary>Ensures the scale set and opens its session.</summary>
    /// <exception cref="GitHubApiException">GitHub refuses, or another session holds the scale set.</exception>
    /// <exception cref="ProviderException">Something else is missing; the message says what to do.</exception>
    public async Task<ScaleSetConnection> OpenAsync(NamespacedName key, CancellationToken cancellationToken)
    {
        var (pool, desired) = scaleSets.Find(key) ?? throw new ProviderException("PoolNotFound", $"the RunnerPool '{key}' does not use a scale set");
        try
        {
            return await OpenAsync(pool, desired, cancellationToken);
        }
        catch (Exception e) when (desired.IsLeaving && e is ProviderException or GitHubApiException { StatusCode: not (409 or 429) })
        {
            if (await provisioner.FollowAsync(pool, e, cancellationToken))
            {
                return await OpenAsync(key, cancellationToken);
            }

            provisioner.RecordUnreachable(pool, e);
            throw;
        }
    }

    private async Task<ScaleSetConnection> OpenAsync(V1Alpha1RunnerPool pool, DesiredScaleSet desired, CancellationToken cancellationToken)
    {
        var key = NamespacedName.From(pool);
        var scope = await scopes.AtAsync(pool, desired.Target, cancellationToken);
        var scaleSet = await provisioner.EnsureAsync(pool, desired, scope, cancellationToken);
        var client = connections.Get(scope.Target, scope.Credentials);
        states.Post(key, facts => facts with { ScaleSet = scaleSet }); // runners register with its id even before listening starts
        await EndOwnSessionAsync(client, scaleSet, cancellationToken);
        var session = await CreateSessionAsync(client, pool, scaleSet.Id!.Value, cancellationToken);
        var noted = states.Post(key, facts => facts.With(session.Statistics) with
        {
            ScaleSet = scaleSet with { SessionId = session.SessionId },
            State = scaleSets.OpenState(desired),
            LeaveFailure = null,
        });
        return new ScaleSetConnection(desired, new MessageSession(client, scaleSet.Id.Value, session, Record), noted);

        void Record(ScaleSetStatistics? statistics) => states.Post(key, facts => facts.With(statistics));
    }

    private async Task<ScaleSetSession> CreateSessionAsync(
        IScaleSetClient client, V1Alpha1RunnerPool pool, long scaleSetId, CancellationToken cancellationToken)
    {
        var key = NamespacedName.From(pool);
        try
        {
            return await client.CreateSessionAsync(scaleSetId, SessionOwner.Format(context.Options.Identity, key), cancellationToken);
        }
        catch (GitHubApiException e) when (e.Reason == GitHubErrors.SessionConflict && SessionOwner.IsOurs(e.AnswerText ?? e.Message, key, IsNoted(pool, scaleSetId)))
        {
            throw new OwnSessionException(e, await FindNumbersAsync(client, scaleSetId, cancellationToken));
        }
    }

    private static async Task<ScaleSetStatistics?> FindNumbersAsync(IScaleSetClient client, long scaleSetId, CancellationToken cancellationToken)
    {
        try
        {
            return (await client.GetAsync(scaleSetId, cancellationToken))?.Statistics;
        }
        catch (GitHubApiException)
        {
            return null; // the next attempt retries
        }
    }

    // A crash may have happened before its id was recorded; its name was recorded earlier.
    private static bool IsNoted(V1Alpha1RunnerPool pool, long scaleSetId) =>
        ScaleSetRef.From(pool.Status?.ScaleSet) is { } noted && (noted.Id ?? scaleSetId) == scaleSetId;

    /// <summary>The client with current credentials; null while they cannot be read, in which case the previous ones are used.</summary>
    public async Task<IScaleSetClient?> FindClientAsync(NamespacedName key, DesiredScaleSet desired, CancellationToken cancellationToken)
    {
        try
        {
            var scope = await scopes.ReadAsync(key, cancellationToken);
            return desired.Target.IsAtHostOf(scope.Target) ? connections.Get(desired.Target, scope.Credentials) : null;
        }
        catch (Exception e) when (e is ProviderException or KubernetesApiException or HttpRequestException)
        {
            return null;
        }
    }

    /// <summary>Reports a connection as open; another pool may share its labels by now.</summary>
    public void SayOpen(NamespacedName key, DesiredScaleSet desired) =>
        context.States.Post(key, facts => facts with { State = context.OpenState(desired) });

    // A pool that has another address now stays at the old one as long as jobs are assigned there, or may be; not at another host, which its
    // credentials are not for.
    private DesiredScaleSet Delayed(V1Alpha1RunnerPool pool, DesiredScaleSet desired)
    {
        var facts = context.States.Read(NamespacedName.From(pool));
        var noted = facts.ScaleSet ?? ScaleSetRef.From(pool.Status?.ScaleSet);
        return noted is { Id: not null } && facts.AssignedJobs != 0
            && GitHubTarget.TryParse(noted.Url, out var target, out _) && target.IsAtHostOf(desired.Target) && !target.Equals(desired.Target)
                ? desired with { Target = target, IsLeaving = true }
                : desired;
    }

    // Deletes a session left by a killed process, and only one that this pool's status records.
    private static async Task EndOwnSessionAsync(IScaleSetClient client, ScaleSetRef scaleSet, CancellationToken cancellationToken)
    {
        if (scaleSet is not { Id: { } id, SessionId: { } left })
        {
            return;
        }

        try
        {
            await client.DeleteSessionAsync(id, left, cancellationToken);
        }
        catch (GitHubApiException e) when (e.StatusCode is not null)
        {
            // It has already expired; if not, the new session is refused and that is reported.
        }
    }
}

/// <summary>What the connectors of all pools share.</summary>
/// <param name="Directory">The pools' settings.</param>
/// <param name="States">Where facts are posted.</param>
/// <param name="Pools">All pools, to see who shares labels.</param>
/// <param name="Finished">Runners whose job is over.</param>
/// <param name="Options">Who we are.</param>
internal sealed record ScaleSetContext(
    PoolDirectory Directory, ScaleSetStates States, IStore<V1Alpha1RunnerPool> Pools, CompletedRunners Finished, DemandOptions Options)
{
    /// <summary>All is well; but when another pool has the same labels, GitHub chooses between the two as it likes.</summary>
    public DemandState OpenState(DesiredScaleSet desired)
    {
        if (desired.IsLeaving)
        {
            return new(IsOpen: true, "Moving", $"the jobs assigned to the scale set '{desired.Name}' at {desired.Target} are finished first; then the pool moves to the URL in its spec");
        }

        var labels = desired.LabelList.ToHashSet(StringComparer.OrdinalIgnoreCase);
        var rival = Pools.List().FirstOrDefault(other =>
            AcceptedCredentials.Has(other) && DesiredScaleSet.From(other) is { } theirs && theirs.PoolUid != desired.PoolUid && theirs.Target.Equals(desired.Target) && labels.SetEquals(theirs.LabelList));
        return rival is null
            ? new(IsOpen: true, "Listening", $"listening to the scale set '{desired.Name}' at {desired.Target}{SelfHosted(labels)}")
            : new(IsOpen: true, "LabelsShared",
                $"listening, but the RunnerPool '{NamespacedName.From(rival)}' has the same labels, so GitHub may give a job to either; give one of them a label of its own");
    }

    // GitHub gives a scale set those jobs only whose labels it has all: it knows none that every runner has.
    private static string SelfHosted(HashSet<string> labels) => labels.Contains("self-hosted")
        ? ""
        : "; jobs that name self-hosted in runs-on do not reach it unless spec.github.labels names it, too";
}

/// <summary>An open connection to a scale set.</summary>
/// <param name="Desired">The scale set it was opened for.</param>
/// <param name="Session">The message session.</param>
/// <param name="Noted">The version of the state that contains the session's id.</param>
internal sealed record ScaleSetConnection(DesiredScaleSet Desired, MessageSession Session, long Noted);

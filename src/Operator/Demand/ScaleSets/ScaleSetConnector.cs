using Operator.Entities.RunnerPools;
using Operator.GitHub;
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
    /// <summary>The pool's current desired scale set; null if it does not use one.</summary>
    public DesiredScaleSet? DesiredOf(NamespacedName key) => scaleSets.Find(key)?.Desired;

    /// <inheritdoc cref="DesiredScaleSets.CapacityOf"/>
    public int CapacityOf(NamespacedName key) => scaleSets.CapacityOf(key);

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
            return await client.CreateSessionAsync(scaleSetId, SessionOwner.Format(options.Identity, key), cancellationToken);
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
            return scope is GitHubScope gitHub && desired.Target.IsAtHostOf(scope.Target) ? connections.Get(desired.Target, gitHub.Credentials) : null;
        }
        catch (Exception e) when (e is ProviderException or KubernetesApiException or HttpRequestException)
        {
            return null;
        }
    }

    /// <summary>Reports a connection as open; another pool may share its labels by now.</summary>
    public void SayOpen(NamespacedName key, DesiredScaleSet desired) =>
        states.Post(key, facts => facts with { State = scaleSets.OpenState(desired) });

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

/// <summary>An open connection to a scale set.</summary>
/// <param name="Desired">The scale set it was opened for.</param>
/// <param name="Session">The message session.</param>
/// <param name="Noted">The version of the state that contains the session's id.</param>
internal sealed record ScaleSetConnection(DesiredScaleSet Desired, MessageSession Session, long Noted);

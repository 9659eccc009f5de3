using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Operator.Entities.Conditions;
using Operator.Entities.RunnerLeaseSets;
using Operator.Entities.RunnerPools;
using Operator.LeaseApi.Tokens;
using Operator.LeaseSets;
using Operator.Settings;

namespace Operator.LeaseApi;

/// <summary>What a run may do: take leases, look at its own, let them go, and have a pool looked at. All of it is stored in the API server, so that every replica may answer.</summary>
internal sealed class LeaseService(
    IKubernetesClient client, IStore<V1Alpha1RunnerLeaseSet> sets, IStore<V1Alpha1RunnerPool> pools, PoolDirectory directory, LeaseSetChanges changes, TimeProvider timeProvider)
{
    /// <summary>How often a pool is looked at on request.</summary>
    public static readonly TimeSpan RefreshInterval = TimeSpan.FromSeconds(30);

    /// <summary>Takes a lease.</summary>
    /// <param name="run">Whose.</param>
    /// <param name="request">What.</param>
    /// <param name="key">The Idempotency-Key; null for none.</param>
    /// <param name="cancellationToken">Ends the calls.</param>
    public async Task<LeaseOutcome> TakeAsync(RunIdentity run, LeaseRequest request, string? key, CancellationToken cancellationToken)
    {
        var (pool, problem) = Choose(run, request.Pool);
        if (pool is null)
        {
            return problem!;
        }

        var poolKey = NamespacedName.From(pool);
        if (directory.Find(poolKey) is not { } settings)
        {
            return LeaseProblem.Bound("PoolNotAccepted", "the pool's spec is not valid at the moment; see its condition Accepted");
        }

        if (key is not null && await FindAsync(pool, run, key, cancellationToken) is { } earlier)
        {
            return Again(earlier, request);
        }

        var held = RunnerLeaseSetPlanner.HeldBy(RunnerLeaseSetReconciler.OfPool(sets, poolKey), run.RepositoryId);
        var (spec, bound) = BoundsPlanner.Plan(request, pool, settings, held);
        return spec is null ? bound! : await CreateAsync(pool, LeaseSetFactory.Create(poolKey, spec, run, request, key), run, request, key, cancellationToken);
    }

    /// <summary>Looks at a lease, once it has changed from being provisioned or a time is over.</summary>
    public async Task<LeaseOutcome> LookAsync(RunIdentity run, string id, TimeSpan wait, CancellationToken cancellationToken)
    {
        var until = timeProvider.GetUtcNow() + wait;
        while (true)
        {
            if (await FindAsync(run, id, cancellationToken) is not { } set)
            {
                return LeaseProblem.NotFound;
            }

            var left = until - timeProvider.GetUtcNow();
            var answer = LeaseSetFactory.Show(set);
            if (answer.State != RunnerLeaseSetPhases.Provisioning || left <= TimeSpan.Zero)
            {
                return new LeaseOutcome(StatusCodes.Status200OK) { Lease = answer };
            }

            var key = NamespacedName.From(set);
            await changes.NextAsync(key, () => sets.Get(key)?.Metadata.ResourceVersion is { } version && version != set.Metadata.ResourceVersion, left, timeProvider, cancellationToken);
        }
    }

    /// <summary>The leases of a run.</summary>
    public LeaseOutcome List(RunIdentity run) => new(StatusCodes.Status200OK) { List = new([.. Own(run).Select(LeaseSetFactory.Show)]) };

    /// <summary>Lets one lease go, or all of a run. What has gone already is as good.</summary>
    public async Task<LeaseOutcome> ReleaseAsync(RunIdentity run, string? id, CancellationToken cancellationToken)
    {
        var leases = id is null ? [.. Own(run)] : await FindAsync(run, id, cancellationToken) is { } one ? [one] : Array.Empty<V1Alpha1RunnerLeaseSet>();
        foreach (var set in leases.Where(set => set.Spec.Holder is not null && set.Status?.EndedAt is null))
        {
            try
            {
                var patch = new JsonObject { ["metadata"] = new JsonObject { ["uid"] = set.Metadata.Uid }, ["spec"] = new JsonObject { ["holder"] = null } };
                sets.Upsert(await client.PatchAsync<V1Alpha1RunnerLeaseSet>(NamespacedName.From(set), patch, subresource: null, cancellationToken));
            }
            catch (KubernetesApiException e) when (e.IsNotFound || e.IsConflict)
            {
                // Gone meanwhile.
            }
        }

        return new LeaseOutcome(StatusCodes.Status204NoContent);
    }

    /// <summary>Has a pool looked at now: its image, the runner's version, its idle machines.</summary>
    public async Task<LeaseOutcome> RefreshAsync(RunIdentity run, string? name, CancellationToken cancellationToken)
    {
        var (pool, problem) = Choose(run, name);
        if (pool is null)
        {
            return problem!;
        }

        var now = timeProvider.GetUtcNow();
        var last = TimeAnnotations.Read(pool, Annotations.Refresh);
        if (!TimeAnnotations.IsWithin(last, RefreshInterval, now))
        {
            last = now;
            await TimeAnnotations.WriteAsync(client, pool, Annotations.Refresh, now, cancellationToken);
        }

        return new LeaseOutcome(StatusCodes.Status202Accepted) { Refresh = new($"{NamespacedName.From(pool)}", last!.Value) };
    }

    // Who may not use a pool does not learn whether it exists.
    private (V1Alpha1RunnerPool? Pool, LeaseProblem? Problem) Choose(RunIdentity run, string? name)
    {
        var allowed = AccessPlanner.Allowed(pools.List(), run);
        var named = name is null ? allowed : [.. allowed.Where(pool => name == pool.Metadata.Name || name == $"{NamespacedName.From(pool)}")];
        return named.Count == 1 ? (named[0], null)
            : named.Count > 1 ? (null, LeaseProblem.Bound("PoolAmbiguous", $"pool: name one of {string.Join(", ", named.Take(20).Select(pool => $"{NamespacedName.From(pool)}"))}"))
            : (null, Denied(run, name));
    }

    private LeaseProblem Denied(RunIdentity run, string? name)
    {
        var closest = pools.List().Where(pool => pool.Spec.Access?.Allow?.Exists(rule => rule.OwnerId == run.OwnerId) == true && OidcIssuers.Of(pool) == run.Issuer)
            .Where(pool => name is null || name == pool.Metadata.Name || name == $"{NamespacedName.From(pool)}")
            .OrderBy(pool => NamespacedName.From(pool)).Select(pool => AccessPlanner.DenialOf(pool, run)).FirstOrDefault();
        return LeaseProblem.Forbidden("AccessDenied", closest ?? "no pool takes leases of this workflow (spec.access.allow of a pool)");
    }

    private async Task<LeaseOutcome> CreateAsync(
        V1Alpha1RunnerPool pool, V1Alpha1RunnerLeaseSet set, RunIdentity run, LeaseRequest request, string? key, CancellationToken cancellationToken)
    {
        try
        {
            var created = await client.CreateAsync(set, cancellationToken);
            if (key is not null && await FindAsync(pool, run, key, cancellationToken, otherThan: created.Metadata.Uid) is not null)
            {
                // Two requests with one key at once: whoever sees the other gives way, so that there are never two leases.
                await client.DeleteAsync<V1Alpha1RunnerLeaseSet>(NamespacedName.From(created), new DeleteOptions(created.Metadata.Uid), cancellationToken);
                return new LeaseProblem(StatusCodes.Status409Conflict, "RequestInProgress", "another request with this Idempotency-Key is under way; ask again") { RetryAfter = TimeSpan.FromSeconds(2) };
            }

            sets.Upsert(created);
            return new LeaseOutcome(StatusCodes.Status201Created) { Lease = LeaseSetFactory.Show(created) };
        }
        catch (KubernetesApiException e) when (e.IsAlreadyExists)
        {
            // The token was used before: by this very request, if its key says so.
            var other = await client.GetAsync<V1Alpha1RunnerLeaseSet>(NamespacedName.From(set), cancellationToken);
            return key is not null && other?.Metadata.Labels?.GetValueOrDefault(Labels.RequestKey) == LeaseSetFactory.KeyOf(run, key)
                ? Again(other, request)
                : new LeaseProblem(StatusCodes.Status401Unauthorized, "TokenReplayed", "the token has taken a lease already: ask GitHub for a new one for each request");
        }
    }

    private static LeaseOutcome Again(V1Alpha1RunnerLeaseSet earlier, LeaseRequest request) =>
        earlier.Metadata.Annotations?.GetValueOrDefault(Annotations.Request) == LeaseSetFactory.HashOf(request)
            ? new LeaseOutcome(StatusCodes.Status200OK) { Lease = LeaseSetFactory.Show(earlier) }
            : LeaseProblem.Bound("IdempotencyKeyReused", "the Idempotency-Key was used for another request of this run: choose another");

    private async Task<V1Alpha1RunnerLeaseSet?> FindAsync(
        V1Alpha1RunnerPool pool, RunIdentity run, string key, CancellationToken cancellationToken, string? otherThan = null)
    {
        var found = await client.ListAsync<V1Alpha1RunnerLeaseSet>(pool.Metadata.NamespaceProperty, $"{Labels.RequestKey}={LeaseSetFactory.KeyOf(run, key)}", cancellationToken);
        return found.Items.Where(set => set.Metadata.Uid != otherThan && set.Metadata.DeletionTimestamp is null).OrderBy(set => set.Metadata.CreationTimestamp).FirstOrDefault();
    }

    // Another replica may have made it a moment ago.
    private async Task<V1Alpha1RunnerLeaseSet?> FindAsync(RunIdentity run, string id, CancellationToken cancellationToken)
    {
        if (LeaseSetFactory.Read(id) is not { } key)
        {
            return null;
        }

        var set = sets.Get(key) ?? (pools.List().Any(pool => pool.Metadata.NamespaceProperty == key.Namespace) ? await client.GetAsync<V1Alpha1RunnerLeaseSet>(key, cancellationToken) : null);
        return set is not null && LeaseSetFactory.IsOf(set, run) ? set : null;
    }

    private IEnumerable<V1Alpha1RunnerLeaseSet> Own(RunIdentity run) => sets.ByIndex(RunIndex, run.RunId).Where(set => LeaseSetFactory.IsOf(set, run))
        .OrderBy(set => set.Metadata.CreationTimestamp).ThenBy(set => set.Metadata.Name, StringComparer.Ordinal);

    /// <summary>Makes sets findable by the runs that have taken them.</summary>
    public static void AddIndexes(IStore<V1Alpha1RunnerLeaseSet> sets) =>
        sets.AddIndex(RunIndex, set => set.Metadata.Labels?.GetValueOrDefault(Labels.RunId) is { } run ? [run] : []);

    private const string RunIndex = "lease-api-run";
}

/// <summary>What a request comes to.</summary>
/// <param name="Status">The HTTP status.</param>
internal sealed record LeaseOutcome(int Status)
{
    public LeaseAnswer? Lease { get; init; }

    public LeaseList? List { get; init; }

    public RefreshAnswer? Refresh { get; init; }

    public LeaseProblem? Problem { get; init; }

    public static implicit operator LeaseOutcome(LeaseProblem problem) => new(problem.Status) { Problem = problem };
}

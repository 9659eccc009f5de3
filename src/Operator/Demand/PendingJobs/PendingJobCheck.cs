using System.Collections.Concurrent;
using System.Globalization;
using Operator.Demand.Webhooks;
using Operator.Entities.RunnerPools;
using Operator.GitLab;
using Operator.GitLab.Rest;
using Operator.Leases;
using Operator.Settings;

namespace Operator.Demand.PendingJobs;

/// <summary>One look for the pending jobs of a target. Leases are the assignments, named after their jobs: whatever is repeated after a crash changes nothing.</summary>
internal sealed class PendingJobCheck(
    IGitLabConnections connections, PoolScopes scopes, JobLeases leases, IStore<V1Alpha1RunnerPool> pools, TimeProvider timeProvider)
{
    private const int Parallelism = 4;

    /// <summary>The pools whose pending jobs are looked for.</summary>
    public IReadOnlyList<PendingJobPool> Pools => [.. pools.List().Select(PendingJobPool.From).OfType<PendingJobPool>()];

    /// <summary>Looks, opens leases and releases others.</summary>
    /// <exception cref="ProviderException">GitLab refuses or is unreachable, or there are no credentials.</exception>
    public async Task RunAsync(PendingJobTarget target, CancellationToken cancellationToken)
    {
        var scope = (GitLabScope)await scopes.ReadAsync(target.Pools[0].Pool, cancellationToken);
        var (survey, failure) = await ReadAsync(target, connections.Get(scope.Target, scope.Credentials), cancellationToken);
        var known = target.Pools.SelectMany(pool => leases.AnyOf(pool.Key).Select(lease => (pool.Key, Lease: lease))).ToLookup(pair => pair.Key, pair => pair.Lease);
        var plan = PendingJobPlanner.Plan(target, [.. Pools.Where(pool => AcceptedCredentials.Has(pool.Pool))], known, survey, timeProvider.GetUtcNow());
        var released = await EachItem.HandleAsync(plan.Release, (lease, token) => leases.ReassignAsync(lease, tag: null, token), cancellationToken);
        var opened = await EachItem.HandleAsync(plan.Open, (found, token) => leases.CreateAsync(found.Pool.Pool, TagOf(found.Project, found.Job), insteadOf: null, token), cancellationToken);
        var first = failure ?? released ?? opened;
        EachItem.ThrowIfAny(first is GitLabApiException refused ? GitLabRunnerRegistry.Translate(target.Target, refused) : first);
    }

    private async Task<(PendingJobSurvey Survey, Exception? Failure)> ReadAsync(PendingJobTarget target, IGitLabClient client, CancellationToken cancellationToken)
    {
        var begun = timeProvider.GetUtcNow();
        var projects = target.Projects ?? (target.Target.Kind == GitLabTargetKind.Project ? new[] { target.Target.Path } : null);
        Exception? failure = null;
        if (projects is null)
        {
            failure = await EachItem.FailureOfAsync(async () => projects = await client.ListProjectsWithPendingJobsAsync(target.Target, cancellationToken), cancellationToken);
        }

        var jobs = new ConcurrentBag<(string, GitLabJob)>();
        var failed = new ConcurrentDictionary<string, bool>(StringComparer.OrdinalIgnoreCase);
        var isAll = target.Projects is null && failure is null;
        failure ??= await EachItem.HandleAsync(projects ?? [], async (project, token) =>
        {
            failed[project] = true;
            foreach (var job in await client.ListPendingJobsAsync(target.Target, project, token))
            {
                jobs.Add((project, job));
            }

            failed[project] = false;
        }, cancellationToken, Parallelism);
        return (new([.. jobs], project => failed.TryGetValue(project, out var isUnread) ? !isUnread : isAll && target.Target.Covers(project), begun), failure);
    }

    private static JobTag TagOf(string project, GitLabJob job) => new(
        PendingJobPlanner.IdOf(job),
        JobReport.Cut(project, JobReport.MostOfRepository),
        job.Pipeline?.Id.ToString(CultureInfo.InvariantCulture),
        JobReport.Cut(job.WebUrl, MostOfUrl));

    private const int MostOfUrl = 1024;
}

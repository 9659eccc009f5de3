using System.Collections.Concurrent;
using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerPools;
using Operator.GitHub.Rest;
using Operator.Leases;

namespace Operator.Demand.Webhooks;

/// <summary>
/// Which lease stands for which job, written on the leases themselves: a job that comes gets one, and when one leaves the queue every
/// other keeps one (<see cref="ReassignmentPlanner"/>).
/// </summary>
internal sealed class JobAssignments(JobLeases leases, UnattributedLeases unattributed, EndedJobs ended) : IDisposable
{
    private readonly ConcurrentDictionary<(string Host, long Job), Task<bool>> _opening = new();

    // One after the other: what two runners pass on to each other's leases at once would get lost.
    private readonly SemaphoreSlim _gate = new(1);

    /// <summary>Whether the job that a lease's runner took has been heard to end.</summary>
    public bool IsOver(GitHubJob job, NewsScope scope, V1Alpha1RunnerLease server) => leases.PoolOf(server) is { } pool && ended.Contains(job.Id, scope.Site.Host, pool);

    /// <summary>Whether a job is over, or stands on a lease.</summary>
    public bool IsKnown(GitHubJob job, V1Alpha1RunnerPool pool, NewsScope scope) =>
        ended.Contains(job.Id, scope.Site.Host, pool) || leases.OfJob(JobTag.IdOf(job), scope).Any(IsTrue);

    /// <summary>The lease whose runner took a job, though it may be gone; null for none of ours.</summary>
    public V1Alpha1RunnerLease? ServerOf(GitHubJob job, NewsScope scope) =>
        leases.OfRunner(job, scope) ?? unattributed.Where(lease => JobLeases.IsServer(lease, job) && leases.IsCovered(lease, scope)).FirstOrDefault();

    /// <summary>Whether any lease has a runner of a name.</summary>
    public bool IsOnRecord(string runnerName) => leases.HasRunner(runnerName);

    /// <summary>A job waits, and no lease stands for it.</summary>
    /// <param name="pool">The pool that serves it.</param>
    /// <param name="job">The job.</param>
    /// <param name="scope">Where it is, and who says so.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>Whether a lease was made.</returns>
    /// <exception cref="KubernetesApiException">The API server refuses it.</exception>
    public async Task<bool> OpenAsync(V1Alpha1RunnerPool pool, GitHubJob job, NewsScope scope, CancellationToken cancellationToken)
    {
        var (tag, key) = (JobTag.Of(job, scope.Site), (scope.Site.Host, job.Id));
        var opening = leases.CreateAsync(pool, tag, insteadOf: null, cancellationToken);
        _opening[key] = opening;
        try
        {
            await opening;
        }
        finally
        {
            _opening.TryRemove(KeyValuePair.Create(key, opening));
        }

        await ReviewAsync(pool, job.Id, scope, cancellationToken);
        return await opening;
    }

    /// <summary>Looks at a lease that was made for a job, here or by another replica: the job's start or end may have been heard before.</summary>
    /// <exception cref="KubernetesApiException">The API server refuses a change.</exception>
    public Task ReviewAsync(V1Alpha1RunnerLease lease, NewsScope scope, CancellationToken cancellationToken) =>
        LeaseJobs.Awaited(lease) is { } job && JobTag.TryParse(job, out var id) && leases.PoolOf(lease) is { } pool
            ? ReviewAsync(pool, id, scope, cancellationToken)
            : Task.CompletedTask;

    private async Task ReviewAsync(V1Alpha1RunnerPool pool, long id, NewsScope scope, CancellationToken cancellationToken)
    {
        var job = new GitHubJob { Id = id };
        var isOver = ended.Contains(id, scope.Site.Host, pool);
        if (isOver || leases.OfJob(JobTag.IdOf(job), scope).Any(lease => lease.Status?.Job?.Id == JobTag.IdOf(job)))
        {
            await SettleAsync(job, isOver, scope, report: null, cancellationToken);
        }
    }

    /// <summary>A runner has taken a job.</summary>
    /// <param name="job">The job, with the runner.</param>
    /// <param name="scope">Where the job is, and who says so.</param>
    /// <param name="report">Puts it on record at the runner's lease, if that is one of ours.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>Whether it concerned any lease.</returns>
    /// <exception cref="KubernetesApiException">The API server refuses a change.</exception>
    public Task<bool> StartedAsync(GitHubJob job, NewsScope scope, Func<V1Alpha1RunnerLease, Task>? report, CancellationToken cancellationToken) =>
        SettleAsync(job, isOver: false, scope, report, cancellationToken);

    /// <summary>A job is over, whether or not it ever had a runner. Otherwise as <see cref="StartedAsync"/>.</summary>
    public Task<bool> CompletedAsync(GitHubJob job, NewsScope scope, Func<V1Alpha1RunnerLease, Task> report, CancellationToken cancellationToken) =>
        SettleAsync(job, isOver: true, scope, report, cancellationToken);

    public void Dispose() => _gate.Dispose();

    private async Task<bool> SettleAsync(
        GitHubJob job, bool isOver, NewsScope scope, Func<V1Alpha1RunnerLease, Task>? report, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            // What the runner's lease was made for first: once that is on record as busy, its label calls for nobody.
            var server = ServerOf(job, scope);
            await (server is null ? Task.CompletedTask : PassOnAsync(job, server, scope, cancellationToken));
            if (isOver)
            {
                ended.Add(job.Id, scope);
            }

            await (server is null || report is null ? Task.CompletedTask : report(server));
            return await FreeAsync(job, server, scope, cancellationToken) || server is not null;
        }
        finally
        {
            _gate.Release();
        }
    }

    private async Task PassOnAsync(GitHubJob job, V1Alpha1RunnerLease server, NewsScope scope, CancellationToken cancellationToken)
    {
        if (unattributed.IsTold(server) || leases.PoolOf(server) is not { } pool)
        {
            return;
        }

        if (_opening.TryGetValue((scope.Site.Host, job.Id), out var opening))
        {
            await ((Task)opening).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); // the lease that is being made for the job is the successor
        }

        if (Plan(job, server, scope) is { Orphan: { } orphan, Successor: var successor } && (successor is null || !await HandAsync(orphan, successor, cancellationToken)))
        {
            await leases.CreateAsync(pool, orphan, insteadOf: server, cancellationToken);
        }

        unattributed.Tell(job.RunnerName!);
    }

    // A lease that is gone may be the successor, too: its runner has already served one of the pool's jobs.
    private async Task<bool> HandAsync(JobTag orphan, V1Alpha1RunnerLease successor, CancellationToken cancellationToken)
    {
        var outcome = unattributed.Contains(successor) ? RetagOutcome.Gone : await leases.RetagAsync(successor, orphan, cancellationToken);
        return outcome == RetagOutcome.Done || (outcome == RetagOutcome.Gone && unattributed.Retag(successor, orphan));
    }

    private async Task<bool> FreeAsync(GitHubJob job, V1Alpha1RunnerLease? server, NewsScope scope, CancellationToken cancellationToken)
    {
        var free = Plan(job, server, scope).Free.ToList();
        if (server is not null && IsOver(job, scope, server) && ServesAgain(server) && !ReassignmentPlanner.Keeps(JobTag.IdOf(job), server, Standing(job, scope), EndedAt(server, scope)))
        {
            free.Add(server);
        }

        foreach (var lease in free)
        {
            await leases.RetagAsync(lease, tag: null, cancellationToken);
        }

        return free.Count > 0;
    }

    private Settlement Plan(GitHubJob job, V1Alpha1RunnerLease? server, NewsScope scope) =>
        ReassignmentPlanner.Plan(JobTag.IdOf(job), server, Standing(job, scope), EndedAt(server, scope));

    private Func<string, IReadOnlyList<V1Alpha1RunnerLease>> Standing(GitHubJob job, NewsScope scope) => id =>
    [
        .. leases.OfJob(id).Concat(leases.LeavingOfJob(id)).Where(IsTrue).Concat(unattributed.Where(lease => LeaseJobs.LabelOf(lease) == id))
            .Where(lease => id == JobTag.IdOf(job) ? leases.IsCovered(lease, scope) : leases.IsAtHost(lease, scope)),
    ];

    // The label of a lease whose runner has taken another job says nothing more, though that may not be on record.
    private bool IsTrue(V1Alpha1RunnerLease lease) => LeaseJobs.Awaited(lease) is null || !unattributed.IsTold(lease);

    private Func<string, bool> EndedAt(V1Alpha1RunnerLease? server, NewsScope scope) => jobId =>
        server is not null && leases.PoolOf(server) is { } pool && JobTag.TryParse(jobId, out var id) && ended.Contains(id, scope.Site.Host, pool);

    private bool ServesAgain(V1Alpha1RunnerLease lease) => leases.PoolOf(lease)?.Spec.Runner.Lifecycle == RunnerLifecycle.Reusable;
}

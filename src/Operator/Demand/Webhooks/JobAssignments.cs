using System.Collections.Concurrent;
using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerPools;
using Operator.GitHub.Rest;
using Operator.Leases;

namespace Operator.Demand.Webhooks;

/// <summary>
/// Assigns leases to jobs, recorded on the leases themselves: a queued job gets one, and when a job leaves the queue, every other job keeps
/// one (<see cref="ReassignmentPlanner"/>).
/// </summary>
internal sealed class JobAssignments(JobLeases leases, UnattributedLeases unattributed, EndedJobs ended, RefusedLeases refused) : IDisposable
{
    private readonly ConcurrentDictionary<(string Host, long Job), Task<bool>> _opening = new();

    // Serialized for each pool: concurrent swaps between two leases would overwrite each other.
    private readonly PoolGate _gate = new();

    /// <summary>Whether the job of a lease's runner is known to have completed.</summary>
    public bool IsOver(GitHubJob job, EventScope scope, V1Alpha1RunnerLease server) => leases.PoolOf(server) is { } pool && ended.Contains(job.Id, scope.Site.Host, pool);

    /// <summary>Whether a job is completed or has a lease.</summary>
    public bool IsKnown(GitHubJob job, V1Alpha1RunnerPool pool, EventScope scope) =>
        ended.Contains(job.Id, scope.Site.Host, pool) || leases.OfJob(JobTag.IdOf(job), scope).Any(IsTrue);

    /// <summary>The lease whose runner took a job, even if deleted; null if it is not one of ours.</summary>
    public V1Alpha1RunnerLease? ServerOf(GitHubJob job, EventScope scope) =>
        leases.OfRunner(job, scope) ?? unattributed.Where(lease => JobLeases.IsServer(lease, job) && leases.IsCovered(lease, scope)).FirstOrDefault();

    /// <summary>Whether any lease has a runner with this name.</summary>
    public bool IsOnRecord(string runnerName) => leases.HasRunner(runnerName);

    /// <summary>Assigns a lease to a queued job without one.</summary>
    /// <param name="pool">The pool that serves it.</param>
    /// <param name="job">The job.</param>
    /// <param name="scope">The job's repository, and what the sender may affect.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>Whether a lease was created.</returns>
    /// <exception cref="KubernetesApiException">The API server refuses it.</exception>
    public async Task<bool> OpenAsync(V1Alpha1RunnerPool pool, GitHubJob job, EventScope scope, CancellationToken cancellationToken)
    {
        var (tag, key) = (JobTag.From(job, scope.Site, pool), (scope.Site.Host, job.Id));
        var opening = CreateAsync(pool, tag, insteadOf: null, cancellationToken);
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

    /// <summary>Reviews a lease created for a job by any replica: events of the job may have arrived before it.</summary>
    /// <exception cref="KubernetesApiException">The API server refuses a change.</exception>
    public Task ReviewAsync(V1Alpha1RunnerLease lease, EventScope scope, CancellationToken cancellationToken) =>
        LeaseJobs.Awaited(lease) is { } job && JobTag.TryParse(job, out var id) && leases.PoolOf(lease) is { } pool
            ? ReviewAsync(pool, id, scope, cancellationToken)
            : Task.CompletedTask;

    private async Task ReviewAsync(V1Alpha1RunnerPool pool, long id, EventScope scope, CancellationToken cancellationToken)
    {
        var job = new GitHubJob { Id = id };
        var isOver = ended.Contains(id, scope.Site.Host, pool);
        if (isOver || leases.OfJob(JobTag.IdOf(job), scope).Any(lease => lease.Status?.Job?.Id == JobTag.IdOf(job)))
        {
            await ReassignJobsAsync(job, isOver, scope, report: null, cancellationToken);
        }
    }

    /// <summary>A runner has taken a job.</summary>
    /// <param name="job">The job, with the runner.</param>
    /// <param name="scope">The job's repository, and what the sender may affect.</param>
    /// <param name="report">Records it on the runner's lease, if it is one of ours.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>Whether any lease was affected.</returns>
    /// <exception cref="KubernetesApiException">The API server refuses a change.</exception>
    public Task<bool> StartedAsync(GitHubJob job, EventScope scope, Func<V1Alpha1RunnerLease, Task>? report, CancellationToken cancellationToken) =>
        ReassignJobsAsync(job, isOver: false, scope, report, cancellationToken);

    /// <summary>A job is completed, with or without a runner. Otherwise like <see cref="StartedAsync"/>.</summary>
    public Task<bool> CompletedAsync(GitHubJob job, EventScope scope, Func<V1Alpha1RunnerLease, Task> report, CancellationToken cancellationToken) =>
        ReassignJobsAsync(job, isOver: true, scope, report, cancellationToken);

    /// <summary>A job may not run yet: its leases are released.</summary>
    /// <returns>Whether it had any.</returns>
    /// <exception cref="KubernetesApiException">The API server refuses a change.</exception>
    public async Task<bool> ReleaseAsync(GitHubJob job, EventScope scope, CancellationToken cancellationToken)
    {
        using var turn = await _gate.EnterAsync(PoolsOf(job, server: null, scope), cancellationToken);
        return await leases.ReleaseAsync(job, scope, cancellationToken);
    }

    public void Dispose() => _gate.Dispose();

    // A refused lease keeps the job from getting a runner, whatever reported the job: it becomes a condition of the pool.
    private async Task<bool> CreateAsync(V1Alpha1RunnerPool pool, JobTag job, V1Alpha1RunnerLease? insteadOf, CancellationToken cancellationToken)
    {
        try
        {
            return await leases.CreateAsync(pool, job, insteadOf, cancellationToken);
        }
        catch (KubernetesApiException e) when (RequestRefusedException.Is(e))
        {
            refused.Add(NamespacedName.From(pool), e);
            throw;
        }
    }

    private IEnumerable<NamespacedName> PoolsOf(GitHubJob job, V1Alpha1RunnerLease? server, EventScope scope) =>
        leases.OfJob(JobTag.IdOf(job), scope).Concat(server is null ? [] : [server]).Select(LeaseIndexes.PoolOf);

    private async Task<bool> ReassignJobsAsync(
        GitHubJob job, bool isOver, EventScope scope, Func<V1Alpha1RunnerLease, Task>? report, CancellationToken cancellationToken)
    {
        using var turn = await _gate.EnterAsync(PoolsOf(job, ServerOf(job, scope), scope), cancellationToken);

        // First reassign the job that this lease was created for: once the lease is busy, its label no longer counts.
        var server = ServerOf(job, scope);
        await (server is null ? Task.CompletedTask : PassOnAsync(job, server, scope, cancellationToken));
        if (isOver)
        {
            ended.Add(job.Id, scope);
        }

        await (server is null || report is null ? Task.CompletedTask : report(server));
        return await UnassignAsync(job, server, scope, cancellationToken) || server is not null;
    }

    private async Task PassOnAsync(GitHubJob job, V1Alpha1RunnerLease server, EventScope scope, CancellationToken cancellationToken)
    {
        if (unattributed.IsAttributed(server) || leases.PoolOf(server) is not { } pool)
        {
            return;
        }

        if (_opening.TryGetValue((scope.Site.Host, job.Id), out var opening))
        {
            await ((Task)opening).WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); // the lease being created for the job may be the replacement
        }

        if (Plan(job, server, scope) is { DisplacedJob: { } displaced, Replacement: var replacement } && (replacement is null || !await HandAsync(displaced, replacement, cancellationToken)))
        {
            await CreateAsync(pool, displaced, insteadOf: server, cancellationToken);
        }

        unattributed.MarkAttributed(server);
    }

    // A deleted lease may still take over the job: its runner already served one of the pool's jobs.
    private async Task<bool> HandAsync(JobTag displaced, V1Alpha1RunnerLease replacement, CancellationToken cancellationToken)
    {
        var outcome = unattributed.Contains(replacement) ? ReassignResult.Gone : await leases.ReassignAsync(replacement, displaced, cancellationToken);
        return outcome == ReassignResult.Done || (outcome == ReassignResult.Gone && unattributed.Reassign(replacement, displaced));
    }

    private async Task<bool> UnassignAsync(GitHubJob job, V1Alpha1RunnerLease? server, EventScope scope, CancellationToken cancellationToken)
    {
        var free = Plan(job, server, scope).Unneeded.ToList();
        if (server is not null && IsOver(job, scope, server) && ServesAgain(server) && !ReassignmentPlanner.Keeps(JobTag.IdOf(job), server, Assigned(job, scope), EndedAt(server, scope)))
        {
            free.Add(server);
        }

        EachItem.ThrowIfAny(await EachItem.HandleAsync(free, (lease, token) => leases.ReassignAsync(lease, tag: null, token), cancellationToken));
        return free.Count > 0;
    }

    private Reassignment Plan(GitHubJob job, V1Alpha1RunnerLease? server, EventScope scope) =>
        ReassignmentPlanner.Plan(JobTag.IdOf(job), server, Assigned(job, scope), EndedAt(server, scope));

    private Func<string, IReadOnlyList<V1Alpha1RunnerLease>> Assigned(GitHubJob job, EventScope scope) => id =>
    [
        .. leases.OfJob(id).Concat(leases.LeavingOfJob(id)).Where(IsTrue).Concat(unattributed.Where(lease => LeaseJobs.LabelOf(lease) == id))
            .Where(lease => id == JobTag.IdOf(job) ? leases.IsCovered(lease, scope) : leases.IsAtHost(lease, scope)),
    ];

    // Once a lease's runner has taken another job, its label no longer counts, even if that is not recorded yet.
    private bool IsTrue(V1Alpha1RunnerLease lease) => LeaseJobs.Awaited(lease) is null || !unattributed.IsAttributed(lease);

    private Func<string, bool> EndedAt(V1Alpha1RunnerLease? server, EventScope scope) => jobId =>
        server is not null && leases.PoolOf(server) is { } pool && JobTag.TryParse(jobId, out var id) && ended.Contains(id, scope.Site.Host, pool);

    private bool ServesAgain(V1Alpha1RunnerLease lease) => leases.PoolOf(lease)?.Spec.Runner.Lifecycle == RunnerLifecycle.Reusable;
}

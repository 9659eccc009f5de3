using System.Text.Json.Nodes;
using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerPools;
using Operator.GitHub.Rest;
using Operator.Leases;
using Operator.Settings;

namespace Operator.Demand.Webhooks;

/// <summary>The result of assigning a lease to another job.</summary>
internal enum ReassignResult
{
    /// <summary>Reassigned.</summary>
    Done,

    /// <summary>Its assignment has changed in the meantime; nothing was written.</summary>
    Changed,

    /// <summary>The lease is gone.</summary>
    Gone,
}

/// <summary>Finds, creates and reassigns the leases of jobs.</summary>
internal sealed class JobLeases(
    IKubernetesClient client, IStore<V1Alpha1RunnerLease> leases, IStore<V1Alpha1RunnerPool> pools, PoolDirectory directory)
{
    /// <summary>The object's status is updated occasionally; this many conflicts in a row would be unusual.</summary>
    private const int Attempts = 5;

    /// <summary>The pool of a lease; null if it is gone.</summary>
    public V1Alpha1RunnerPool? PoolOf(V1Alpha1RunnerLease lease) => pools.Get(LeaseIndexes.PoolOf(lease));

    /// <summary>Whether an event may affect a lease.</summary>
    public bool IsCovered(V1Alpha1RunnerLease lease, EventScope scope) => PoolOf(lease) is { } pool && scope.Covers(pool, lease);

    /// <summary>Whether a lease may be assigned another job of the event's host.</summary>
    public bool IsAtHost(V1Alpha1RunnerLease lease, EventScope scope) => PoolOf(lease) is { } pool && scope.CoversHost(pool, lease);

    /// <summary>The leases assigned to a job, among those that an event may affect.</summary>
    public IEnumerable<V1Alpha1RunnerLease> OfJob(string jobId, EventScope scope) => OfJob(jobId).Where(lease => IsCovered(lease, scope));

    /// <summary>The leases assigned to a job id: live ones, and any running it.</summary>
    public IEnumerable<V1Alpha1RunnerLease> OfJob(string jobId) =>
        leases.ByIndex(LeaseIndexes.Job, jobId).Where(lease => IsLiving(lease) || lease.Status?.Job?.Id == jobId);

    /// <summary>Leases being removed that were created for this job id and had a runner, which may have served another job.</summary>
    public IEnumerable<V1Alpha1RunnerLease> LeavingOfJob(string jobId) =>
        leases.ByIndex(LeaseIndexes.Job, jobId).Where(lease => !IsLiving(lease) && lease.Status is { Job: null, Runner.Name: not null });

    /// <summary>The lease whose runner took a job, among those that an event may affect.</summary>
    public V1Alpha1RunnerLease? OfRunner(GitHubJob job, EventScope scope) =>
        leases.ByIndex(LeaseIndexes.Runner, job.RunnerName ?? "").FirstOrDefault(lease => IsServer(lease, job) && IsCovered(lease, scope));

    /// <summary>Whether any lease has a runner with this name.</summary>
    public bool HasRunner(string runnerName) => leases.ByIndex(LeaseIndexes.Runner, runnerName).Count > 0;

    /// <summary>Whether a lease's runner is the one that took a job.</summary>
    public static bool IsServer(V1Alpha1RunnerLease lease, GitHubJob job) => lease.Status?.Runner?.Is(job.RunnerName, job.RunnerId) == true;

    /// <summary>The leases of a pool that are assigned to jobs.</summary>
    public IEnumerable<V1Alpha1RunnerLease> OfPool(NamespacedName pool) =>
        leases.OfPool(pool).Where(lease => IsLiving(lease) && LeaseJobs.AssignedJob(lease) is not null);

    /// <summary>All leases of a pool, in a stable order.</summary>
    public IEnumerable<V1Alpha1RunnerLease> AnyOf(NamespacedName pool) => leases.OfPool(pool).OrderBy(lease => lease.Metadata.Name, StringComparer.Ordinal);

    /// <summary>Releases the leases waiting for a job.</summary>
    /// <returns>Whether there were any.</returns>
    /// <exception cref="KubernetesApiException">The API server refuses it.</exception>
    public async Task<bool> ReleaseAsync(GitHubJob job, EventScope scope, CancellationToken cancellationToken)
    {
        var waiting = OfJob(JobTag.IdOf(job), scope).Where(lease => LeaseJobs.Awaited(lease) is not null).ToList();
        EachItem.ThrowIfAny(await EachItem.HandleAsync(waiting, (lease, token) => ReassignAsync(lease, tag: null, token), cancellationToken));
        return waiting.Count > 0;
    }

    /// <summary>Assigns a job to a spare machine of its pool, or creates a lease for it. False if it already has one.</summary>
    /// <param name="pool">The pool.</param>
    /// <param name="job">The job.</param>
    /// <param name="insteadOf">The lease that was assigned to it so far and has its name; null for none.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="KubernetesApiException">The API server refuses it.</exception>
    public async Task<bool> CreateAsync(V1Alpha1RunnerPool pool, JobTag job, V1Alpha1RunnerLease? insteadOf, CancellationToken cancellationToken)
    {
        var rerunOf = LostJobs.OnDemand(pool.Status?.LostJobs ?? [], leases.OfPool(NamespacedName.From(pool)), job.Repository, job.RunId)?.RunnerName;
        foreach (var spare in rerunOf is null ? SparesOf(NamespacedName.From(pool), job) : [])
        {
            if (await ReassignAsync(spare, job, cancellationToken) == ReassignResult.Done)
            {
                return true;
            }
        }

        for (var attempt = 1; attempt <= Attempts; attempt++)
        {
            var lease = LeaseFactory.Create(pool, job.LeaseName(pool.Metadata.Name!, attempt), rerunOf);
            JobOverrides.WriteTo(lease, job.Labels);
            job.WriteTo(lease);
            try
            {
                leases.Upsert(await client.CreateAsync(lease, cancellationToken));
                return true;
            }
            catch (KubernetesApiException e) when (e.IsAlreadyExists)
            {
                var other = await client.GetAsync<V1Alpha1RunnerLease>(NamespacedName.From(lease), cancellationToken);
                if (other is null || other.Metadata.Uid == insteadOf?.Metadata.Uid || !IsAtHostOf(pool, other))
                {
                    continue;
                }

                // One without a job was freed while the job was held back, say.
                var isTakenBack = LeaseJobs.AssignedJob(other) is null && await ReassignAsync(other, job, cancellationToken) == ReassignResult.Done;
                if (isTakenBack || LeaseJobs.AssignedJob(other) == job.JobId)
                {
                    return isTakenBack;
                }
            }
        }

        return false;
    }

    /// <summary>Reassigns a lease that is waiting for a job to another or to none, or one without a job to a job.</summary>
    /// <param name="lease">The lease.</param>
    /// <param name="tag">The other job; null for none.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="KubernetesApiException">The API server refuses it.</exception>
    public async Task<ReassignResult> ReassignAsync(V1Alpha1RunnerLease lease, JobTag? tag, CancellationToken cancellationToken)
    {
        var current = lease;
        var isPassedOn = tag is not null && LeaseJobs.LabelOf(lease) is not null;
        for (var attempt = 1; current is not null && (isPassedOn || IsLiving(current)) && LeaseJobs.LabelOf(current) == LeaseJobs.LabelOf(lease); attempt++)
        {
            if (tag is not null && (current.Status?.Job?.Id is not null || !(isPassedOn || LeaseAvailability.IsAvailable(current))))
            {
                return ReassignResult.Changed; // it has got a job or a holder in the meantime
            }

            var metadata = JobTag.MetadataPatch(tag);
            metadata["uid"] = lease.Metadata.Uid;
            metadata["resourceVersion"] = current.Metadata.ResourceVersion;
            try
            {
                var patch = new JsonObject { ["metadata"] = metadata };
                leases.Upsert(await client.PatchAsync<V1Alpha1RunnerLease>(NamespacedName.From(lease), patch, subresource: null, cancellationToken));
                return ReassignResult.Done;
            }
            catch (KubernetesApiException e) when (e.IsConflict && attempt < Attempts)
            {
                current = await client.GetAsync<V1Alpha1RunnerLease>(NamespacedName.From(lease), cancellationToken);
                current = current?.Metadata.Uid == lease.Metadata.Uid ? current : null;
            }
            catch (KubernetesApiException e) when (e.IsNotFound)
            {
                return ReassignResult.Gone;
            }
        }

        return current is null ? ReassignResult.Gone : ReassignResult.Changed;
    }

    // Machines above minIdle that wait for no job, for example after one was cancelled; the soonest available first.
    private IEnumerable<V1Alpha1RunnerLease> SparesOf(NamespacedName pool, JobTag job)
    {
        var free = leases.OfPool(pool).Where(IsFree).OrderBy(lease => lease.Spec.JobLabels?.Count > 0).ThenBy(lease => lease.Status!.IdleSince is null).ThenBy(lease => lease.Status!.Instance!.LaunchedAt).ToList();
        return free.Take(free.Count - directory.Find(pool)?.MinIdle ?? 0).Where(lease => JobOverrides.Serves(lease, job.Labels));
    }

    private static bool IsFree(V1Alpha1RunnerLease lease) =>
        lease.Status is { Instance: not null, Runner: null or { OfflineSince: null } } && LeaseAvailability.IsAvailable(lease) && LeaseJobs.AssignedJob(lease) is null;

    // The pool may have been on another host, where job ids overlap.
    private static bool IsAtHostOf(V1Alpha1RunnerPool pool, V1Alpha1RunnerLease lease) =>
        !Uri.TryCreate(lease.Status?.Runner?.Url, UriKind.Absolute, out var registered)
        || !PoolTargets.TryParse(pool.Spec, out var target, out _) || registered.Authority.Equals(target.WebUrl.Authority, StringComparison.OrdinalIgnoreCase);

    private static bool IsLiving(V1Alpha1RunnerLease lease) => lease.Metadata.DeletionTimestamp is null && lease.Status?.Drain is null;
}

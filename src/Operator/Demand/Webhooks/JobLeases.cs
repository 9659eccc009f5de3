using System.Text.Json.Nodes;
using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerPools;
using Operator.GitHub;
using Operator.GitHub.Rest;
using Operator.Leases;

namespace Operator.Demand.Webhooks;

/// <summary>The result of assigning a lease to another job.</summary>
internal enum ReassignResult
{
    /// <summary>It does.</summary>
    Done,

    /// <summary>Its assignment has changed meanwhile; nothing was written.</summary>
    Changed,

    /// <summary>It is gone.</summary>
    Gone,
}

/// <summary>Finds, creates and reassigns the leases of jobs.</summary>
internal sealed class JobLeases(IKubernetesClient client, IStore<V1Alpha1RunnerLease> leases, IStore<V1Alpha1RunnerPool> pools)
{
    /// <summary>A status is written to the same object every now and then; so many in a row would be strange.</summary>
    private const int Attempts = 5;

    /// <summary>The pool of a lease; null when it is gone.</summary>
    public V1Alpha1RunnerPool? PoolOf(V1Alpha1RunnerLease lease) => pools.Get(LeaseIndexes.PoolOf(lease));

    /// <summary>Whether an event may affect a lease.</summary>
    public bool IsCovered(V1Alpha1RunnerLease lease, EventScope scope) => PoolOf(lease) is { } pool && scope.Covers(pool, lease);

    /// <summary>Whether a lease may be assigned another job of the event's host.</summary>
    public bool IsAtHost(V1Alpha1RunnerLease lease, EventScope scope) => PoolOf(lease) is { } pool && scope.CoversHost(pool, lease);

    /// <summary>The leases assigned to a job, among those that an event may affect.</summary>
    public IEnumerable<V1Alpha1RunnerLease> OfJob(string jobId, EventScope scope) => OfJob(jobId).Where(lease => IsCovered(lease, scope));

    /// <summary>The leases assigned to a job id: live ones, and any that run it.</summary>
    public IEnumerable<V1Alpha1RunnerLease> OfJob(string jobId) =>
        leases.ByIndex(LeaseIndexes.Job, jobId).Where(lease => IsLiving(lease) || lease.Status?.Job?.Id == jobId);

    /// <summary>The leases on their way out that were made for a job of that number and had a runner, which may have done another.</summary>
    public IEnumerable<V1Alpha1RunnerLease> LeavingOfJob(string jobId) =>
        leases.ByIndex(LeaseIndexes.Job, jobId).Where(lease => !IsLiving(lease) && lease.Status is { Job: null, Runner.Name: not null });

    /// <summary>The lease whose runner took a job, among those that an event may affect.</summary>
    public V1Alpha1RunnerLease? OfRunner(GitHubJob job, EventScope scope) =>
        leases.ByIndex(LeaseIndexes.Runner, job.RunnerName ?? "").FirstOrDefault(lease => IsServer(lease, job) && IsCovered(lease, scope));

    /// <summary>Whether any lease has a runner of a name.</summary>
    public bool HasRunner(string runnerName) => leases.ByIndex(LeaseIndexes.Runner, runnerName).Count > 0;

    /// <summary>Whether a lease's runner is the one that has taken a job.</summary>
    public static bool IsServer(V1Alpha1RunnerLease lease, GitHubJob job) => lease.Status?.Runner?.Is(job.RunnerName, job.RunnerId) == true;

    /// <summary>The leases of a pool that are assigned to jobs.</summary>
    public IEnumerable<V1Alpha1RunnerLease> OfPool(NamespacedName pool) =>
        leases.OfPool(pool).Where(lease => IsLiving(lease) && LeaseJobs.StandsFor(lease) is not null);

    /// <summary>All leases of a pool, always in the same order.</summary>
    public IEnumerable<V1Alpha1RunnerLease> AnyOf(NamespacedName pool) => leases.OfPool(pool).OrderBy(lease => lease.Metadata.Name, StringComparer.Ordinal);

    /// <summary>Stores a lease for a job. False when there is one already.</summary>
    /// <param name="pool">The pool.</param>
    /// <param name="job">The job.</param>
    /// <param name="insteadOf">The lease that stood for it so far, and bears its name; null for none.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="KubernetesApiException">The API server refuses it.</exception>
    public async Task<bool> CreateAsync(V1Alpha1RunnerPool pool, JobTag job, V1Alpha1RunnerLease? insteadOf, CancellationToken cancellationToken)
    {
        for (var attempt = 1; attempt <= Attempts; attempt++)
        {
            var lease = LeaseFactory.Create(pool, job.LeaseName(pool.Metadata.Name!, attempt));
            job.WriteTo(lease);
            try
            {
                leases.Upsert(await client.CreateAsync(lease, cancellationToken));
                return true;
            }
            catch (KubernetesApiException e) when (e.IsAlreadyExists)
            {
                var other = await client.GetAsync<V1Alpha1RunnerLease>(NamespacedName.Of(lease), cancellationToken);
                if (other is not null && other.Metadata.Uid != insteadOf?.Metadata.Uid && (LeaseJobs.StandsFor(other) ?? job.JobId) == job.JobId && IsAtHostOf(pool, other))
                {
                    return false;
                }
            }
        }

        return false;
    }

    /// <summary>Lets a lease that waits for a job wait for another, or for none.</summary>
    /// <param name="lease">The lease.</param>
    /// <param name="tag">The other job; null for none.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="KubernetesApiException">The API server refuses it.</exception>
    public async Task<ReassignResult> ReassignAsync(V1Alpha1RunnerLease lease, JobTag? tag, CancellationToken cancellationToken)
    {
        var current = lease;
        for (var attempt = 1; current is not null && (tag is not null || IsLiving(current)) && LeaseJobs.LabelOf(current) == LeaseJobs.LabelOf(lease); attempt++)
        {
            if (tag is not null && LeaseJobs.Awaited(current) is null)
            {
                return ReassignResult.Changed; // it has got a job since
            }

            var metadata = JobTag.MetadataPatch(tag);
            metadata["uid"] = lease.Metadata.Uid;
            metadata["resourceVersion"] = current.Metadata.ResourceVersion;
            try
            {
                var patch = new JsonObject { ["metadata"] = metadata };
                leases.Upsert(await client.PatchAsync<V1Alpha1RunnerLease>(NamespacedName.Of(lease), patch, subresource: null, cancellationToken));
                return ReassignResult.Done;
            }
            catch (KubernetesApiException e) when (e.IsConflict && attempt < Attempts)
            {
                current = await client.GetAsync<V1Alpha1RunnerLease>(NamespacedName.Of(lease), cancellationToken);
                current = current?.Metadata.Uid == lease.Metadata.Uid ? current : null;
            }
            catch (KubernetesApiException e) when (e.IsNotFound)
            {
                return ReassignResult.Gone;
            }
        }

        return current is null ? ReassignResult.Gone : ReassignResult.Changed;
    }

    // The pool may have been at another host, where jobs have the same numbers.
    private static bool IsAtHostOf(V1Alpha1RunnerPool pool, V1Alpha1RunnerLease lease) =>
        lease.Status?.Runner?.Url is not { } url || !GitHubTarget.TryParse(url, out var registered, out _)
        || !GitHubTarget.TryParse(pool.Spec.GitHub.Url, out var target, out _) || registered.IsAtHostOf(target);

    private static bool IsLiving(V1Alpha1RunnerLease lease) => lease.Metadata.DeletionTimestamp is null && lease.Status?.Drain is null;
}

using System.Text.Json.Nodes;
using Operator.Clients.GitHub;
using Operator.Controllers.RunnerLeases;
using Operator.Controllers.RunnerPools;
using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerPools;

namespace Operator.Demand.Webhooks;

/// <summary>The leases that jobs have asked for: finds them, makes them, and changes which job they stand for.</summary>
internal sealed class JobLeases(IKubernetesClient client, IStore<V1Alpha1RunnerLease> leases, IStore<V1Alpha1RunnerPool> pools)
{
    /// <summary>A status is written to the same object every now and then; so many in a row would be strange.</summary>
    private const int Attempts = 5;

    /// <summary>The pool of a lease; null when it is gone.</summary>
    public V1Alpha1RunnerPool? PoolOf(V1Alpha1RunnerLease lease) => pools.Get(LeaseIndexes.PoolOf(lease));

    /// <summary>The living leases that were made for a job, or on which it runs, of pools that may be spoken for.</summary>
    public IReadOnlyList<V1Alpha1RunnerLease> OfJob(string jobId, WebhookTrust trust) =>
        [.. leases.ByIndex(LeaseIndexes.Job, jobId).Where(lease => IsCovered(lease, trust) && (IsLiving(lease) || lease.Status?.Job?.Id == jobId))];

    /// <summary>The lease that has a runner, of a pool that may be spoken for.</summary>
    public V1Alpha1RunnerLease? OfRunner(string runnerName, WebhookTrust trust) =>
        leases.ByIndex(LeaseIndexes.Runner, runnerName).FirstOrDefault(lease => IsCovered(lease, trust));

    /// <summary>The leases of a pool that stand for jobs.</summary>
    public IEnumerable<V1Alpha1RunnerLease> OfPool(NamespacedName pool) =>
        leases.OfPool(pool).Where(lease => IsLiving(lease) && LeaseJobs.AwaitedBy(lease) is not null);

    /// <summary>Stores a lease for a job. False when it was there already.</summary>
    /// <exception cref="KubernetesApiException">The API server refuses it.</exception>
    public async Task<bool> CreateAsync(V1Alpha1RunnerPool pool, GitHubJob job, JobSite site, CancellationToken cancellationToken)
    {
        var lease = LeaseFactory.Create(pool, JobTag.LeaseName(pool.Metadata.Name!, job));
        JobTag.Of(job, site).WriteTo(lease);
        try
        {
            leases.Upsert(await client.CreateAsync(lease, cancellationToken));
            return true;
        }
        catch (KubernetesApiException e) when (e.IsAlreadyExists)
        {
            return false;
        }
    }

    /// <summary>Lets a lease stand for another job, or for none; nothing happens when it does not stand for the expected one any more.</summary>
    public async Task RetagAsync(V1Alpha1RunnerLease lease, string? expected, JobTag? tag, CancellationToken cancellationToken)
    {
        var current = lease;
        for (var attempt = 1; current is not null && LeaseJobs.AwaitedBy(current) == expected; attempt++)
        {
            var metadata = JobTag.MetadataPatch(tag);
            metadata["uid"] = lease.Metadata.Uid;
            metadata["resourceVersion"] = current.Metadata.ResourceVersion;
            try
            {
                var patch = new JsonObject { ["metadata"] = metadata };
                leases.Upsert(await client.PatchAsync<V1Alpha1RunnerLease>(NamespacedName.Of(lease), patch, subresource: null, cancellationToken));
                return;
            }
            catch (KubernetesApiException e) when (e.IsConflict && attempt < Attempts)
            {
                current = await client.GetAsync<V1Alpha1RunnerLease>(NamespacedName.Of(lease), cancellationToken);
                current = current?.Metadata.Uid == lease.Metadata.Uid ? current : null;
            }
            catch (KubernetesApiException e) when (e.IsNotFound)
            {
                return;
            }
        }
    }

    private bool IsCovered(V1Alpha1RunnerLease lease, WebhookTrust trust) => PoolOf(lease) is { } pool && trust.Covers(pool);

    private static bool IsLiving(V1Alpha1RunnerLease lease) => lease.Metadata.DeletionTimestamp is null && lease.Status?.Drain is null;
}

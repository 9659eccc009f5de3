using System.Text.Json;
using System.Text.Json.Nodes;
using Operator.Aws;
using Operator.Aws.Instances;
using Operator.Aws.Offerings;
using Operator.Entities.Conditions;
using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerPools;

namespace Operator.Leases;

/// <summary>
/// Admits launches one at a time, so that leases deciding concurrently do not exceed a limit together, and maintains the pool's boot record
/// that admission depends on.
/// </summary>
internal sealed class LaunchGate(
    IKubernetesClient client, IStore<V1Alpha1RunnerPool> pools, IStore<V1Alpha1RunnerLease> leases, LostJobRecords lostJobs, UnavailableOfferings unavailable)
{
    /// <summary>Each conflict means that another writer made progress.</summary>
    private const int MostConflicts = 10;

    private readonly Lock _lock = new();

    // UIDs of leases whose intent is being written, and machines whose adoption is: at most one per worker, for the duration of one write.
    private readonly HashSet<string> _entering = new(StringComparer.Ordinal);

    /// <summary>Admits a lease to launch if it still may. Dispose the result once its intent is stored or abandoned.</summary>
    /// <exception cref="ProviderException">Another lease was admitted first.</exception>
    public IDisposable Enter(RunnerLeaseObservation observed)
    {
        var (uid, pool) = (observed.Lease.Metadata.Uid!, observed.Pool!);
        lock (_lock)
        {
            var status = pools.Get(pool.Key)?.Status;
            var current = pool with { Boots = status?.Boots, FurtherBoots = status?.FurtherBoots ?? [] };
            var admission = AdmissionPlanner.For(observed.Lease, current, leases.OfPool(pool.Key), observed.Now, _entering);
            return admission.Granted && _entering.Add(uid)
                ? new Entry(this, uid)
                : throw new LaunchNotAdmittedException(admission);
        }
    }

    /// <summary>Reserves a machine of an Auto Scaling group for a lease until its adoption is stored or abandoned.</summary>
    /// <returns>What to dispose then; null if it is another lease's.</returns>
    public IDisposable? Claim(string instanceId, V1Alpha1RunnerLease lease)
    {
        lock (_lock)
        {
            return leases.ByIndex(LeaseIndexes.Instance, instanceId).All(other => other.Metadata.Uid == lease.Metadata.Uid) && _entering.Add(instanceId)
                ? new Entry(this, instanceId) : null;
        }
    }

    /// <summary>
    /// Adds a failed boot to the pool's record, once per instance; does nothing if the pool is gone or has another launch template by now.
    /// </summary>
    /// <exception cref="KubernetesApiException">The API server refuses the write; the lease stays and its next pass retries.</exception>
    public Task AddFailureAsync(
        NamespacedName key, RunnerLeaseObservation observed, string reason, string message, CancellationToken cancellationToken) =>
        WriteAsync(key, observed, record => BootBrake.Failed(record, observed.Lease, reason, message, observed.Now), cancellationToken);

    /// <summary>Leaves out for a while what EC2 has just taken a machine back of: it would be the first choice again.</summary>
    public void AddLoss(RunnerLeaseObservation observed, string reason, string message) => AddLoss(observed.Lease, observed.Account(), reason, message);

    /// <summary>The same for what EC2 is about to take: only on EC2's own word, since a job may forge its machine's, and the account has other pools.</summary>
    /// <param name="lease">The lease whose machine it is.</param>
    /// <param name="account">Where that is.</param>
    /// <param name="notice">What was announced.</param>
    public void AddNotice(V1Alpha1RunnerLease lease, AwsAccount account, InterruptionNotice notice)
    {
        if (notice is { Reason: InterruptionNotice.Spot, Source: not NoticeSource.Host })
        {
            AddLoss(lease, account, RunnerLeaseReasons.SpotInterruption, InterruptionPlanner.TakenBackThere);
        }
    }

    private void AddLoss(V1Alpha1RunnerLease lease, AwsAccount account, string reason, string message)
    {
        if (reason is RunnerLeaseReasons.SpotInterrupted or RunnerLeaseReasons.InsufficientCapacity or RunnerLeaseReasons.SpotInterruption
            && lease.Status?.Instance is { Type: { } type, Zone: { } zone, UsageClass: { } usageClass })
        {
            unavailable.Add(account.ToString(), usageClass, type, zone, new ProviderException(reason, message));
        }
    }

    /// <summary>Adds a job that was lost with its machine to the pool's record; does nothing if the pool is gone.</summary>
    /// <exception cref="KubernetesApiException">The API server refuses the write; the lease stays and its next pass retries.</exception>
    public Task AddLostJobAsync(RunnerLeaseObservation observed, LostJobStatus lost, CancellationToken cancellationToken) =>
        lostJobs.ChangeAsync(LeaseIndexes.PoolOf(observed.Lease), observed.Pool!.Uid, record => LostJobs.Add(record, lost), cancellationToken);

    /// <summary>
    /// Records in the pool that a machine has connected; does nothing if that is known, or the pool is gone or has another launch template
    /// by now.
    /// </summary>
    /// <exception cref="KubernetesApiException">The API server refuses the write; the lease stays and its next pass retries.</exception>
    public Task AddSuccessAsync(NamespacedName key, RunnerLeaseObservation observed, CancellationToken cancellationToken) =>
        WriteAsync(
            key, observed, record => BootBrake.Observe(record, observed.Lease.Status?.Launch?.TemplateHash, [observed.Lease], observed.Now), cancellationToken);

    private async Task WriteAsync(
        NamespacedName key, RunnerLeaseObservation observed, Func<BootStatus?, BootStatus?> change, CancellationToken cancellationToken)
    {
        var pool = pools.Get(key);
        var hash = observed.Lease.Status?.Launch?.TemplateHash;
        for (var conflicts = 0; pool?.Status is { } status && BootRecords.IsOfPool(status, hash); conflicts++)
        {
            var before = BootRecords.Find(status, hash);
            var record = change(before);
            if (record is null || ReferenceEquals(record, before))
            {
                return;
            }

            try
            {
                pools.Upsert(await client.PatchAsync<V1Alpha1RunnerPool>(key, PatchOf(pool, record), "status", cancellationToken));
                return;
            }
            catch (KubernetesApiException e) when (e.IsConflict && conflicts < MostConflicts)
            {
                pool = await client.GetAsync<V1Alpha1RunnerPool>(key, cancellationToken);
                if (pool is not null)
                {
                    pools.Upsert(pool);
                }
            }
            catch (KubernetesApiException e) when (e.IsNotFound)
            {
                return;
            }
        }
    }

    private void Leave(string uid)
    {
        lock (_lock)
        {
            _entering.Remove(uid);
        }
    }

    private sealed class Entry(LaunchGate gate, string uid) : IDisposable
    {
        public void Dispose() => gate.Leave(uid);
    }

    private JsonObject PatchOf(V1Alpha1RunnerPool pool, BootStatus record)
    {
        var isFirst = pool.Status!.LaunchTemplate?.Hash == record.TemplateHash;
        var before = JsonSerializer.SerializeToNode(pool.Status.Boots, client.SerializerOptions);
        var after = JsonSerializer.SerializeToNode(record, client.SerializerOptions);
        return new()
        {
            ["metadata"] = new JsonObject { ["uid"] = pool.Metadata.Uid, ["resourceVersion"] = pool.Metadata.ResourceVersion },
            ["status"] = isFirst
                ? new JsonObject { ["boots"] = MergePatch.Compute(before as JsonObject, after as JsonObject) }
                : new JsonObject { ["furtherBoots"] = JsonSerializer.SerializeToNode(BootRecords.With(pool.Status.FurtherBoots, record), client.SerializerOptions) },
        };
    }
}

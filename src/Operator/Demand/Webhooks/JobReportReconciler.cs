using System.Collections.Concurrent;
using Operator.Entities.RunnerLeases;
using Operator.Leases;

namespace Operator.Demand.Webhooks;

/// <summary>Processes job events that other replicas stored on leases, and leases that they created.</summary>
internal sealed class JobReportReconciler(
    IStore<V1Alpha1RunnerLease> leases, JobLeases jobs, WorkflowJobHandler handler, JobAssignments assignments, RunnerLeaseWriter writer) : IReconciler
{
    // Leases that went with reports that nobody had looked at: each until its pass, which is queued at the same time.
    private readonly ConcurrentDictionary<NamespacedName, V1Alpha1RunnerLease> _gone = new();

    /// <summary>Whether a change is one that a pass goes by.</summary>
    public bool IsRelevant(V1Alpha1RunnerLease? before, V1Alpha1RunnerLease? after)
    {
        if (after is null)
        {
            return before?.Status?.JobReports is { Count: > 0 } && (_gone[NamespacedName.Of(before)] = before) is not null;
        }

        return after.Status?.JobReports is { Count: > 0 } || (before is null && LeaseJobs.Awaited(after) is not null);
    }

    public async Task<ReconcileResult> ReconcileAsync(NamespacedName key, CancellationToken cancellationToken)
    {
        if ((_gone.TryRemove(key, out var gone) ? gone : leases.Get(key)) is not { } lease || jobs.PoolOf(lease) is not { } pool || EventScope.TargetOf(pool, lease) is not { } target)
        {
            return ReconcileResult.Done;
        }

        var trust = new WebhookTrust(new HashSet<NamespacedName> { WebhookTrust.SecretOf(pool) });
        var reports = lease.Status?.JobReports ?? [];
        foreach (var report in reports)
        {
            if (JobReports.JobOf(report) is { } job && JobReports.SiteOf(target, report.Repository) is { } site)
            {
                await (report.CompletedAt is null
                    ? handler.StartedAsync(job, site, trust, cancellationToken)
                    : handler.CompletedAsync(job, site, trust, cancellationToken));
            }
        }

        if (JobTag.Of(lease) is { } tag && JobReports.SiteOf(target, tag.Repository) is { } own)
        {
            await assignments.ReviewAsync(lease, new(own, trust), cancellationToken);
        }

        if (reports.Count > 0 && leases.Get(key) is { } looked)
        {
            await writer.ChangeStatusAsync(looked, current => JobReports.Remove(current, reports), cancellationToken);
        }

        return ReconcileResult.Done;
    }
}

using System.Collections.Concurrent;
using Operator.Entities.RunnerLeases;
using Operator.GitHub;
using Operator.Leases;

namespace Operator.Demand.Webhooks;

/// <summary>Processes job events that other replicas stored on leases, and leases that they created.</summary>
internal sealed class JobReportReconciler(
    IStore<V1Alpha1RunnerLease> leases, JobLeases jobs, WorkflowJobHandler handler, JobAssignments assignments, RunnerLeaseWriter writer) : IReconciler
{
    // Leases deleted with unprocessed reports, kept until their reconcile.
    private readonly ConcurrentDictionary<NamespacedName, V1Alpha1RunnerLease> _gone = new();

    /// <summary>Whether a change requires a reconcile.</summary>
    public static bool IsRelevant(V1Alpha1RunnerLease? before, V1Alpha1RunnerLease? after) =>
        HasReports(after ?? before) || (after is not null && LeaseJobs.Awaited(after) is { } job && (before is null || LeaseJobs.Awaited(before) != job));

    /// <summary>
    /// Keeps a deleted lease with reports for its last reconcile. Call it for each change before the reconcile is enqueued.
    /// </summary>
    public void KeepGone(V1Alpha1RunnerLease? before, V1Alpha1RunnerLease? after)
    {
        if (after is null && HasReports(before))
        {
            _gone[NamespacedName.From(before!)] = before!;
        }
    }

    public async Task<ReconcileResult> ReconcileAsync(NamespacedName key, CancellationToken cancellationToken)
    {
        if ((_gone.TryRemove(key, out var gone) ? gone : leases.Get(key)) is not { } lease || jobs.PoolOf(lease) is not { } pool || EventScope.TargetOf(pool, lease) is not { } target)
        {
            return ReconcileResult.Done;
        }

        var trust = new WebhookTrust(new HashSet<NamespacedName> { WebhookTrust.SecretOf(pool) });
        var reports = lease.Status?.JobReports ?? [];
        var processed = new List<LeaseJobReport>();
        var failure = await EachItem.HandleAsync(
            reports,
            async (report, token) =>
            {
                await ProcessAsync(report, target, trust, token);
                processed.Add(report);
            },
            cancellationToken);
        if (JobTag.From(lease) is { } tag && JobReports.SiteOf(target, tag.Repository) is { } own)
        {
            await assignments.ReviewAsync(lease, new(own, trust), cancellationToken);
        }

        if (processed.Count > 0 && leases.Get(key) is { } looked)
        {
            await writer.ChangeStatusAsync(looked, current => JobReports.Remove(current, processed), cancellationToken);
        }

        EachItem.ThrowIfAny(failure);
        return ReconcileResult.Done;
    }

    private Task ProcessAsync(LeaseJobReport report, GitHubTarget target, WebhookTrust trust, CancellationToken cancellationToken) =>
        JobReports.JobOf(report) is not { } job || JobReports.SiteOf(target, report.Repository) is not { } site ? Task.CompletedTask
        : report.CompletedAt is null ? handler.StartedAsync(job, site, trust, cancellationToken)
        : handler.CompletedAsync(job, site, trust, cancellationToken);

    private static bool HasReports(V1Alpha1RunnerLease? lease) => lease?.Status?.JobReports is { Count: > 0 };
}

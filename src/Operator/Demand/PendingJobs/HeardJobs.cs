using Operator.Demand.Webhooks;
using Operator.Entities.RunnerPools;
using Operator.Settings;

namespace Operator.Demand.PendingJobs;

/// <summary>Writes to a pool that GitLab has told of its jobs, on whichever replica the webhook has arrived; the leader, who decides, reads it there.</summary>
internal sealed class HeardJobs(IKubernetesClient client, IStore<V1Alpha1RunnerPool> pools, TimeProvider timeProvider)
{
    /// <summary>A pipeline tells of all its jobs at once: they are one look.</summary>
    public static readonly TimeSpan Pace = TimeSpan.FromSeconds(2);

    /// <summary>Notes it for the pools that look for the project's jobs.</summary>
    /// <returns>How many pools that are.</returns>
    public async Task<int> NoteAsync(string project, WebhookTrust trust, CancellationToken cancellationToken)
    {
        var concerned = pools.List().Where(trust.Covers).Select(PendingJobPool.From).OfType<PendingJobPool>().Where(pool => pool.Sees(project)).ToList();
        var now = timeProvider.GetUtcNow();

        // One look serves all pools of a target.
        var targets = PendingJobTarget.Group(concerned).Where(target => !TimeAnnotations.IsWithin(target.Pools.Max(TimeOf), Pace, now)).ToList();
        EachItem.ThrowIfAny(await EachItem.HandleAsync(targets, (target, token) => TimeAnnotations.WriteAsync(client, target.Pools[0].Pool, Annotations.JobsHeard, now, token), cancellationToken));
        return concerned.Count;
    }

    /// <summary>
    /// Whether a target was told of jobs that its last look may have missed: since it began, or so shortly before that further events were not written any more.
    /// </summary>
    public static bool AreNews(PendingJobTarget target, DateTimeOffset lastLook) => target.Pools.Any(pool => TimeOf(pool) is { } heard && heard + Pace > lastLook);

    private static DateTimeOffset? TimeOf(PendingJobPool pool) => TimeAnnotations.Read(pool.Pool, Annotations.JobsHeard);
}

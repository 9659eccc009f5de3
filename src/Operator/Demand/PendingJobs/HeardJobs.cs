using System.Globalization;
using System.Text.Json.Nodes;
using Operator.Demand.Webhooks;
using Operator.Entities.RunnerPools;

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
        var targets = PendingJobTarget.Group(concerned).Where(target => target.Pools.Select(pool => TimeOf(pool.Pool)).Max() is not { } last || last > now || now - last >= Pace).ToList();
        EachItem.ThrowIfAny(await EachItem.HandleAsync(targets, (target, token) => WriteAsync(target.Pools[0], now, token), cancellationToken));
        return concerned.Count;
    }

    /// <summary>When a pool's GitLab has told of a job last; null for never.</summary>
    public static DateTimeOffset? TimeOf(V1Alpha1RunnerPool pool) =>
        pool.Metadata.Annotations?.GetValueOrDefault(Annotations.JobsHeard) is { } text
        && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time : null;

    /// <summary>
    /// Whether a target was told of jobs that its last look may have missed: since it began, or so shortly before that further events were not written any more.
    /// </summary>
    public static bool AreNews(PendingJobTarget target, DateTimeOffset lastLook) => target.Pools.Any(pool => TimeOf(pool.Pool) is { } heard && heard + Pace > lastLook);

    private Task<V1Alpha1RunnerPool> WriteAsync(PendingJobPool pool, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var annotations = new JsonObject { [Annotations.JobsHeard] = TimeText.Format(now) };
        var patch = new JsonObject { ["metadata"] = new JsonObject { ["uid"] = pool.Pool.Metadata.Uid, ["annotations"] = annotations } };
        return client.PatchAsync<V1Alpha1RunnerPool>(pool.Key, patch, subresource: null, cancellationToken);
    }
}

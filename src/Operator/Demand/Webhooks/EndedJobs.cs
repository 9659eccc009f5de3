using Operator.Entities.RunnerPools;

namespace Operator.Demand.Webhooks;

/// <summary>
/// Jobs known to have completed, so that later events of them are ignored. Each counts at its own host, and for those pools only for which
/// it was said: who holds one pool's webhook secret, or runs its GitHub, cannot keep another's job from its runner.
/// </summary>
internal sealed class EndedJobs
{
    /// <summary>Enough for a day of a large organization.</summary>
    private const int RememberedJobs = 50_000;

    private readonly RecentIds<(NamespacedName? Source, string Host, long Job)> _jobs = new(RememberedJobs);

    public void Add(long job, EventScope scope)
    {
        foreach (var source in scope.Trust.Sources)
        {
            _jobs.Add((source, scope.Site.Host, job));
        }
    }

    public bool Contains(long job, string host, V1Alpha1RunnerPool pool) =>
        _jobs.Contains((null, host, job)) || _jobs.Contains((WebhookTrust.SecretOf(pool), host, job));
}

using Operator.Entities.RunnerPools;

namespace Operator.Demand.Webhooks;

/// <summary>
/// Jobs that were heard to end, so that whatever else is heard of them is late. Each counts for those pools only for which it was said: who
/// holds one pool's webhook secret cannot keep another's job from its runner.
/// </summary>
internal sealed class EndedJobs
{
    /// <summary>Enough for a day of a large organization.</summary>
    private const int RememberedJobs = 50_000;

    private readonly RecentIds<(NamespacedName? Source, long Job)> _jobs = new(RememberedJobs);

    public void Add(long job, WebhookTrust trust)
    {
        foreach (var source in trust.Sources)
        {
            _jobs.Add((source, job));
        }
    }

    public bool Contains(long job, V1Alpha1RunnerPool pool) => _jobs.Contains((null, job)) || _jobs.Contains((WebhookTrust.SecretOf(pool), job));
}

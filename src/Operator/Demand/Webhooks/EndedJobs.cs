using Operator.Entities.RunnerPools;

namespace Operator.Demand.Webhooks;

/// <summary>
/// Completed jobs, whose later events are ignored. Kept per host and Secret, so that one tenant cannot mark another's job as completed.
/// </summary>
internal sealed class EndedJobs
{
    /// <summary>A day's worth for a large organization.</summary>
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

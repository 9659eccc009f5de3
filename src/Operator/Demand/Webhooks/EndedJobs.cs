using Operator.Entities.RunnerLeases;

namespace Operator.Demand.Webhooks;

/// <summary>
/// Jobs that were seen to end because the runner that had them is done, though no webhook has said so. The label of the lease
/// that was made for such a job calls for no runner any more. Only in memory: the check once a minute finds the same.
/// </summary>
internal sealed class EndedJobs
{
    /// <summary>A label outlives its job by a minute or so.</summary>
    private const int RememberedJobs = 10_000;

    private readonly RecentIds<string> _jobs = new(RememberedJobs);

    public bool Contains(string job) => _jobs.Contains(job);

    /// <summary>Looks at a change of a lease.</summary>
    public void Notice(V1Alpha1RunnerLease? before, V1Alpha1RunnerLease? after)
    {
        if (before?.Status?.Job?.Id is { } job && after?.Status?.Job?.Id != job)
        {
            _jobs.Add(job);
        }
    }
}

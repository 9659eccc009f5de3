using Operator.Controllers.RunnerLeases;
using Operator.Entities.RunnerLeases;

namespace Operator.Demand.Webhooks;

/// <summary>A lease that is to stand for another job, or for none.</summary>
/// <param name="Lease">The lease.</param>
/// <param name="Tag">The job; null for none.</param>
internal sealed record Retag(V1Alpha1RunnerLease Lease, JobTag? Tag);

/// <summary>
/// Keeps the books when a job is over: each open job stands on one living lease. GitHub gives jobs to any runner with their
/// labels, so the lease that was made for the job may be another than the one that served it. Pure.
/// </summary>
internal static class JobSettlement
{
    /// <summary>What to change.</summary>
    /// <param name="jobId">The job that is over.</param>
    /// <param name="server">The lease that served it, if it is known.</param>
    /// <param name="serverStays">Whether that one serves again, so that the job it was made for is still its own.</param>
    /// <param name="ofJob">Finds the leases that were made for a job, or on which it runs.</param>
    public static IReadOnlyList<Retag> Plan(
        string jobId, V1Alpha1RunnerLease? server, bool serverStays, Func<string, IReadOnlyList<V1Alpha1RunnerLease>> ofJob)
    {
        var changes = new List<Retag>();
        var orphan = server is null || serverStays || LeaseJobs.AwaitedBy(server) == jobId ? null : JobTag.Of(server);
        foreach (var made in ofJob(jobId).Where(lease => LeaseJobs.AwaitedBy(lease) == jobId))
        {
            if (IsSame(made, server))
            {
                if (serverStays)
                {
                    changes.Add(new(made, Tag: null));
                }
            }
            else if (orphan is not null)
            {
                // The one that served it takes the job it was made for with it: this one stands for that job now.
                changes.Add(new(made, orphan));
                orphan = null;
            }
            else
            {
                changes.AddRange(Free(made, jobId, ofJob));
            }
        }

        return changes;
    }

    // A lease that runs another job stands for that one, and frees the lease that was made for it.
    private static IEnumerable<Retag> Free(V1Alpha1RunnerLease made, string jobId, Func<string, IReadOnlyList<V1Alpha1RunnerLease>> ofJob)
    {
        var other = made.Status?.Job?.Id is { } running && running != jobId
            ? ofJob(running).FirstOrDefault(lease => LeaseJobs.AwaitedBy(lease) == running && !IsSame(lease, made))
            : null;
        yield return new(made, other is null ? null : JobTag.Of(other));
        if (other is not null)
        {
            yield return new(other, Tag: null);
        }
    }

    private static bool IsSame(V1Alpha1RunnerLease one, V1Alpha1RunnerLease? other) => one.Metadata.Uid == other?.Metadata.Uid;
}

using Operator.Entities.RunnerLeases;
using Operator.Leases;

namespace Operator.Demand.Webhooks;

/// <summary>What a runner's taking of a job changes in the assignments.</summary>
/// <param name="Orphan">The job that the runner's lease stood for and stands for no more; null for none.</param>
/// <param name="Successor">The lease that is to stand for the orphan; null where one has to be made.</param>
/// <param name="Free">Leases that are to stand for no job.</param>
internal sealed record Settlement(JobTag? Orphan, V1Alpha1RunnerLease? Successor, IReadOnlyList<V1Alpha1RunnerLease> Free);

/// <summary>
/// Keeps the assignments: each open job stands on one living lease, which is the one that runs it or, while it waits, one whose label names
/// it. GitHub gives a job to any runner with its labels. So when a runner takes a job, what its lease was made for goes over to the
/// lease that was made for the job. Pure.
/// </summary>
internal static class ReassignmentPlanner
{
    /// <summary>What to change for a job that is no longer queued. Says nothing when it is said again.</summary>
    /// <param name="jobId">The job.</param>
    /// <param name="server">The lease whose runner took it, if it is one of ours.</param>
    /// <param name="standing">Finds the leases that stand for a job.</param>
    /// <param name="isOver">Whether a job is known to have ended.</param>
    public static Settlement Plan(
        string jobId, V1Alpha1RunnerLease? server, Func<string, IReadOnlyList<V1Alpha1RunnerLease>> standing, Func<string, bool> isOver)
    {
        var made = standing(jobId).Where(lease => !IsSame(lease, server) && LeaseJobs.Awaited(lease) == jobId).ToList();
        var orphan = server is null || LeaseJobs.Awaited(server) is not { } awaited || awaited == jobId || IsInOrder(awaited, server, standing, isOver)
            ? null
            : JobTag.Of(server);

        // Another pool's runners may lack a label that the orphan asks for.
        var successor = orphan is null ? null : made.Find(lease => LeaseIndexes.PoolOf(lease) == LeaseIndexes.PoolOf(server!));
        return new(orphan, successor, [.. made.Where(lease => lease != successor)]);
    }

    /// <summary>Whether a lease that goes on to serve keeps the job that it was made for, now that another that ran on it is over.</summary>
    /// <param name="jobId">The job that is over.</param>
    /// <param name="server">The lease.</param>
    /// <param name="standing">Finds the leases that stand for a job.</param>
    /// <param name="isOver">Whether a job is known to have ended.</param>
    public static bool Keeps(
        string jobId, V1Alpha1RunnerLease server, Func<string, IReadOnlyList<V1Alpha1RunnerLease>> standing, Func<string, bool> isOver) =>
        LeaseJobs.LabelOf(server) is { } label && label != jobId && !IsInOrder(label, server, standing, isOver);

    private static bool IsInOrder(
        string jobId, V1Alpha1RunnerLease server, Func<string, IReadOnlyList<V1Alpha1RunnerLease>> standing, Func<string, bool> isOver) =>
        isOver(jobId) || standing(jobId).Any(lease => !IsSame(lease, server));

    private static bool IsSame(V1Alpha1RunnerLease one, V1Alpha1RunnerLease? other) => one.Metadata.Uid == other?.Metadata.Uid;
}

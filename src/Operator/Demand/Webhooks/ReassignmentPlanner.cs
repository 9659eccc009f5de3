using Operator.Entities.RunnerLeases;
using Operator.Leases;
using Operator.Settings;

namespace Operator.Demand.Webhooks;

/// <summary>The changes to the assignments after a runner took a job.</summary>
/// <param name="DisplacedJob">The job that the runner's lease was assigned to before; null for none.</param>
/// <param name="Replacement">The lease to assign to the displaced job; null if one has to be created.</param>
/// <param name="Unneeded">Leases that lose their assignment.</param>
internal sealed record Reassignment(JobTag? DisplacedJob, V1Alpha1RunnerLease? Replacement, IReadOnlyList<V1Alpha1RunnerLease> Unneeded);

/// <summary>
/// Maintains the assignments: each open job has one live lease, which is the one running it or, while it is queued, the one whose label names
/// it. GitHub gives a job to any runner with its labels. So when a runner takes a job, the job its lease was created for is reassigned to the
/// lease that was created for the job it took. Pure.
/// </summary>
internal static class ReassignmentPlanner
{
    /// <summary>The changes for a job that is no longer queued. Idempotent.</summary>
    /// <param name="jobId">The job.</param>
    /// <param name="server">The lease whose runner took it, if it is one of ours.</param>
    /// <param name="standing">Finds the leases assigned to a job.</param>
    /// <param name="isOver">Whether a job is known to be completed.</param>
    public static Reassignment Plan(
        string jobId, V1Alpha1RunnerLease? server, Func<string, IReadOnlyList<V1Alpha1RunnerLease>> standing, Func<string, bool> isOver)
    {
        var made = standing(jobId).Where(lease => !IsSame(lease, server) && LeaseJobs.Awaited(lease) == jobId).ToList();
        var displacedJob = server is null || LeaseJobs.Awaited(server) is not { } awaited || awaited == jobId || IsInOrder(awaited, server, standing, isOver)
            ? null
            : JobTag.From(server);

        // Runners of another pool, or of another size, may lack a label that the displaced job requires.
        var replacement = displacedJob is null ? null
            : made.Find(lease => LeaseIndexes.PoolOf(lease) == LeaseIndexes.PoolOf(server!) && JobOverrides.Serves(lease, displacedJob.Labels));
        return new(displacedJob, replacement, [.. made.Where(lease => lease != replacement)]);
    }

    /// <summary>Whether a reusable lease keeps its assignment after another job on it has completed.</summary>
    /// <param name="jobId">The completed job.</param>
    /// <param name="server">The lease.</param>
    /// <param name="standing">Finds the leases assigned to a job.</param>
    /// <param name="isOver">Whether a job is known to be completed.</param>
    public static bool Keeps(
        string jobId, V1Alpha1RunnerLease server, Func<string, IReadOnlyList<V1Alpha1RunnerLease>> standing, Func<string, bool> isOver) =>
        LeaseJobs.LabelOf(server) is { } label && label != jobId && !IsInOrder(label, server, standing, isOver);

    private static bool IsInOrder(
        string jobId, V1Alpha1RunnerLease server, Func<string, IReadOnlyList<V1Alpha1RunnerLease>> standing, Func<string, bool> isOver) =>
        isOver(jobId) || standing(jobId).Any(lease => !IsSame(lease, server));

    private static bool IsSame(V1Alpha1RunnerLease one, V1Alpha1RunnerLease? other) => one.Metadata.Uid == other?.Metadata.Uid;
}

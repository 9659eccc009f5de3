using Operator.Entities.RunnerLeases;

namespace Operator.Leases;

/// <summary>
/// Which job each lease is assigned to. GitHub gives a job to any runner with its labels, so a lease is assigned to the job it runs, or
/// while it runs none, to the job its label names: each open job needs exactly one live lease. Pure.
/// </summary>
internal static class LeaseJobs
{
    /// <summary>The job that a lease's label names.</summary>
    public static string? LabelOf(V1Alpha1RunnerLease lease) => lease.Metadata.Labels?.GetValueOrDefault(Labels.Job);

    /// <summary>The job a lease is waiting for; none once it runs one.</summary>
    public static string? Awaited(V1Alpha1RunnerLease lease) => lease.Status?.Job?.Id is null ? LabelOf(lease) : null;

    /// <summary>The job that a lease is assigned to.</summary>
    public static string? AssignedJob(V1Alpha1RunnerLease lease) => lease.Status?.Job?.Id ?? LabelOf(lease);

    /// <summary>The running jobs.</summary>
    public static HashSet<string> Running(IEnumerable<V1Alpha1RunnerLease> leases) =>
        leases.Select(lease => lease.Status?.Job?.Id).OfType<string>().ToHashSet(StringComparer.Ordinal);

    /// <summary>Whether a lease without a job is waiting for one that no other runner has taken.</summary>
    /// <param name="lease">The lease.</param>
    /// <param name="running">The jobs running on the pool's leases.</param>
    public static bool Awaits(V1Alpha1RunnerLease lease, HashSet<string> running) =>
        lease.Status?.Job is null && LabelOf(lease) is { } job && !running.Contains(job);
}

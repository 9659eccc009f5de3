using Operator.Entities.RunnerLeases;

namespace Operator.Leases;

/// <summary>
/// The jobs that leases stand for. GitHub gives a job to any runner with its labels, so a lease stands for the job that runs on it,
/// and only while none does for the one that its label names: what counts is that each open job stands on one living lease. Pure.
/// </summary>
internal static class LeaseJobs
{
    /// <summary>The job that a lease's label names.</summary>
    public static string? LabelOf(V1Alpha1RunnerLease lease) => lease.Metadata.Labels?.GetValueOrDefault(Labels.Job);

    /// <summary>The job that a lease waits for: none once it runs one.</summary>
    public static string? Awaited(V1Alpha1RunnerLease lease) => lease.Status?.Job?.Id is null ? LabelOf(lease) : null;

    /// <summary>The job that a lease stands for.</summary>
    public static string? StandsFor(V1Alpha1RunnerLease lease) => lease.Status?.Job?.Id ?? LabelOf(lease);

    /// <summary>The jobs that run.</summary>
    public static HashSet<string> Running(IEnumerable<V1Alpha1RunnerLease> leases) =>
        leases.Select(lease => lease.Status?.Job?.Id).OfType<string>().ToHashSet(StringComparer.Ordinal);

    /// <summary>Whether a lease without a job waits for one that nobody else has taken.</summary>
    /// <param name="lease">The lease.</param>
    /// <param name="running">The jobs that run on the pool's leases.</param>
    public static bool Awaits(V1Alpha1RunnerLease lease, HashSet<string> running) =>
        lease.Status?.Job is null && LabelOf(lease) is { } job && !running.Contains(job);
}

using Operator.Entities.RunnerLeases;

namespace Operator.Controllers.RunnerLeases;

/// <summary>
/// The jobs that leases are made for, and those that run on them. GitHub gives a job to any runner with its labels, so the two may
/// differ: what counts is that each open job stands on one living lease. Pure.
/// </summary>
internal static class LeaseJobs
{
    /// <summary>The job that a lease was made for, as its label says.</summary>
    public static string? AwaitedBy(V1Alpha1RunnerLease lease) => lease.Metadata.Labels?.GetValueOrDefault(Labels.Job);

    /// <summary>The job on the label, and the one that runs.</summary>
    public static IEnumerable<string> IdsOf(V1Alpha1RunnerLease lease) =>
        new[] { AwaitedBy(lease), lease.Status?.Job?.Id }.OfType<string>();

    /// <summary>The jobs that run.</summary>
    public static HashSet<string> Running(IEnumerable<V1Alpha1RunnerLease> leases) =>
        leases.Select(lease => lease.Status?.Job?.Id).OfType<string>().ToHashSet(StringComparer.Ordinal);

    /// <summary>Whether a lease without a job waits for one that nobody else has taken.</summary>
    /// <param name="lease">The lease.</param>
    /// <param name="running">The jobs that run on the pool's leases.</param>
    public static bool Awaits(V1Alpha1RunnerLease lease, HashSet<string> running) =>
        lease.Status?.Job is null && AwaitedBy(lease) is { } job && !running.Contains(job);
}

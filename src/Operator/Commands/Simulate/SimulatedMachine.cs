using Operator.Aws.Offerings;
using Operator.Entities.RunnerLeases;

namespace Operator.Commands.Simulate;

/// <summary>A lease and its machine in a simulation.</summary>
/// <param name="lease">The lease as planners see it.</param>
internal sealed class SimulatedMachine(V1Alpha1RunnerLease lease)
{
    public V1Alpha1RunnerLease Lease => lease;

    public string Name => lease.Metadata.Name!;

    /// <summary>What was bought; null until it is launched.</summary>
    public Offering? Bought { get; set; }

    public DateTimeOffset LaunchedAt => lease.Status!.Instance!.LaunchedAt!.Value;

    /// <summary>The job that runs on it.</summary>
    public QueuedJob? Job { get; set; }

    /// <summary>When it may take its first job.</summary>
    public bool IsReady => lease.Status?.Instance?.ReadyAt is not null;

    /// <summary>Whether it takes no more jobs and powers itself off.</summary>
    public bool IsLeaving => lease.Metadata.DeletionTimestamp is not null || HasServed;

    /// <summary>Whether its only job is over.</summary>
    public bool HasServed { get; set; }

    public bool IsGone { get; set; }

    /// <summary>
    /// What the machine was before it was this lease's: <c>hibernated</c>, <c>stopped</c>, or <c>cold</c> for nothing.
    /// </summary>
    public string Tier => lease.Status?.AdoptedFrom is null ? "cold" : lease.Status.Instance?.Standby?.Tier?.ToLowerInvariant() ?? "cold";

    public bool IsIdle => lease.Status?.IdleSince is not null && !IsLeaving;
}

/// <summary>A job that waits or runs.</summary>
/// <param name="Number">Its place in the trace.</param>
/// <param name="QueuedAt">When it was queued, or queued again.</param>
/// <param name="Duration">How long it runs.</param>
/// <param name="Attempt">From 1.</param>
internal sealed record QueuedJob(int Number, DateTimeOffset QueuedAt, TimeSpan Duration, int Attempt);

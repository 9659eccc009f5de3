using Operator.Simulator.GitHub.Accounts;
using Operator.Simulator.GitHub.Runners;

namespace Operator.Simulator.GitHub.Jobs;

/// <summary>A job. Read and changed under the service's lock only.</summary>
internal sealed class JobRecord
{
    public required long Id { get; init; }

    public required long RunId { get; init; }

    public required RunnerPlace Place { get; init; }

    public required IReadOnlyList<string> Labels { get; init; }

    public required TimeSpan Duration { get; init; }

    public required DateTimeOffset QueuedAt { get; init; }

    public JobState State { get; set; }

    public JobOutcome? Outcome { get; set; }

    public RunnerRecord? Runner { get; set; }

    public int Assignments { get; set; }

    public DateTimeOffset AssignedAt { get; set; }

    public DateTimeOffset? StartedAt { get; set; }

    public DateTimeOffset? CompletedAt { get; set; }

    /// <summary>What happens to it next: pick-up, return to the queue, or end.</summary>
    public ITimer? Timer { get; set; }

    public SimulatedJob Snapshot() =>
        new(Id, RunId, Place.Path["repos/".Length..], Labels, State, QueuedAt)
        {
            Outcome = Outcome,
            RunnerId = Runner?.Id,
            RunnerName = Runner?.Name,
            Assignments = Assignments,
            StartedAt = StartedAt,
            CompletedAt = CompletedAt,
        };
}

using Operator.Simulator.GitHub.Accounts;
using Operator.Simulator.GitHub.Runners;
using Operator.Simulator.GitHub.ScaleSets;

namespace Operator.Simulator.GitHub.Jobs;

/// <summary>A job. Read and changed under the service's lock only.</summary>
internal sealed class JobRecord
{
    public required long Id { get; init; }

    public required RunRecord Run { get; init; }

    public required RunnerPlace Place { get; init; }

    public required IReadOnlyList<string> Labels { get; init; }

    public required TimeSpan Duration { get; init; }

    public required DateTimeOffset QueuedAt { get; init; }

    /// <summary>The attempt of its run that it is executed in.</summary>
    public int Attempt { get; init; } = 1;

    /// <summary>The same job in the first attempt: identifies the jobs of a run across its attempts.</summary>
    public long Slot { get; init; }

    public JobState State { get; set; }

    public JobOutcome? Outcome { get; set; }

    public RunnerRecord? Runner { get; set; }

    public int Assignments { get; set; }

    public DateTimeOffset AssignedAt { get; set; }

    public DateTimeOffset? StartedAt { get; set; }

    public DateTimeOffset? CompletedAt { get; set; }

    /// <summary>The scale set that it is offered or assigned to.</summary>
    public ScaleSetRecord? ScaleSet { get; set; }

    /// <summary>The id that scale sets acquire it by: a new one each time it returns to the queue.</summary>
    public long RequestId { get; set; }

    /// <summary>When the scale set took it.</summary>
    public DateTimeOffset? AcquiredAt { get; set; }

    /// <summary>When it was assigned to the scale set.</summary>
    public DateTimeOffset? ScaleSetAssignedAt { get; set; }

    /// <summary>How often a scale set's runner left it lying.</summary>
    public int Requeues { get; set; }

    /// <summary>Whether its end is known to GitHub: the loss of its runner is silence at first.</summary>
    public bool IsClosed { get; set; }

    /// <summary>When GitHub closed it.</summary>
    public DateTimeOffset? ClosedAt { get; set; }

    /// <summary>Whether its run was cancelled after its runner had fallen silent.</summary>
    public bool IsCancelled { get; set; }

    /// <summary>What its runner still said of it when it was told to go; null where it fell silent.</summary>
    public string? FinalConclusion { get; set; }

    /// <summary>Its state as known to GitHub.</summary>
    public JobState KnownState => State == JobState.Completed && !IsClosed ? JobState.Running : State;

    /// <summary>What happens to it next: pick-up, return to the queue, or end.</summary>
    public ITimer? Timer { get; set; }

    /// <summary>Ends it when no runner took it for a day.</summary>
    public ITimer? QueueTimer { get; set; }

    public SimulatedJob Snapshot() =>
        new(Id, Run.Id, Place.WebPath, Labels, State, QueuedAt)
        {
            Outcome = Outcome,
            RunnerId = Runner?.Id,
            RunnerName = Runner?.Name,
            Assignments = Assignments,
            StartedAt = StartedAt,
            CompletedAt = CompletedAt,
            ScaleSetId = ScaleSet?.Id,
            ScaleSetAssignedAt = ScaleSetAssignedAt,
            Requeues = Requeues,
            Attempt = Attempt,
            Conclusion = JobView.ConclusionOf(this),
        };
}

/// <summary>A workflow run: the jobs that belong together.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Number">Its number in the repository, from 1.</param>
/// <param name="CreatedAt">When its first job came.</param>
internal sealed record RunRecord(long Id, int Number, DateTimeOffset CreatedAt)
{
    /// <summary>Every execution of its jobs, in all attempts.</summary>
    public List<JobRecord> Jobs { get; } = [];

    /// <summary>The last attempt.</summary>
    public int Attempt { get; set; } = 1;

    /// <summary>The jobs of an attempt: those that were executed in it, and the others as they ended before.</summary>
    public IReadOnlyList<JobRecord> JobsOf(int attempt) =>
        [.. Jobs.Where(job => job.Attempt <= attempt).GroupBy(job => job.Slot).Select(slot => slot.MaxBy(job => job.Attempt)!)];

    private IReadOnlyList<JobRecord> Current => JobsOf(Attempt);

    /// <summary>The name of its workflow; that of the file comes of it.</summary>
    public string Workflow { get; init; } = RunView.Workflow;

    public string WorkflowPath => $".github/workflows/{Workflow.ToLowerInvariant()}.yml";

    public JobState State =>
        Current.All(job => job.KnownState == JobState.Completed) ? JobState.Completed
        : Current.Any(job => job.KnownState == JobState.Waiting) && Current.All(job => job.KnownState != JobState.Running) ? JobState.Waiting
        : Current.Any(job => job.KnownState is JobState.Running or JobState.Completed) ? JobState.Running
        : JobState.Queued;
}

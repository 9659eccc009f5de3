using Operator.Simulator.Hosts;

namespace Operator.Simulator.GitLab;

/// <summary>A group or project.</summary>
internal sealed class PlaceRecord
{
    public required long Id { get; init; }

    public required string Path { get; init; }

    public required bool IsProject { get; init; }
}

/// <summary>A runner.</summary>
internal sealed class GitLabRunnerRecord
{
    public required long Id { get; init; }

    /// <summary>Shown in the answer to its creation alone.</summary>
    public required string Token { get; init; }

    /// <summary>Null for one of the instance.</summary>
    public PlaceRecord? Place { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public string Description { get; set; } = "";

    public IReadOnlyList<string> Tags { get; set; } = [];

    public bool Paused { get; set; }

    public bool RunUntagged { get; set; }

    public bool Locked { get; set; }

    public bool IsProtected { get; set; }

    public long? MaximumTimeout { get; set; }

    public DateTimeOffset? ContactedAt { get; set; }

    /// <summary>What runs it on a simulated host; null for none.</summary>
    public GitLabProcess? Process { get; set; }

    /// <summary>Its managers, by <c>system_id</c>.</summary>
    public Dictionary<string, DateTimeOffset> Managers { get; } = new(StringComparer.Ordinal);

    public string TypeName => Place is null ? "instance_type" : Place.IsProject ? "project_type" : "group_type";
}

/// <summary>A job.</summary>
internal sealed class GitLabJobRecord
{
    public required long Id { get; init; }

    public required PlaceRecord Project { get; init; }

    public required long PipelineId { get; init; }

    public required IReadOnlyList<string> Tags { get; init; }

    public required TimeSpan Duration { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>What the runner's calls about it carry.</summary>
    public required string Token { get; init; }

    public bool IsProtected { get; init; }

    public string Status { get; set; } = "pending";

    public string? FailureReason { get; set; }

    public DateTimeOffset? StartedAt { get; set; }

    public DateTimeOffset? FinishedAt { get; set; }

    /// <summary>Null while it has none, and once that is deleted.</summary>
    public GitLabRunnerRecord? Runner { get; set; }

    public GitLabProcess? Process { get; set; }

    /// <summary>Its log.</summary>
    public List<byte> Trace { get; } = [];

    public ITimer? Timer { get; set; }

    public bool IsUnfinished => Status is "pending" or "running" or "created";
}

/// <summary><c>gitlab-runner run-single</c> on a simulated host.</summary>
/// <param name="onJobStarted">Tells the host that a job started.</param>
/// <param name="onExit">Tells the host that it exited.</param>
/// <param name="kill">What GitLab does when it is killed.</param>
internal sealed class GitLabProcess(Action onJobStarted, Action<RunnerExit> onExit, Action<GitLabProcess> kill) : IRunnerProcess
{
    public Action OnJobStarted { get; } = onJobStarted;

    public Action<RunnerExit> OnExit { get; } = onExit;

    public GitLabJobRecord? Job { get; set; }

    public bool HasEnded { get; set; }

    public bool IsBusy => Job is { Status: "running" } && !HasEnded;

    public void Kill() => kill(this);
}

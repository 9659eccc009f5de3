using Operator.Simulator.GitHub.Accounts;
using Operator.Simulator.GitHub.Jobs;
using Operator.Simulator.GitHub.Runners;

namespace Operator.Simulator.GitHub.ScaleSets;

/// <summary>A scale set. Read and changed under the service's lock only.</summary>
internal sealed class ScaleSetRecord
{
    public required long Id { get; init; }

    public required RunnerPlace Place { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required string Name { get; set; }

    public required RunnerGroup Group { get; set; }

    public required IReadOnlyList<string> Labels { get; set; }

    public bool DisableUpdate { get; set; }

    /// <summary>Its registered runners.</summary>
    public HashSet<RunnerRecord> Runners { get; } = [];

    /// <summary>Those that wait for a job.</summary>
    public HashSet<RunnerRecord> Idle { get; } = [];

    /// <summary>Jobs offered and assigned to it, including running ones, in order.</summary>
    public List<JobRecord> Jobs { get; } = [];

    /// <summary>Its capacity from the listener's last poll; zero before the first.</summary>
    public int MaxCapacity { get; set; }

    public ScaleSetSession? Session { get; set; }

    /// <summary>When it had a session last.</summary>
    public DateTimeOffset UsedAt { get; set; }

    /// <summary>The id of its last message: it grows over all its sessions.</summary>
    public long LastMessageId { get; set; }

    public bool HasRoom => Jobs.Count < MaxCapacity;

    /// <summary>Whether it serves all of a job's labels; its name is one of its labels.</summary>
    /// <param name="labels">The job's labels.</param>
    public bool Serves(IReadOnlyList<string> labels) => labels.All(label =>
        Labels.Contains(label, StringComparer.OrdinalIgnoreCase) || string.Equals(label, Name, StringComparison.OrdinalIgnoreCase));
}

using Operator.Simulator.GitHub.Accounts;
using Operator.Simulator.GitHub.Jobs;
using Operator.Simulator.GitHub.ScaleSets;

namespace Operator.Simulator.GitHub.Runners;

/// <summary>A registration. Read and changed under the service's lock only.</summary>
internal sealed class RunnerRecord
{
    public required long Id { get; init; }

    public required string Name { get; init; }

    public required RunnerPlace Place { get; init; }

    public required long GroupId { get; init; }

    public required IReadOnlyList<string> Labels { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Proves that a JIT config belongs to this registration.</summary>
    public string Secret { get; init; } = "";

    /// <summary>Its scale set: it serves only jobs assigned to that set.</summary>
    public ScaleSetRecord? ScaleSet { get; init; }

    public bool IsForeign { get; init; }

    public bool IsEphemeral { get; init; } = true;

    public RunnerProcess? Process { get; set; }

    public JobRecord? Job { get; set; }

    /// <summary>Busy state set by a test: a foreign runner has no job of ours.</summary>
    public bool IsSaidBusy { get; init; }

    /// <summary>The version of the program that was started with it.</summary>
    public string? Version { get; set; }

    /// <summary>Whether it was ever started.</summary>
    public bool WasStarted { get; set; }

    /// <summary>The network to it is gone although it runs.</summary>
    public bool IsCutOff { get; set; }

    /// <summary>Since when it has been offline, or null.</summary>
    public DateTimeOffset? OfflineSince { get; set; }

    /// <summary>Whether it is registered still.</summary>
    public bool IsRegistered { get; set; } = true;

    /// <summary>What happens to it later.</summary>
    public ITimer? Timer { get; set; }

    public bool IsOnline => OfflineSince is null && !IsCutOff;

    /// <summary>Whether a job may be assigned to it.</summary>
    public bool IsIdle => IsOnline && IsRegistered && !IsForeign && Process is not null && Job is null;

    public bool IsBusy => IsSaidBusy || Job is not null;

    /// <summary>Where it waits for jobs.</summary>
    public HashSet<RunnerRecord> Waiting => ScaleSet?.Idle ?? Place.Idle;

    public bool Serves(IReadOnlyList<string> labels) => labels.All(label => Labels.Contains(label, StringComparer.OrdinalIgnoreCase));

    public SimulatedRunner Snapshot() => new(Id, Name, Place.Path, Labels, IsOnline, IsBusy, IsForeign, Job?.Id);
}

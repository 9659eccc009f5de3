using Operator.Entities.Kubernetes;

namespace Operator.Entities.RunnerLeaseSets;

/// <summary>Observed state of a set.</summary>
public sealed class RunnerLeaseSetStatus
{
    /// <summary>The generation of the spec that this status reflects.</summary>
    public long? ObservedGeneration { get; set; }

    /// <summary>
    /// Conditions: <c>Ready</c> (all runners were ready, and are held; what becomes of single ones afterwards does not change it) and, only where that will never be, <c>Failed</c>.
    /// </summary>
    [Items(0, 8), ListType("map"), ListMapKey("type")]
    public List<V1Condition>? Conditions { get; set; }

    /// <summary>The state in one word, for humans: <c>Provisioning</c>, <c>Ready</c>, <c>Failed</c> or <c>Released</c>. Programs should read the conditions.</summary>
    [Length(0, 32)]
    public string? Phase { get; set; }

    /// <summary>Number of runners that can take a job or are running one.</summary>
    public int? ReadyCount { get; set; }

    /// <summary>When all runners were ready for the first time; the <c>ttl</c> counts from here.</summary>
    public DateTimeOffset? ReadyAt { get; set; }

    /// <summary>When it failed or was released. The object is removed an hour later.</summary>
    public DateTimeOffset? EndedAt { get; set; }

    /// <summary>What the workflow run of the holder has come to, once it has completed.</summary>
    public CompletedRun? Run { get; set; }

    /// <summary>The machines, as they were when all were ready.</summary>
    [Items(0, RunnerLeaseSetSpec.MaxCount), ListType("map"), ListMapKey("lease")]
    public List<LeaseSetMachine>? Machines { get; set; }
}

/// <summary>The end of a workflow run's attempt.</summary>
public sealed class CompletedRun
{
    /// <summary>The attempt, from 1.</summary>
    public int? Attempt { get; set; }

    /// <summary>How it ended, such as <c>success</c>.</summary>
    [Length(0, 64)]
    public string? Conclusion { get; set; }

    /// <summary>Who told: a <c>Webhook</c>, or GitHub's <c>API</c>, which was asked.</summary>
    [Length(0, 32)]
    public string? Source { get; set; }

    /// <summary>When the operator learned of it.</summary>
    public DateTimeOffset? NoticedAt { get; set; }
}

/// <summary>A machine of a set.</summary>
public sealed class LeaseSetMachine
{
    /// <summary>The RunnerLease.</summary>
    [Required, Length(0, 63)]
    public string Lease { get; set; } = "";

    /// <summary>The instance's id.</summary>
    [Length(0, 64)]
    public string? InstanceId { get; set; }

    /// <summary>Its type.</summary>
    [Length(0, 64)]
    public string? Type { get; set; }

    /// <summary>Its availability zone.</summary>
    [Length(0, 64)]
    public string? Zone { get; set; }

    /// <summary><c>spot</c> or <c>on-demand</c>.</summary>
    [Length(0, 32)]
    public string? UsageClass { get; set; }
}

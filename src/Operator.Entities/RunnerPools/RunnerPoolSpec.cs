using System.Text.Json.Serialization;
using Operator.Entities.Kubernetes;

namespace Operator.Entities.RunnerPools;

/// <summary>Desired state of the pool. The operator never changes it.</summary>
public sealed class RunnerPoolSpec
{
    /// <summary>Where runners register, and the source of demand.</summary>
    [Required, JsonPropertyName("github")]
    public GitHubSpec GitHub { get; set; } = new();

    /// <summary>The ResourceClass of the machines. Defaults to the default class.</summary>
    [Length(1, 253), Pattern(SchemaPatterns.ObjectName)]
    public string? ResourceClassName { get; set; }

    /// <summary>Number of runners.</summary>
    [Default("{}")]
    public CapacitySpec Capacity { get; set; } = new();

    /// <summary>How machines are bought.</summary>
    [Default("{}")]
    public PurchasingSpec Purchasing { get; set; } = new();

    /// <summary>How machines are launched. This becomes a launch template, named by the hash of its content.</summary>
    [Required]
    public LaunchSpec Launch { get; set; } = new();

    /// <summary>Setup of the machines, and time limits.</summary>
    [Default("{}")]
    public RunnerSpec Runner { get; set; } = new();

    /// <summary>How a change of <see cref="Launch"/> or <see cref="Runner"/> is rolled out to existing runners.</summary>
    public RolloutSpec? Rollout { get; set; }

    /// <summary>Stops new launches. Existing runners keep working.</summary>
    [Default("false")]
    public bool? Paused { get; set; }
}

/// <summary>How a change is rolled out: idle runners are replaced, busy ones never.</summary>
public sealed class RolloutSpec
{
    /// <summary>Number of idle runners that may be replaced at a time, such as <c>2</c>, or a percentage of the pool, rounded up. 0 disables replacement.</summary>
    [Default("\"10%\""), Length(1, 5), Pattern("^([0-9]{1,5}|[0-9]{1,2}%|100%)$"), RangeMinimum(0), RangeMaximum(99_999)]
    public IntOrString? Budget { get; set; }
}

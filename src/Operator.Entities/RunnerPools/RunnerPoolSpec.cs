using System.Text.Json.Serialization;
using Operator.Entities.Kubernetes;

namespace Operator.Entities.RunnerPools;

/// <summary>What the pool shall be. The operator never writes here.</summary>
[ValidationRule("!has(self.runner) || !has(self.runner.metadata) || self.runner.metadata != 'Blocked' || !has(self.launch.metadataOptions) || !has(self.launch.metadataOptions.httpPutResponseHopLimit) || self.launch.metadataOptions.httpPutResponseHopLimit == 1",
    Message = "runner.metadata: Blocked needs launch.metadataOptions.httpPutResponseHopLimit 1, which keeps containers out")]
public sealed class RunnerPoolSpec
{
    /// <summary>Where the runners are registered, and what asks for them.</summary>
    [Required, JsonPropertyName("github")]
    public GitHubSpec GitHub { get; set; } = new();

    /// <summary>The ResourceClass of the machines. Absent means the class that is the default.</summary>
    [Length(1, 253), Pattern(SchemaPatterns.ObjectName, SchemaMessages.ObjectName)]
    public string? ResourceClassName { get; set; }

    /// <summary>How many runners there are.</summary>
    [Default("{}")]
    public CapacitySpec Capacity { get; set; } = new();

    /// <summary>How machines are bought.</summary>
    [Default("{}")]
    public PurchasingSpec Purchasing { get; set; } = new();

    /// <summary>What machines are made of. It becomes a launch template, named by the hash of its content.</summary>
    [Required]
    public LaunchSpec Launch { get; set; } = new();

    /// <summary>What happens on a machine, and how long it may take.</summary>
    [Default("{}")]
    public RunnerSpec Runner { get; set; } = new();

    /// <summary>How a change of <see cref="Launch"/> or <see cref="Runner"/> reaches runners that are already there.</summary>
    public RolloutSpec? Rollout { get; set; }

    /// <summary>Whether nothing new is launched. What runs goes on.</summary>
    [Default("false")]
    public bool? Paused { get; set; }
}

/// <summary>How a change reaches the runners that are there: idle ones are replaced, busy ones never.</summary>
public sealed class RolloutSpec
{
    /// <summary>How many idle runners may be replaced at a time: a number, such as <c>2</c>, or a share of the pool, rounded up. 0 stops replacing.</summary>
    [Default("\"10%\""), Length(1, 5)]
    [Pattern("^([0-9]{1,5}|[0-9]{1,2}%|100%)$", "rollout.budget: write a number such as 2, or a share such as 25%"), RangeMinimum(0), RangeMaximum(99_999)]
    public IntOrString? Budget { get; set; }
}

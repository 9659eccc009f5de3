using Operator.Entities.Kubernetes;

namespace Operator.Entities.RunnerLeases;

/// <summary>The pool of the runner, its holder, and overrides of the pool's settings.</summary>
public sealed class RunnerLeaseSpec
{
    /// <summary>The RunnerPool, in the lease's namespace. Immutable.</summary>
    [Required, Length(1, 40), Pattern(SchemaPatterns.ObjectName)]
    [ValidationRule("self == oldSelf", Message = "poolName cannot be changed: delete this lease and create one in the other pool")]
    public string PoolName { get; set; } = "";

    /// <summary>The holder of the runner. Absent means that it is available in the pool for any job.</summary>
    [ValidationRule("self == oldSelf",
        Message = "holder: release the runner first by removing the holder; one holder does not replace another")]
    public RunnerLeaseHolder? Holder { get; set; }

    /// <summary>Labels matched against <c>runs-on</c> of the workflow; 1 to 100 labels without commas or whitespace. Defaults to the pool's labels.</summary>
    [Items(1, 100), ListType("set"), Length(1, 256), Pattern(SchemaPatterns.RunnerLabel)]
    public List<string>? Labels { get; set; }

    /// <summary>The ResourceClass of the machine. Defaults to the pool's.</summary>
    [Length(1, 253), Pattern(SchemaPatterns.ObjectName)]
    public string? ResourceClassName { get; set; }

    /// <summary>How to buy the machine. Defaults to the pool's purchasing.</summary>
    public RunnerPools.UsageClass? UsageClass { get; set; }

    /// <summary>Acceptable instance types among those that match the class. Defaults to all.</summary>
    public InstanceTypePatterns? InstanceTypes { get; set; }

    /// <summary>Maximum run time of a job, a duration such as <c>45m</c>; then the job is ended with its machine. Defaults to the pool's.</summary>
    [Length(2, 32), Pattern(SchemaPatterns.PositiveDuration)]
    public string? MaxRuntime { get; set; }

    /// <summary>How long the holder may keep the runner, a duration such as <c>2h</c>, from when it received it; then the lease is released. Absent means until the lease is deleted.</summary>
    [Length(2, 32), Pattern(SchemaPatterns.PositiveDuration)]
    public string? Ttl { get; set; }
}

/// <summary>The holder of a runner: informational and for cost reports, except the kind <c>RunnerLease</c>, which the operator uses itself.</summary>
[ValidationRule("self.kind != 'RunnerLease' || (has(self.name) && has(self.uid))",
    Message = "holder: the kind RunnerLease needs name and uid; for people and programs choose another kind")]
[ValidationRule("self.kind != 'WorkflowRun' || (has(self.repository) && has(self.runId))",
    Message = "holder: the kind WorkflowRun needs repository and runId; give both, or choose another kind")]
public sealed class RunnerLeaseHolder
{
    /// <summary>Its kind, such as <c>WorkflowRun</c> or <c>User</c>. <c>RunnerLease</c> is reserved for the operator: that lease takes over this one's machine.</summary>
    [Required, Length(1, 63), Pattern("^[A-Za-z][A-Za-z0-9]*$")]
    public string Kind { get; set; } = "";

    /// <summary>Its name.</summary>
    [Length(1, 253)]
    public string? Name { get; set; }

    /// <summary>Its UID, for an object of this cluster.</summary>
    [Length(1, 64)]
    public string? Uid { get; set; }

    /// <summary>The repository of the workflow run, such as <c>my-org/app</c>.</summary>
    [Length(3, 140), Pattern("^[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+$")]
    public string? Repository { get; set; }

    /// <summary>The id of the workflow run, as a quoted number such as <c>"1234"</c>.</summary>
    [Length(1, 20), Pattern("^[0-9]+$")]
    public string? RunId { get; set; }

    /// <summary>The GitHub login that requested it.</summary>
    [Length(1, 100)]
    public string? Actor { get; set; }
}

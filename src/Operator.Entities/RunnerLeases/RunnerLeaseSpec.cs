using Operator.Entities.Kubernetes;

namespace Operator.Entities.RunnerLeases;

/// <summary>The runner's pool and holder, and overrides of the pool's settings.</summary>
[ValidationRule("has(self.holder) || !(has(self.labels) || has(self.ttl))",
    Message = "labels and ttl belong to the holder: give a holder, or remove them; to release a lease, remove all three")]
[ValidationRule("has(self.preRunnerScript) == has(oldSelf.preRunnerScript)",
    Message = "preRunnerScript cannot be added or removed: delete this lease and create another")]
[ValidationRule("has(self.standby) == has(oldSelf.standby)",
    Message = "standby cannot be added or removed: delete this lease")]
[ValidationRule("!has(self.standby) || !has(self.holder) || self.holder.kind == 'RunnerLease'",
    Message = "standby: a machine on standby has no holder; create a lease without standby, which takes such a machine over")]
public sealed class RunnerLeaseSpec
{
    /// <summary>The longest script: Parameter Store holds 8 KiB, of which a JIT configuration takes up to five.</summary>
    public const int MaxScriptLength = 2048;

    /// <summary>The RunnerPool, in the lease's own namespace. It cannot be changed.</summary>
    [Required, Length(1, 40), Pattern(SchemaPatterns.ObjectName, SchemaMessages.ObjectName)]
    [ValidationRule("self == oldSelf", Message = "poolName cannot be changed: delete this lease and create one in the other pool")]
    public string PoolName { get; set; } = "";

    /// <summary>The holder of the runner. Absent means that it is available in the pool for any job.</summary>
    [ValidationRule("self == oldSelf",
        Message = "holder: release the runner first by removing the holder; a holder cannot be replaced directly")]
    public RunnerLeaseHolder? Holder { get; set; }

    /// <summary>
    /// Labels by which <c>runs-on</c> selects this runner; 1 to 100 labels without commas or spaces. Absent means the pool's labels.
    /// </summary>
    [Items(1, 100), ListType("set"), Length(1, 256), Pattern(SchemaPatterns.RunnerLabel, SchemaMessages.RunnerLabel)]
    public List<string>? Labels { get; set; }

    /// <summary>The ResourceClass of the machine. Absent means the pool's.</summary>
    [Length(1, 253), Pattern(SchemaPatterns.ObjectName, SchemaMessages.ObjectName)]
    public string? ResourceClassName { get; set; }

    /// <summary>Minimum resources, overriding those of the class, within the pool's <c>jobOverrides</c>.</summary>
    public LeaseResources? Resources { get; set; }

    /// <summary>Set by the operator: labels of the job that chose the machine, which the runner has in addition to the pool's.</summary>
    [Items(1, 8), ListType("set"), Length(1, 64), Pattern(SchemaPatterns.RunnerLabel, SchemaMessages.RunnerLabel)]
    public List<string>? JobLabels { get; set; }

    /// <summary>How to buy the machine. Defaults to the pool's purchasing.</summary>
    public RunnerPools.UsageClass? UsageClass { get; set; }

    /// <summary>Acceptable instance types among those that match the class. Defaults to all.</summary>
    public InstanceTypePatterns? InstanceTypes { get; set; }

    /// <summary>
    /// Set by the operator: the machine is set up and stopped, until another lease takes it over. Absent means that the
    /// machine runs.
    /// </summary>
    [ValidationRule("self == oldSelf", Message = "standby cannot be changed: delete this lease")]
    public RunnerPools.StandbyTier? Standby { get; set; }

    /// <summary>
    /// Maximum run time of a job, a duration such as <c>45m</c>; then the machine is terminated, busy or not. Absent means the pool's. It
    /// cannot be changed once the runner is registered.
    /// </summary>
    [Length(2, 32), Pattern(SchemaPatterns.PositiveDuration, SchemaMessages.PositiveDuration)]
    public string? MaxRuntime { get; set; }

    /// <summary>
    /// A script that runs as root on the machine before its first runner starts, at most 2048 ASCII characters, starting with <c>#!</c>; the pool's <c>jobOverrides.preRunnerScript</c> must allow it. It must not
    /// contain secrets. If it fails, the machine powers off, and the lease gets no other. The machine does not go back to the pool.
    /// </summary>
    [Length(1, RunnerLeaseSpec.MaxScriptLength), Pattern(SchemaPatterns.LeaseScript, SchemaMessages.LeaseScript)]
    [ValidationRule("self == oldSelf", Message = "preRunnerScript cannot be changed: delete this lease and create one with the new script")]
    public string? PreRunnerScript { get; set; }

    /// <summary>
    /// How long the holder may keep the runner, a duration such as <c>2h</c>, counted from when it receives it; then the lease is released.
    /// Absent means until it is deleted.
    /// </summary>
    [Length(2, 32), Pattern(SchemaPatterns.PositiveDuration, SchemaMessages.PositiveDuration)]
    public string? Ttl { get; set; }
}

/// <summary>
/// The holder of a runner, for information and cost reports, except for the kind <c>RunnerLease</c>, which the operator uses itself.
/// </summary>
[ValidationRule("self.kind != 'RunnerLease' || (has(self.name) && has(self.uid))",
    Message = "holder: the kind RunnerLease needs name and uid; for people and programs choose another kind")]
[ValidationRule("self.kind != 'WorkflowRun' || (has(self.repository) && has(self.runId))",
    Message = "holder: the kind WorkflowRun needs repository and runId; give both, or choose another kind")]
public sealed class RunnerLeaseHolder
{
    /// <summary>
    /// Its kind, such as <c>WorkflowRun</c> or <c>User</c>. <c>RunnerLease</c> is reserved for the operator: that lease takes over this
    /// one's machine.
    /// </summary>
    [Required, Length(1, 63), Pattern("^[A-Za-z][A-Za-z0-9]*$", "holder.kind: write one word of letters and digits, such as User or WorkflowRun")]
    public string Kind { get; set; } = "";

    /// <summary>Its name.</summary>
    [Length(1, 253)]
    public string? Name { get; set; }

    /// <summary>Its UID, for an object of this cluster.</summary>
    [Length(1, 64)]
    public string? Uid { get; set; }

    /// <summary>The repository of the workflow run, such as <c>my-org/app</c>.</summary>
    [Length(3, 140), Pattern("^[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+$", "holder.repository: write owner and name, such as my-org/app")]
    public string? Repository { get; set; }

    /// <summary>The id of the workflow run, digits in quotes, such as <c>"1234"</c>.</summary>
    [Length(1, 20), Pattern("^[0-9]+$", "holder.runId: write the run's id, digits in quotes, such as \"1234\"")]
    public string? RunId { get; set; }

    /// <summary>GitHub's id of that repository, digits in quotes; it stays when the repository is renamed, and a later one of the same name has another.</summary>
    [Length(1, 20), Pattern("^[0-9]+$", "holder.repositoryId: write the repository's id, digits in quotes, such as \"1234\"")]
    public string? RepositoryId { get; set; }

    /// <summary>The attempt of the workflow run, from 1. Absent means the first or any later one.</summary>
    [RangeMinimum(1), RangeMaximum(1000)]
    public int? RunAttempt { get; set; }

    /// <summary>The GitHub login that requested it.</summary>
    [Length(1, 100)]
    public string? Actor { get; set; }
}

using Operator.Entities.Kubernetes;
using Operator.Entities.RunnerLeases;

namespace Operator.Entities.RunnerLeaseSets;

/// <summary>How many runners of which pool, for whom, and overrides of the pool's settings. Only the holder can be changed: removing it releases the runners.</summary>
[ValidationRule("!has(self.holder) || self == oldSelf",
    Message = "a set cannot be changed: remove spec.holder to release its runners, and create another set")]
[ValidationRule("!has(self.holder) || self.holder.kind != 'RunnerLease'", Message = "holder: the kind RunnerLease is the operator's own; choose another, such as User or WorkflowRun")]
[ValidationRule("!has(self.holder) || has(self.labels) || has(self.holder.runId)",
    Message = "labels: say what runs-on must say; they may be left out only where the holder has a runId")]
public sealed class RunnerLeaseSetSpec
{
    /// <summary>The most runners of a set.</summary>
    public const int MaxCount = 100;

    /// <summary>The RunnerPool, in the set's own namespace.</summary>
    [Required, Length(1, 40), Pattern(SchemaPatterns.ObjectName, SchemaMessages.ObjectName)]
    public string PoolName { get; set; } = "";

    /// <summary>Number of runners, 1 to 100.</summary>
    [Default("1"), RangeMinimum(1), RangeMaximum(MaxCount)]
    public int? Count { get; set; }

    /// <summary>Who holds the runners. With the kind <c>WorkflowRun</c> they are released once GitHub says that the run has completed. Removing it releases them.</summary>
    public RunnerLeaseHolder? Holder { get; set; }

    /// <summary>What <c>runs-on</c> of the workflow must say to reach these runners; 1 to 100 labels without commas and blanks. Absent means the holder's runId alone.</summary>
    [Items(1, 100), ListType("set"), Length(1, 256), Pattern(SchemaPatterns.RunnerLabel, SchemaMessages.RunnerLabel)]
    public List<string>? Labels { get; set; }

    /// <summary>The ResourceClass of the machines. Absent means the pool's.</summary>
    [Length(1, 253), Pattern(SchemaPatterns.ObjectName, SchemaMessages.ObjectName)]
    public string? ResourceClassName { get; set; }

    /// <summary>What the machines must have instead of what the class says, within the pool's <c>jobOverrides</c>.</summary>
    public LeaseResources? Resources { get; set; }

    /// <summary>How to buy the machines. Defaults to the pool's purchasing.</summary>
    public RunnerPools.UsageClass? UsageClass { get; set; }

    /// <summary>Acceptable instance types among those that match the class. Defaults to all.</summary>
    public InstanceTypePatterns? InstanceTypes { get; set; }

    /// <summary>The longest that a job may hold a machine, a duration such as <c>45m</c>; then it is ended, busy or not. Absent means the pool's. Machines with a limit of their own do not go back to the pool.</summary>
    [Length(2, 32), Pattern(SchemaPatterns.PositiveDuration, SchemaMessages.PositiveDuration)]
    public string? MaxRuntime { get; set; }

    /// <summary>
    /// A script that runs as root on each machine before its first runner starts, at most 2048 ASCII characters, starting with <c>#!</c>; the pool's <c>jobOverrides.preRunnerScript</c> must allow it. It must not
    /// contain secrets. If it fails, the machine powers off, and the set has failed. Such a machine does not go back to the pool.
    /// </summary>
    [Length(1, RunnerLeaseSpec.MaxScriptLength), Pattern(SchemaPatterns.LeaseScript, SchemaMessages.LeaseScript)]
    public string? PreRunnerScript { get; set; }

    /// <summary>How long the holder may keep the runners, a duration such as <c>2h</c>, from the moment all of them are ready. Absent means until it lets them go.</summary>
    [Length(2, 32), Pattern(SchemaPatterns.PositiveDuration, SchemaMessages.PositiveDuration)]
    public string? Ttl { get; set; }

    /// <summary>How long to try to get all runners, a duration, from the set's creation; then the set has failed, and releases what it had taken.</summary>
    [Default("\"15m\""), Length(2, 32), Pattern(SchemaPatterns.PositiveDuration, SchemaMessages.PositiveDuration)]
    public string? ProvisionTimeout { get; set; }
}

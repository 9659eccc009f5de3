using System.Text.Json.Serialization;
using Operator.Entities.Kubernetes;

namespace Operator.Entities.RunnerPools;

/// <summary>Desired state of the pool. The operator never writes it.</summary>
[ValidationRule("!has(self.runner) || !has(self.runner.metadata) || self.runner.metadata != 'Blocked' || !has(self.launch.metadataOptions) || !has(self.launch.metadataOptions.httpPutResponseHopLimit) || self.launch.metadataOptions.httpPutResponseHopLimit == 1",
    Message = "runner.metadata: Blocked needs launch.metadataOptions.httpPutResponseHopLimit 1, which keeps containers out")]
[ValidationRule("!has(self.launch.placement) || !has(self.launch.placement.tenancy) || self.launch.placement.tenancy != 'host' || (has(self.purchasing) && has(self.purchasing.usageClass) && self.purchasing.usageClass == 'on-demand')",
    Message = "launch.placement.tenancy: there is no spot capacity on dedicated hosts; set purchasing.usageClass to on-demand, or choose another tenancy")]
[ValidationRule("has(self.github) != has(self.gitlab)",
    Message = "spec: give exactly one of github and gitlab")]
[ValidationRule("!has(self.github) || !has(self.github.selfLabels) || (has(self.github.demand) && self.github.demand != 'ScaleSet')",
    Message = "github.selfLabels: the runners of a scale set have only its labels; omit selfLabels, or set github.demand to Webhook or LeasesOnly")]
[ValidationRule("!has(self.runner) || !has(self.runner.registration) || self.runner.registration != 'Token' || (has(self.github) && has(self.github.demand) && self.github.demand != 'ScaleSet')",
    Message = "runner.registration: the runners of a scale set have just-in-time configurations only; set github.demand to Webhook or LeasesOnly, or leave registration out")]
[ValidationRule("!has(self.jobOverrides) || (has(self.github) && has(self.github.demand) && self.github.demand != 'ScaleSet')",
    Message = "jobOverrides: a scale set has runners of one kind, so make a pool with labels of its own for each size, or set github.demand to Webhook")]
[ValidationRule("!has(self.jobOverrides) || !has(self.jobOverrides.images) || self.jobOverrides.images.all(name, has(self.launch.images) && self.launch.images.exists(image, has(image.name) && image.name == name))",
    Message = "jobOverrides.images: no image of launch.images has that name; add it there, or leave it out here")]
[ValidationRule("!(has(self.capacity) && has(self.capacity.standby)) || (has(self.purchasing) && has(self.purchasing.usageClass) && self.purchasing.usageClass == 'on-demand')",
    Message = "capacity.standby: EC2 cannot stop and start spot machines of this kind; set purchasing.usageClass to on-demand, or remove standby")]
[ValidationRule("!(has(self.capacity) && has(self.capacity.standby) && has(self.capacity.schedules)) || self.capacity.schedules.all(s, !has(s.usageClass) || s.usageClass == 'on-demand')",
    Message = "capacity.standby: EC2 cannot stop and start spot machines of this kind; leave usageClass out of the schedules, or remove standby")]
[ValidationRule("!(has(self.capacity) && has(self.capacity.standby) && has(self.capacity.standby.hibernated) && self.capacity.standby.hibernated > 0) || (has(self.launch.volumes) && self.launch.volumes.exists(v, v.deviceName in ['root', '/dev/xvda', '/dev/sda1', 'xvda', 'sda1'] && has(v.encrypted) && v.encrypted && (!has(v.type) || v.type in ['gp3', 'gp2', 'io1', 'io2'])))",
    Message = "capacity.standby.hibernated: EC2 hibernates onto an encrypted root volume alone; add {deviceName: root, encrypted: true} to launch.volumes, of type gp3, gp2, io1 or io2")]
[ValidationRule("!(has(self.capacity) && has(self.capacity.standby)) || !has(self.launch.bootstrap) || self.launch.bootstrap == 'UserData'",
    Message = "capacity.standby: a stopped machine goes on by cloud-init when it starts again; set launch.bootstrap to UserData, or remove standby")]
[ValidationRule("!(has(self.capacity) && has(self.capacity.standby)) || !has(self.runner) || !has(self.runner.secretRefs) || size(self.runner.secretRefs) == 0",
    Message = "capacity.standby: secrets are not kept on a machine that stops; remove runner.secretRefs, or standby")]
[ValidationRule("!(has(self.capacity) && has(self.capacity.standby)) || !has(self.runner) || !has(self.runner.container) || !has(self.runner.container.secretRefs)",
    Message = "capacity.standby: secrets are not kept on a machine that stops; remove runner.container.secretRefs, or standby")]
[ValidationRule("!has(self.runner) || !has(self.runner.warmUp) || !has(self.runner.warmUp.snapshot) || !has(self.launch.volumes) || !self.launch.volumes.exists(v, v.deviceName in ['/dev/sdw', 'sdw'])",
    Message = "launch.volumes: /dev/sdw is the volume of runner.warmUp.snapshot; choose another device")]
[ValidationRule("!has(self.launch.backend) || self.launch.backend != 'AutoScalingGroup' || !has(self.purchasing) || !(has(self.purchasing.capacityReservations) || has(self.purchasing.onDemandFallback) || has(self.purchasing.interruptionBreaker))",
    Message = "launch.backend: an Auto Scaling group buys by onDemandBase and onDemandPercentageAboveBase alone; remove capacityReservations, onDemandFallback and interruptionBreaker, or set launch.backend to Fleet")]
[ValidationRule("!has(self.launch.backend) || self.launch.backend != 'AutoScalingGroup' || !(has(self.capacity) && has(self.capacity.schedules)) || self.capacity.schedules.all(s, !has(s.usageClass))",
    Message = "launch.backend: an Auto Scaling group replaces running machines when its usage class changes; leave usageClass out of the schedules, or set launch.backend to Fleet")]
[ValidationRule("!has(self.launch.backend) || self.launch.backend != 'AutoScalingGroup' || !has(oldSelf.launch.backend) || oldSelf.launch.backend != 'AutoScalingGroup' || (has(self.launch.region) == has(oldSelf.launch.region) && has(self.launch.assumeRoleArn) == has(oldSelf.launch.assumeRoleArn) && (!has(self.launch.region) || self.launch.region == oldSelf.launch.region) && (!has(self.launch.assumeRoleArn) || self.launch.assumeRoleArn == oldSelf.launch.assumeRoleArn))",
    Message = "launch.region: an Auto Scaling group cannot move to another region or account; make another pool, or set launch.backend to Fleet first")]
public sealed class RunnerPoolSpec
{
    /// <summary>GitHub: where runners register, and the source of demand. Exactly one of this and <c>gitlab</c>.</summary>
    [JsonPropertyName("github")]
    public GitHubSpec? GitHub { get; set; }

    /// <summary>GitLab: where runners are created, and the source of demand. Exactly one of this and <c>github</c>.</summary>
    [JsonPropertyName("gitlab")]
    public GitLabSpec? GitLab { get; set; }

    /// <summary>The ResourceClass of the machines. Absent means the default class.</summary>
    [Length(1, 253), Pattern(SchemaPatterns.ObjectName, SchemaMessages.ObjectName)]
    public string? ResourceClassName { get; set; }

    /// <summary>What jobs and leases may choose about their machine. Absent means nothing: every machine has the pool's class.</summary>
    public JobOverridesSpec? JobOverrides { get; set; }

    /// <summary>Who may take leases with the identity of a workflow run, by the lease API. Absent means no one.</summary>
    public AccessSpec? Access { get; set; }

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

    /// <summary>What happens to a job that is lost with its machine.</summary>
    [Default("{}")]
    public RerunSpec Rerun { get; set; } = new();

    /// <summary>Pauses launches. Existing runners keep working.</summary>
    [Default("false")]
    public bool? Paused { get; set; }
}

/// <summary>How a change is rolled out: idle runners are replaced, busy ones never are.</summary>
public sealed class RolloutSpec
{
    /// <summary>
    /// How many idle runners may be replaced at a time: a number, such as <c>2</c>, or a percentage of the pool, rounded up. 0 disables
    /// replacement.
    /// </summary>
    [Default("\"10%\""), Length(1, 5)]
    [Pattern("^([0-9]{1,5}|[0-9]{1,2}%|100%)$", "rollout.budget: write a number such as 2, or a percentage such as 25%"), RangeMinimum(0), RangeMaximum(99_999)]
    public IntOrString? Budget { get; set; }
}

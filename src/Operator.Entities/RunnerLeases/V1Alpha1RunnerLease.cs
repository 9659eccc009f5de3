using Operator.Entities.Kubernetes;

namespace Operator.Entities.RunnerLeases;

[KubernetesEntity(Group = "ec2runners.dev", ApiVersion = "v1alpha1", Kind = "RunnerLease", PluralName = "runnerleases")]
public sealed class V1Alpha1RunnerLease : CustomKubernetesEntity<RunnerLeaseSpec, RunnerLeaseStatus>;

public sealed class RunnerLeaseSpec
{
    public string PoolName { get; set; } = "";
    public RunnerLeaseHolder? Holder { get; set; }
    public List<string>? Labels { get; set; }
    public string? ResourceClassName { get; set; }
    public RunnerPools.UsageClass? UsageClass { get; set; }
    public InstanceTypePatterns? InstanceTypes { get; set; }
    public string? MaxRuntime { get; set; }
    public string? Ttl { get; set; }
}

public sealed class RunnerLeaseHolder
{
    public string Kind { get; set; } = "";
    public string? Name { get; set; }
    public string? Uid { get; set; }
    public string? Repository { get; set; }
    public string? RunId { get; set; }
    public string? Actor { get; set; }
}

public sealed class RunnerLeaseStatus
{
    public long? ObservedGeneration { get; set; }
    public List<V1Condition>? Conditions { get; set; }
    public string? Phase { get; set; }
    public LeaseLaunch? Launch { get; set; }
    public LeasedInstance? Instance { get; set; }
    public LeasedRunner? Runner { get; set; }
    public LeasedJob? Job { get; set; }
    public int? ServedJobs { get; set; }
    public DateTimeOffset? HeldSince { get; set; }
    public DateTimeOffset? IdleSince { get; set; }
    public LeaseDrain? Drain { get; set; }
    public LeaseOrigin? AdoptedFrom { get; set; }
}

public sealed class LeaseLaunch
{
    public string? IntentId { get; set; }
    public string? TemplateHash { get; set; }
    public string? TemplateId { get; set; }
    public int? Attempt { get; set; }
    public DateTimeOffset? At { get; set; }
    public string? UsageClass { get; set; }
    public string? Region { get; set; }
    public string? AssumeRoleArn { get; set; }
}

public sealed class LeasedInstance
{
    public string? Id { get; set; }
    public string? Type { get; set; }
    public string? Zone { get; set; }
    public string? UsageClass { get; set; }
    public string? HourlyPrice { get; set; }
    public string? PrivateIP { get; set; }
    public DateTimeOffset? LaunchedAt { get; set; }
}

public sealed class LeasedRunner
{
    public long? Id { get; set; }
    public string? Name { get; set; }
    public int? Sequence { get; set; }
    public DateTimeOffset? MintedAt { get; set; }
    public List<string>? Labels { get; set; }
    public DateTimeOffset? ConnectedAt { get; set; }
    public DateTimeOffset? OfflineSince { get; set; }
    public bool? ServedJob { get; set; }
}

public sealed class LeasedJob
{
    public string? Id { get; set; }
    public string? RunId { get; set; }
    public string? Repository { get; set; }
    public string? Workflow { get; set; }
    public DateTimeOffset? StartedAt { get; set; }
}

public sealed class LeaseDrain
{
    public string? Reason { get; set; }
    public DateTimeOffset? BegunAt { get; set; }
    public bool? MailWithdrawn { get; set; }
    public DateTimeOffset? RegistrationRemovedAt { get; set; }
    public bool? RemovedLive { get; set; }
    public DateTimeOffset? StopSentAt { get; set; }
}

public sealed class LeaseOrigin
{
    public string? Name { get; set; }
    public string? Uid { get; set; }
}

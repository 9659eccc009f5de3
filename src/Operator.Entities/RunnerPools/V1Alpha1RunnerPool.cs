using System.Text.Json.Serialization;
using Operator.Entities.Kubernetes;

namespace Operator.Entities.RunnerPools;

[KubernetesEntity(Group = "ec2runners.dev", ApiVersion = "v1alpha1", Kind = "RunnerPool", PluralName = "runnerpools")]
public sealed class V1Alpha1RunnerPool : CustomKubernetesEntity<RunnerPoolSpec, RunnerPoolStatus>;

public sealed class RunnerPoolSpec
{
    [JsonPropertyName("github")]
    public GitHubSpec GitHub { get; set; } = new();
    public string? ResourceClassName { get; set; }
    public CapacitySpec Capacity { get; set; } = new();
    public PurchasingSpec Purchasing { get; set; } = new();
    public LaunchSpec Launch { get; set; } = new();
    public RunnerSpec Runner { get; set; } = new();
    public RolloutSpec? Rollout { get; set; }
    public bool? Paused { get; set; }
}

[JsonConverter(typeof(JsonStringEnumConverter<DemandSource>))]
public enum DemandSource { ScaleSet, Webhook, LeasesOnly }

[JsonConverter(typeof(JsonStringEnumConverter<RunnerLifecycle>))]
public enum RunnerLifecycle { Ephemeral, Reusable }

[JsonConverter(typeof(JsonStringEnumConverter<UsageClass>))]
public enum UsageClass
{
    [JsonStringEnumMemberName("spot")] Spot,
    [JsonStringEnumMemberName("on-demand")] OnDemand,
}

public sealed class GitHubSpec
{
    public string? Url { get; set; }
    public string? CredentialsSecretName { get; set; }
    public string? RunnerGroup { get; set; }
    public List<string>? Labels { get; set; }
    public DemandSource? Demand { get; set; }
}

public sealed class CapacitySpec
{
    public int? MinIdle { get; set; }
    public int? MaxRunners { get; set; }
    public List<ScheduleSpec>? Schedules { get; set; }
}

public sealed class ScheduleSpec
{
    public string? Name { get; set; }
    public string? Cron { get; set; }
    public string? Duration { get; set; }
    public string? TimeZone { get; set; }
    public int? MinIdle { get; set; }
    public int? MaxRunners { get; set; }
}

public sealed class PurchasingSpec
{
    public UsageClass? UsageClass { get; set; }
    public int? OnDemandBase { get; set; }
    public int? OnDemandPercentageAboveBase { get; set; }
    public OnDemandFallbackSpec? OnDemandFallback { get; set; }
    public string? MaxSpotPrice { get; set; }
}

public sealed class OnDemandFallbackSpec
{
    public string? After { get; set; }
}

public sealed class LaunchSpec
{
    public ImageSpec Image { get; set; } = new();
    public string? IamInstanceProfile { get; set; }
    public NetworkSelector? Subnets { get; set; }
    public NetworkSelector? SecurityGroups { get; set; }
    public string? Region { get; set; }
    public string? AssumeRoleArn { get; set; }
    public string? KeyName { get; set; }
    public Dictionary<string, string>? Tags { get; set; }
    public List<VolumeSpec>? Volumes { get; set; }
    public MetadataOptionsSpec? MetadataOptions { get; set; }
    public bool? AssociatePublicIpAddress { get; set; }
}

public sealed class ImageSpec
{
    public string? Id { get; set; }
    public string? SsmParameter { get; set; }
    public ImageSelector? Selector { get; set; }
}

public sealed class ImageSelector
{
    public List<string>? Owners { get; set; }
    public Dictionary<string, string>? Tags { get; set; }
    public string? Name { get; set; }
}

public sealed class NetworkSelector
{
    public List<string>? Ids { get; set; }
    public Dictionary<string, string>? Tags { get; set; }
}

public sealed class VolumeSpec
{
    public string DeviceName { get; set; } = "";
    public string? Size { get; set; }
    public string? Type { get; set; }
    public int? Iops { get; set; }
    public int? Throughput { get; set; }
    public bool? Encrypted { get; set; }
    public string? KmsKeyId { get; set; }
}

public sealed class MetadataOptionsSpec
{
    public int? HttpPutResponseHopLimit { get; set; }
}

public sealed class RunnerSpec
{
    public string? Version { get; set; }
    public RunnerLifecycle? Lifecycle { get; set; }
    public string? PreRunnerScript { get; set; }
    public ScriptSource? PreRunnerScriptFrom { get; set; }
    public string? MaxRuntime { get; set; }
    public string? IdleTimeout { get; set; }
    public string? BootTimeout { get; set; }
    public string? DrainTimeout { get; set; }
    public RunnerHooks? Hooks { get; set; }
    public Dictionary<string, string>? Environment { get; set; }
    public string? User { get; set; }
    public string? WorkFolder { get; set; }
}

public sealed class ScriptSource
{
    public ConfigMapKeyRef? ConfigMapKeyRef { get; set; }
    public string? Url { get; set; }
    public string? Sha256 { get; set; }
}

public sealed class ConfigMapKeyRef
{
    public string Name { get; set; } = "";
    public string Key { get; set; } = "";
}

public sealed class RunnerHooks
{
    public string? JobStarted { get; set; }
    public string? JobCompleted { get; set; }
}

public sealed class RolloutSpec
{
    public string? Budget { get; set; }
}

public sealed class RunnerPoolStatus
{
    public long? ObservedGeneration { get; set; }
    public List<V1Condition>? Conditions { get; set; }
    public RunnerCounts? Runners { get; set; }
    public int? Demand { get; set; }
    public LaunchTemplateStatus? LaunchTemplate { get; set; }
    public string? HourlyCost { get; set; }
    public DateTimeOffset? NextScheduleTime { get; set; }
    public string? LabelSelector { get; set; }
}

public sealed class RunnerCounts
{
    public int Total { get; set; }
    public int Pending { get; set; }
    public int Booting { get; set; }
    public int Idle { get; set; }
    public int Busy { get; set; }
    public int Leased { get; set; }
    public int Draining { get; set; }
}

public sealed class LaunchTemplateStatus
{
    public string? Id { get; set; }
    public string? Name { get; set; }
    public string? Version { get; set; }
    public string? Hash { get; set; }
}

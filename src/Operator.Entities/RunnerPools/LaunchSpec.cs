using System.Text.Json.Serialization;
using Operator.Entities.Kubernetes;

namespace Operator.Entities.RunnerPools;

/// <summary>How machines are launched.</summary>
public sealed class LaunchSpec
{
    /// <summary>The machine image, specified in exactly one of three ways.</summary>
    [Required]
    public ImageSpec Image { get; set; } = new();

    /// <summary>
    /// How the host script starts on machines: <c>UserData</c>, by cloud-init at boot, or <c>SSM</c>, by Run Command
    /// once the machine's SSM agent is online, for images without cloud-init. The instance profile must then allow the
    /// agent to connect.
    /// </summary>
    [Default("\"UserData\"")]
    public HostBootstrap? Bootstrap { get; set; }

    /// <summary>
    /// Who launches the machines: <c>Fleet</c>, the operator itself by <c>CreateFleet</c>, or <c>AutoScalingGroup</c>, a
    /// group that the pool makes and sizes. Leases that ask for another machine than the pool's are launched by
    /// <c>CreateFleet</c> in any case.
    /// </summary>
    [Default("\"Fleet\"")]
    public LaunchBackend? Backend { get; set; }

    /// <summary>Further images, at most 20: of another architecture, or with a name by which jobs and leases choose them.</summary>
    [Items(0, 20), ListType("atomic")]
    [ValidationRule("self.all(one, self.exists_one(other, (has(one.name) ? one.name : '') == (has(other.name) ? other.name : '') && (has(one.architecture) ? one.architecture : '') == (has(other.architecture) ? other.architecture : '')))",
        Message = "launch.images: two of them have the same name and architecture; change one")]
    public List<FurtherImageSpec>? Images { get; set; }

    /// <summary>
    /// The instance profile by name or ARN. Its role must be allowed to read and delete the machine's own mailbox parameter; without a
    /// profile a machine cannot receive commands.
    /// </summary>
    [Required, Length(1, 512)]
    [Pattern("^[A-Za-z0-9+=,.@_:/-]+$", "iamInstanceProfile: write the name or the ARN of an instance profile, such as ci-runner")]
    public string? IamInstanceProfile { get; set; }

    /// <summary>The subnets to launch into, one per availability zone: more zones give more capacity. From IPv6-only ones machines reach GitHub by NAT64 and DNS64 alone.</summary>
    [Required]
    [ValidationRule("!has(self.ids) || self.ids.all(id, id.startsWith('subnet-'))",
        Message = "subnets.ids: write ids of subnets, which begin with subnet-")]
    public NetworkSelector? Subnets { get; set; }

    /// <summary>The security groups of the machines. They need outbound HTTPS and nothing inbound.</summary>
    [Required]
    [ValidationRule("!has(self.ids) || self.ids.all(id, id.startsWith('sg-'))",
        Message = "securityGroups.ids: write ids of security groups, which begin with sg-")]
    public NetworkSelector? SecurityGroups { get; set; }

    /// <summary>The AWS region, such as <c>eu-central-1</c>. Absent means the operator's own.</summary>
    [Length(1, 32), Pattern("^[a-z]{2,4}(-[a-z]+)+-[0-9]+$", "launch.region: write a region such as eu-central-1, not one of its zones")]
    public string? Region { get; set; }

    /// <summary>The role to assume for calls to EC2 and SSM, for machines in another account. Absent means the operator's own.</summary>
    [Length(20, 512)]
    [Pattern("^arn:aws[a-z-]*:iam::[0-9]{12}:role/[A-Za-z0-9+=,.@_/-]+$", "assumeRoleArn: write the ARN of a role, such as arn:aws:iam::123456789012:role/ci")]
    public string? AssumeRoleArn { get; set; }

    /// <summary>The name of the key pair for SSH. Absent means none.</summary>
    [Length(1, 255)]
    public string? KeyName { get; set; }

    /// <summary>
    /// Tags on the launch template and on each machine, its volumes and its network interfaces; at most 40, keys of at most 128 and values of at most 256
    /// characters. Keys with a slash or a space disable the wake-up tag: the machine then notices commands up to 40 s later.
    /// </summary>
    [MapItems(0, 40), Length(0, 256)]
    [ValidationRule("self.all(key, size(key) > 0 && size(key) <= 128)", Message = "tags: shorten the keys to at most 128 characters, the maximum in EC2")]
    [ValidationRule("self.all(key, !key.startsWith('ec2runners.dev:') && !['aws:', 'awS:', 'aWs:', 'aWS:', 'Aws:', 'AwS:', 'AWs:', 'AWS:'].exists(taken, key.startsWith(taken)))",
        Message = "tags: choose other keys, since the prefixes aws: and ec2runners.dev: are reserved")]
    public Dictionary<string, string>? Tags { get; set; }

    /// <summary>Volumes, at most 20. Include the root volume, by its device or as <c>root</c>, only to change it from <c>gp3</c> with the class's <c>disk</c>.</summary>
    [Items(0, 20), ListType("map"), ListMapKey("deviceName")]
    public List<VolumeSpec>? Volumes { get; set; }

    /// <summary>Options of the instance metadata service, which requires session tokens (IMDSv2).</summary>
    public MetadataOptionsSpec? MetadataOptions { get; set; }

    /// <summary>Placement of machines on EC2's hardware. Absent means anywhere, on shared hardware.</summary>
    public PlacementSpec? Placement { get; set; }

    /// <summary>Whether machines get a public IPv4 address. Defaults to the subnet's setting.</summary>
    public bool? AssociatePublicIpAddress { get; set; }
}

/// <summary>Who launches the machines of a pool.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<LaunchBackend>))]
public enum LaunchBackend
{
    /// <summary>The operator, by <c>CreateFleet</c>.</summary>
    Fleet,

    /// <summary>An Auto Scaling group of the pool's own.</summary>
    AutoScalingGroup,
}

/// <summary>How the host script starts on a machine.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<HostBootstrap>))]
public enum HostBootstrap
{
    /// <summary>By cloud-init, which runs the user data at boot.</summary>
    UserData,

    /// <summary>By Systems Manager's Run Command.</summary>
    SSM,
}

/// <summary>Placement of machines on EC2's hardware.</summary>
[ValidationRule("!(has(self.hostId) && has(self.hostResourceGroupArn))", Message = "placement: give hostId or hostResourceGroupArn, not both")]
[ValidationRule("!(has(self.hostId) || has(self.hostResourceGroupArn)) || (has(self.tenancy) && self.tenancy == 'host')",
    Message = "placement: hostId and hostResourceGroupArn need tenancy: host")]
[ValidationRule("has(self.groupName) || has(self.tenancy)", Message = "placement: give groupName, tenancy or both")]
public sealed class PlacementSpec
{
    /// <summary>
    /// The name of an existing placement group. A cluster group keeps machines in one zone, so give subnets of one zone only.
    /// </summary>
    [Length(1, 255)]
    public string? GroupName { get; set; }

    /// <summary>The tenancy. There is no spot capacity on dedicated hosts, so <c>host</c> requires <c>usageClass: on-demand</c>.</summary>
    public Tenancy? Tenancy { get; set; }

    /// <summary>The id of a dedicated host, such as <c>h-0123456789abcdef0</c>. Absent means any host with auto-placement.</summary>
    [Length(10, 21), Pattern("^h-[0-9a-f]{8,17}$", "placement.hostId: write the id of a dedicated host, such as h-0123456789abcdef0")]
    public string? HostId { get; set; }

    /// <summary>The ARN of a host resource group, which allocates dedicated hosts as needed.</summary>
    [Length(20, 512)]
    [Pattern("^arn:aws[a-z-]*:resource-groups:[a-z0-9-]+:[0-9]{12}:group/[A-Za-z0-9_.-]+$",
        "placement.hostResourceGroupArn: write the ARN of a resource group, such as arn:aws:resource-groups:eu-central-1:123456789012:group/hosts")]
    public string? HostResourceGroupArn { get; set; }
}

/// <summary>The tenancy of machines.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<Tenancy>))]
public enum Tenancy
{
    /// <summary>Shared hardware.</summary>
    [JsonStringEnumMemberName("default")]
    Default,

    /// <summary>Hardware for this account only; EC2 charges for it by region and machine.</summary>
    [JsonStringEnumMemberName("dedicated")]
    Dedicated,

    /// <summary>A dedicated host that the account has allocated.</summary>
    [JsonStringEnumMemberName("host")]
    Host,
}

/// <summary>Options of the instance metadata service.</summary>
public sealed class MetadataOptionsSpec
{
    /// <summary>Hop limit of responses, 1 to 64. Defaults to 1, which blocks containers; 2 allows them.</summary>
    [RangeMinimum(1), RangeMaximum(64)]
    public int? HttpPutResponseHopLimit { get; set; }
}

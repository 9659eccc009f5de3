using Operator.Entities.Kubernetes;

namespace Operator.Entities.RunnerPools;

/// <summary>What machines are made of.</summary>
public sealed class LaunchSpec
{
    /// <summary>The machine image, given in exactly one of three ways.</summary>
    [Required]
    public ImageSpec Image { get; set; } = new();

    /// <summary>
    /// The instance profile by name or ARN. Its role must be allowed to read and delete the machine's own mailbox parameter; without a
    /// profile a machine never learns what to run.
    /// </summary>
    [Required, Length(1, 512)]
    [Pattern("^[A-Za-z0-9+=,.@_:/-]+$", "iamInstanceProfile: write the name or the ARN of an instance profile, such as ci-runner")]
    public string? IamInstanceProfile { get; set; }

    /// <summary>The subnets to launch into, best one in each availability zone: more zones, more capacity.</summary>
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

    /// <summary>The role to assume before EC2 and SSM are called, for machines in another account. Absent means the operator's own.</summary>
    [Length(20, 512)]
    [Pattern("^arn:aws[a-z-]*:iam::[0-9]{12}:role/[A-Za-z0-9+=,.@_/-]+$", "assumeRoleArn: write the ARN of a role, such as arn:aws:iam::123456789012:role/ci")]
    public string? AssumeRoleArn { get; set; }

    /// <summary>The key pair for SSH, by name. Absent means none.</summary>
    [Length(1, 255)]
    public string? KeyName { get; set; }

    /// <summary>
    /// Tags on the launch template and on each machine, its volumes and its network interfaces; at most 40, keys of at most 128 and values of at most 256
    /// characters. Keys with a slash or a blank keep EC2 from ringing the machine's bell: it then finds its mail up to 40 s later.
    /// </summary>
    [MapItems(0, 40), Length(0, 256)]
    [ValidationRule("self.all(key, size(key) > 0 && size(key) <= 128)", Message = "tags: shorten the keys to at most 128 characters, as EC2 wants them")]
    [ValidationRule("self.all(key, !key.startsWith('ec2runners.dev:') && !['aws:', 'awS:', 'aWs:', 'aWS:', 'Aws:', 'AwS:', 'AWs:', 'AWS:'].exists(taken, key.startsWith(taken)))",
        Message = "tags: choose other keys, since those with aws: and ec2runners.dev: are taken")]
    public Dictionary<string, string>? Tags { get; set; }

    /// <summary>Volumes, at most 20. The root volume is described here only to make it other than <c>gp3</c> of the class's <c>disk</c>.</summary>
    [Items(0, 20), ListType("map"), ListMapKey("deviceName")]
    public List<VolumeSpec>? Volumes { get; set; }

    /// <summary>Options of the instance metadata service, which takes session tokens only (IMDSv2).</summary>
    public MetadataOptionsSpec? MetadataOptions { get; set; }

    /// <summary>Whether machines get a public IPv4 address. Absent means what the subnet says.</summary>
    public bool? AssociatePublicIpAddress { get; set; }
}

/// <summary>Options of the instance metadata service.</summary>
public sealed class MetadataOptionsSpec
{
    /// <summary>How many network hops an answer may take, 1 to 64. Absent means 1, which keeps containers out; 2 lets them in.</summary>
    [RangeMinimum(1), RangeMaximum(64)]
    public int? HttpPutResponseHopLimit { get; set; }
}

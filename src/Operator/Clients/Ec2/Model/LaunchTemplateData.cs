using System.Text.Json.Serialization;

namespace Operator.Clients.Ec2.Model;

/// <summary>What a launch template launches.</summary>
internal sealed record RequestLaunchTemplateData
{
    public string? ImageId { get; set; }

    public string? InstanceType { get; set; }

    public string? KeyName { get; set; }

    /// <summary>Base64; at most 16 KB before encoding.</summary>
    public string? UserData { get; set; }

    public bool? EbsOptimized { get; set; }

    public LaunchTemplateIamInstanceProfileSpecificationRequest? IamInstanceProfile { get; set; }

    [JsonPropertyName("BlockDeviceMapping")]
    public List<LaunchTemplateBlockDeviceMappingRequest> BlockDeviceMappings { get; set; } = [];

    /// <summary>When there is one, security groups and subnet belong into it.</summary>
    [JsonPropertyName("NetworkInterface")]
    public List<LaunchTemplateInstanceNetworkInterfaceSpecificationRequest> NetworkInterfaces { get; set; } = [];

    [JsonPropertyName("SecurityGroupId")]
    public List<string> SecurityGroupIds { get; set; } = [];

    /// <summary><c>stop</c> (EC2's default) or <c>terminate</c>.</summary>
    public string? InstanceInitiatedShutdownBehavior { get; set; }

    public LaunchTemplateInstanceMetadataOptionsRequest? MetadataOptions { get; set; }

    public LaunchTemplatesMonitoringRequest? Monitoring { get; set; }

    public LaunchTemplatePlacementRequest? Placement { get; set; }

    public CreditSpecificationRequest? CreditSpecification { get; set; }

    /// <summary>Tags of what is launched: <c>instance</c>, <c>volume</c>, <c>network-interface</c>, <c>spot-instances-request</c>.</summary>
    [JsonPropertyName("TagSpecification")]
    public List<LaunchTemplateTagSpecificationRequest> TagSpecifications { get; set; } = [];
}

/// <summary>An instance profile by ARN or by name.</summary>
internal sealed record LaunchTemplateIamInstanceProfileSpecificationRequest
{
    public string? Arn { get; set; }

    public string? Name { get; set; }
}

/// <summary>One block device of the instance.</summary>
internal sealed record LaunchTemplateBlockDeviceMappingRequest
{
    public string? DeviceName { get; set; }

    public string? VirtualName { get; set; }

    public LaunchTemplateEbsBlockDeviceRequest? Ebs { get; set; }

    public string? NoDevice { get; set; }
}

/// <summary>An EBS volume of the instance.</summary>
internal sealed record LaunchTemplateEbsBlockDeviceRequest
{
    public bool? Encrypted { get; set; }

    public bool? DeleteOnTermination { get; set; }

    public int? Iops { get; set; }

    public string? KmsKeyId { get; set; }

    public string? SnapshotId { get; set; }

    /// <summary>GiB.</summary>
    public int? VolumeSize { get; set; }

    public string? VolumeType { get; set; }

    /// <summary>MiB per second.</summary>
    public int? Throughput { get; set; }
}

/// <summary>A network interface of the instance.</summary>
internal sealed record LaunchTemplateInstanceNetworkInterfaceSpecificationRequest
{
    public int? DeviceIndex { get; set; }

    public bool? AssociatePublicIpAddress { get; set; }

    public bool? DeleteOnTermination { get; set; }

    /// <summary>Ids of the security groups.</summary>
    [JsonPropertyName("SecurityGroupId")]
    public List<string> Groups { get; set; } = [];

    public string? SubnetId { get; set; }
}

/// <summary>The instance metadata service.</summary>
internal sealed record LaunchTemplateInstanceMetadataOptionsRequest
{
    /// <summary><c>required</c> (IMDSv2 only) or <c>optional</c>.</summary>
    public string? HttpTokens { get; set; }

    /// <summary>1 to 64; 2 lets containers reach it.</summary>
    public int? HttpPutResponseHopLimit { get; set; }

    /// <summary><c>enabled</c> or <c>disabled</c>.</summary>
    public string? HttpEndpoint { get; set; }

    /// <summary><c>enabled</c> or <c>disabled</c>.</summary>
    public string? HttpProtocolIpv6 { get; set; }

    /// <summary><c>enabled</c> shows the instance its tags.</summary>
    public string? InstanceMetadataTags { get; set; }
}

/// <summary>Detailed monitoring.</summary>
internal sealed record LaunchTemplatesMonitoringRequest
{
    public bool? Enabled { get; set; }
}

/// <summary>Where the instance is placed.</summary>
internal sealed record LaunchTemplatePlacementRequest
{
    public string? GroupName { get; set; }

    /// <summary><c>default</c>, <c>dedicated</c> or <c>host</c>.</summary>
    public string? Tenancy { get; set; }

    public string? HostId { get; set; }

    public string? HostResourceGroupArn { get; set; }
}

/// <summary>CPU credits of a burstable type.</summary>
internal sealed record CreditSpecificationRequest
{
    /// <summary><c>standard</c> or <c>unlimited</c>.</summary>
    public string? CpuCredits { get; set; }
}

/// <summary>Tags of one kind of resource that the template launches.</summary>
internal sealed record LaunchTemplateTagSpecificationRequest
{
    public string? ResourceType { get; set; }

    [JsonPropertyName("Tag")]
    public List<Tag> Tags { get; set; } = [];
}

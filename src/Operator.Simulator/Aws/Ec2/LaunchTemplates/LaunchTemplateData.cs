using Operator.Simulator.Aws.Ec2.Tags;
using Operator.Simulator.Aws.Wire;

namespace Operator.Simulator.Aws.Ec2.LaunchTemplates;

/// <summary>A launch template's settings. Like in EC2, validated at launch instead of at creation.</summary>
internal sealed record LaunchTemplateData
{
    public string? ImageId { get; init; }

    public string? InstanceType { get; init; }

    public string? KeyName { get; init; }

    /// <summary>As sent: base64.</summary>
    public string? UserData { get; init; }

    public InstanceProfile? InstanceProfile { get; init; }

    public string? ShutdownBehavior { get; init; }

    public bool? EbsOptimized { get; init; }

    public bool? Monitoring { get; init; }

    public IReadOnlyList<string> SecurityGroupIds { get; init; } = [];

    public IReadOnlyList<NetworkInterface> NetworkInterfaces { get; init; } = [];

    public IReadOnlyList<BlockDevice> BlockDevices { get; init; } = [];

    public MetadataOptions? MetadataOptions { get; init; }

    /// <summary><c>enabled</c> or <c>disabled</c>, if it says so.</summary>
    public string? NestedVirtualization { get; init; }

    /// <summary>Whether its machines may be hibernated.</summary>
    public bool? Hibernation { get; init; }

    /// <summary><c>standard</c> or <c>unlimited</c>, if it says so.</summary>
    public string? CpuCredits { get; init; }

    public IReadOnlyDictionary<string, SortedDictionary<string, string>> Tags { get; init; } =
        new Dictionary<string, SortedDictionary<string, string>>();

    /// <summary>The subnet that the first network interface names, if any.</summary>
    public string? SubnetId => NetworkInterfaces.Count > 0 ? NetworkInterfaces[0].SubnetId : null;

    /// <summary>The groups of an instance launched from this.</summary>
    public IReadOnlyList<string> EffectiveSecurityGroupIds =>
        NetworkInterfaces.Count > 0 ? NetworkInterfaces[0].SecurityGroupIds : SecurityGroupIds;

    public static LaunchTemplateData Read(QueryNode node) => new()
    {
        ImageId = node.Text("ImageId"),
        InstanceType = node.Text("InstanceType"),
        KeyName = node.Text("KeyName"),
        UserData = node.Text("UserData"),
        InstanceProfile = node["IamInstanceProfile"] is { IsEmpty: false } profile
            ? new InstanceProfile(profile.Text("Arn"), profile.Text("Name"))
            : null,
        ShutdownBehavior = node.Text("InstanceInitiatedShutdownBehavior"),
        EbsOptimized = node.Flag("EbsOptimized"),
        Monitoring = node["Monitoring"].Flag("Enabled"),
        SecurityGroupIds = node.Texts("SecurityGroupId"),
        NetworkInterfaces = [.. node.Items("NetworkInterface").Select(NetworkInterface.Read)],
        BlockDevices = [.. node.Items("BlockDeviceMapping").Select(BlockDevice.Read)],
        MetadataOptions = node["MetadataOptions"] is { IsEmpty: false } options ? MetadataOptions.Read(options) : null,
        NestedVirtualization = node["CpuOptions"].Text("NestedVirtualization"),
        Hibernation = node["HibernationOptions"].Flag("Configured"),
        CpuCredits = node["CreditSpecification"].Text("CpuCredits"),
        Tags = TagRules.ReadSpecifications(
            node, "instance", "volume", "network-interface", "spot-instances-request", "elastic-gpu"),
    };

    public void Write(XmlAnswer xml)
    {
        xml.Text("imageId", ImageId);
        xml.Text("instanceType", InstanceType);
        xml.Text("keyName", KeyName);
        xml.Text("userData", UserData);
        xml.Text("instanceInitiatedShutdownBehavior", ShutdownBehavior);
        xml.Flag("ebsOptimized", EbsOptimized);
        if (InstanceProfile is { } profile)
        {
            xml.Element("iamInstanceProfile", () =>
            {
                xml.Text("arn", profile.Arn);
                xml.Text("name", profile.Name);
            });
        }

        if (Monitoring is { } monitoring)
        {
            xml.Element("monitoring", () => xml.Flag("enabled", monitoring));
        }

        if (NestedVirtualization is not null)
        {
            xml.Element("cpuOptions", () => xml.Text("nestedVirtualization", NestedVirtualization));
        }

        if (Hibernation is { } hibernation)
        {
            xml.Element("hibernationOptions", () => xml.Flag("configured", hibernation));
        }

        if (CpuCredits is not null)
        {
            xml.Element("creditSpecification", () => xml.Text("cpuCredits", CpuCredits));
        }

        WriteLists(xml);
        MetadataOptions?.Write(xml);
    }

    private void WriteLists(XmlAnswer xml)
    {
        if (SecurityGroupIds.Count > 0)
        {
            xml.Texts("securityGroupIdSet", SecurityGroupIds);
        }

        if (NetworkInterfaces.Count > 0)
        {
            xml.List("networkInterfaceSet", NetworkInterfaces, item => item.Write(xml));
        }

        if (BlockDevices.Count > 0)
        {
            xml.List("blockDeviceMappingSet", BlockDevices, item => item.Write(xml));
        }

        if (Tags.Count > 0)
        {
            xml.List("tagSpecificationSet", Tags, specification =>
            {
                xml.Text("resourceType", specification.Key);
                xml.Tags(specification.Value);
            });
        }
    }
}

/// <summary>The IAM role of an instance, by ARN or by name.</summary>
internal sealed record InstanceProfile(string? Arn, string? Name);

/// <summary>A template's network interface.</summary>
internal sealed record NetworkInterface(
    int DeviceIndex, string? SubnetId, IReadOnlyList<string> SecurityGroupIds, bool? AssociatePublicIp, bool? DeleteOnTermination)
{
    public static NetworkInterface Read(QueryNode node) => new(
        node.Number("DeviceIndex") ?? 0,
        node.Text("SubnetId"),
        node.Texts("SecurityGroupId"),
        node.Flag("AssociatePublicIpAddress"),
        node.Flag("DeleteOnTermination"));

    public void Write(XmlAnswer xml)
    {
        xml.Number("deviceIndex", DeviceIndex);
        xml.Text("subnetId", SubnetId);
        xml.Flag("associatePublicIpAddress", AssociatePublicIp);
        xml.Flag("deleteOnTermination", DeleteOnTermination);
        xml.List("groupSet", SecurityGroupIds, group => xml.Text("groupId", group));
    }
}

/// <summary>A template's volume.</summary>
internal sealed record BlockDevice(string? DeviceName, IReadOnlyDictionary<string, string> Ebs)
{
    // Serialized names of a volume's fields; request and response differ only in the case of the first letter.
    private static readonly string[] Properties =
        ["Encrypted", "DeleteOnTermination", "Iops", "KmsKeyId", "SnapshotId", "VolumeSize", "VolumeType", "Throughput", "VolumeInitializationRate"];

    public static BlockDevice Read(QueryNode node) => new(
        node.Text("DeviceName"),
        Properties.Where(name => node["Ebs"].Text(name) is not null).ToDictionary(name => name, name => node["Ebs"].Text(name)!));

    public void Write(XmlAnswer xml)
    {
        xml.Text("deviceName", DeviceName);
        xml.Element("ebs", () =>
        {
            foreach (var (name, value) in Ebs)
            {
                xml.Text(char.ToLowerInvariant(name[0]) + name[1..], value);
            }
        });
    }
}

/// <summary>How an instance may reach its metadata.</summary>
internal sealed record MetadataOptions(string? HttpTokens, int? HopLimit, string? HttpEndpoint, string? InstanceMetadataTags, string? HttpProtocolIpv6)
{
    public bool ShowsTags => InstanceMetadataTags == "enabled";

    public static MetadataOptions Read(QueryNode node) => new(
        node.Text("HttpTokens"),
        node.Number("HttpPutResponseHopLimit"),
        node.Text("HttpEndpoint"),
        node.Text("InstanceMetadataTags"),
        node.Text("HttpProtocolIpv6"));

    public void Write(XmlAnswer xml) => xml.Element("metadataOptions", () =>
    {
        xml.Text("state", "applied");
        xml.Text("httpTokens", HttpTokens ?? "optional");
        xml.Number("httpPutResponseHopLimit", HopLimit ?? 1);
        xml.Text("httpEndpoint", HttpEndpoint ?? "enabled");
        xml.Text("httpProtocolIpv6", HttpProtocolIpv6 ?? "disabled");
        xml.Text("instanceMetadataTags", InstanceMetadataTags ?? "disabled");
    });
}

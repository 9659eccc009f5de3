using Amazon.EC2.Model;
using Operator.Aws.UserData;

namespace Operator.Aws.LaunchTemplates;

/// <summary>Builds EC2 requests from a launch template's content. Pure.</summary>
internal static class LaunchTemplateRequests
{
    /// <summary>EC2 allows 3 to 128 characters; parts of both UIDs distinguish clusters and pools within one account.</summary>
    public static string NameOf(string clusterId, string poolUid, string hash) =>
        $"ec2runners-{Piece(clusterId)}-{Piece(poolUid)}-{hash}";

    public static CreateLaunchTemplateRequest Create(string name, string clusterId, PoolIdentity pool, LaunchTemplateContent content)
    {
        List<Tag> tags =
        [
            .. content.Tags.Select(pair => new Tag { Key = pair.Key, Value = pair.Value }),
            new() { Key = Tags.Cluster, Value = clusterId },
            new() { Key = Tags.Pool, Value = pool.Name },
            new() { Key = Tags.PoolUid, Value = pool.Uid },
        ];
        return new CreateLaunchTemplateRequest
        {
            LaunchTemplateName = name,
            TagSpecifications = [new() { ResourceType = "launch-template", Tags = tags }],
            LaunchTemplateData = DataOf(content, tags),
        };
    }

    private static RequestLaunchTemplateData DataOf(LaunchTemplateContent content, List<Tag> tags)
    {
        // EC2 requires the security groups in the network interface as soon as one is specified.
        var describesInterface = content.AssociatePublicIpAddress is not null;
        List<string> groups = [.. content.SecurityGroupIds];
        return new RequestLaunchTemplateData
        {
            ImageId = content.ImageId,
            KeyName = content.KeyName,
            UserData = HostScript.Encode(content.UserData, content.IsStartedByCommand == true),
            IamInstanceProfile = ProfileOf(content.IamInstanceProfile),
            SecurityGroupIds = describesInterface ? [] : groups,
            NetworkInterfaces = describesInterface
                ? [new() { DeviceIndex = 0, AssociatePublicIpAddress = content.AssociatePublicIpAddress, Groups = groups, DeleteOnTermination = true }]
                : [],
            BlockDeviceMappings = [.. content.Volumes.Select(MappingOf)],
            Placement = content.Placement is { } placement
                ? new() { GroupName = placement.GroupName, Tenancy = placement.Tenancy, HostId = placement.HostId, HostResourceGroupArn = placement.HostResourceGroupArn }
                : null,
            CpuOptions = content.NestedVirtualization == true ? new() { NestedVirtualization = "enabled" } : null,
            HibernationOptions = content.Hibernation == true ? new() { Configured = true } : null,
            CreditSpecification = content.CpuCredits is { } credits ? new() { CpuCredits = credits } : null,
            InstanceInitiatedShutdownBehavior = "terminate",
            MetadataOptions = new()
            {
                HttpTokens = "required",
                HttpEndpoint = "enabled",
                HttpPutResponseHopLimit = content.HopLimit,
                HttpProtocolIpv6 = content.HasMetadataIpv6 == true ? "enabled" : null,
                InstanceMetadataTags = AllowsWakeUpTag(content.Tags) ? "enabled" : "disabled",
            },
            TagSpecifications =
            [
                new() { ResourceType = "volume", Tags = tags },
                new() { ResourceType = "network-interface", Tags = tags },
            ],
        };
    }

    // EC2 refuses to launch if the metadata service cannot expose a tag key; such pools do without the wake-up tag.
    private static bool AllowsWakeUpTag(IReadOnlyDictionary<string, string> tags) =>
        tags.Keys.All(key => key.All(c => char.IsAsciiLetterOrDigit(c) || "+-=.,_:@".Contains(c)));

    private static LaunchTemplateIamInstanceProfileSpecificationRequest? ProfileOf(string? profile) =>
        profile is null ? null
        : profile.StartsWith("arn:", StringComparison.Ordinal) ? new() { Arn = profile } : new() { Name = profile };

    private static LaunchTemplateBlockDeviceMappingRequest MappingOf(Volume volume) => new()
    {
        DeviceName = volume.DeviceName,
        Ebs = new()
        {
            VolumeSize = volume.SizeGiB,
            VolumeType = volume.Type,
            Iops = volume.Iops,
            Throughput = volume.Throughput,
            VolumeInitializationRate = volume.InitializationRate,
            SnapshotId = volume.SnapshotId,
            Encrypted = volume.Encrypted,
            KmsKeyId = volume.KmsKeyId,
            DeleteOnTermination = true,
        },
    };

    private static string Piece(string id) => id.Length <= 8 ? id : id.Replace("-", "", StringComparison.Ordinal)[..8];
}

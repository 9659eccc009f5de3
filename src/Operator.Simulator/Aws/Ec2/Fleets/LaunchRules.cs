using System.Globalization;
using Operator.Simulator.Aws.Ec2.Images;
using Operator.Simulator.Aws.Ec2.Instances;
using Operator.Simulator.Aws.Ec2.InstanceTypes;
using Operator.Simulator.Aws.Ec2.LaunchTemplates;
using Operator.Simulator.Aws.Ec2.Network;
using Operator.Simulator.Aws.Ec2.Tags;
using Operator.Simulator.Aws.Wire;

namespace Operator.Simulator.Aws.Ec2.Fleets;

/// <summary>
/// Whether one row of a fleet could be launched, regardless of capacity; like EC2, it validates a row's content only at launch.
/// </summary>
internal sealed class LaunchRules(Ec2World world)
{
    private const int LargestUserData = 16_384;

    /// <summary>What would be launched.</summary>
    /// <exception cref="AwsException">It cannot be launched.</exception>
    public LaunchSpecification Resolve(FleetOverride row, string usageClass, IReadOnlyDictionary<string, string> tags)
    {
        var data = row.Template.Data;
        var type = TypeOf(row.InstanceType ?? data.InstanceType, usageClass);
        var subnet = SubnetOf(row, data);
        if (!type.IsOfferedIn(subnet.Zone.Name))
        {
            throw new AwsException("Unsupported",
                $"Your requested instance type ({type.Name}) is not supported in your requested Availability Zone ({subnet.Zone.Name}). "
                + "Please retry your request by not specifying an Availability Zone or choosing another one.");
        }

        var image = ImageOf(row.ImageId ?? data.ImageId, type);
        foreach (var group in data.EffectiveSecurityGroupIds.Select(world.Network.SecurityGroupOf))
        {
            if (subnet.VpcId != (group.VpcId ?? world.Network.VpcId))
            {
                throw new AwsException("InvalidParameter", $"Security group {group.Id} and subnet {subnet.Id} belong to different networks.");
            }
        }

        CheckShape(data, type, subnet);
        CheckProfile(data.InstanceProfile);
        CheckUserData(data.UserData);
        CheckTags(data, tags);
        CheckPrice(row, type, subnet, usageClass);
        return new LaunchSpecification(type, subnet, image, usageClass, data) { Volumes = VolumesOf(image, [.. data.BlockDevices, .. row.BlockDevices]) };
    }

    // That of a snapshot that is not an image's.
    private const int SnapshotGiB = 20;

    // Every device of the image, plus additional ones; later mappings of a device override earlier ones.
    private static List<MachineVolume> VolumesOf(Image image, IReadOnlyList<BlockDevice> mappings)
    {
        var volumes = image.Devices.Select(device => new MachineVolume(device.Name, device.SizeGiB, device.DeleteOnTermination)).ToList();
        foreach (var mapping in mappings)
        {
            var own = image.Devices.FirstOrDefault(device => device.Name == mapping.DeviceName);
            var before = volumes.FirstOrDefault(volume => volume.Device == mapping.DeviceName);
            var size = mapping.Ebs.TryGetValue("VolumeSize", out var text) ? int.Parse(text, CultureInfo.InvariantCulture) : before?.SizeGiB
                ?? (mapping.Ebs.ContainsKey("SnapshotId") ? SnapshotGiB : throw new AwsException("MissingParameter", "The request must contain the parameter size or snapshotId"));
            if (own is not null && size < own.SizeGiB)
            {
                throw new AwsException(
                    "InvalidBlockDeviceMapping", $"Volume of size {size}GB is smaller than snapshot '{image.SnapshotOf(own)}', expect size >= {own.SizeGiB}GB");
            }

            CheckVolume(mapping, isFromSnapshot: own is not null || mapping.Ebs.ContainsKey("SnapshotId"));
            volumes.RemoveAll(volume => volume.Device == mapping.DeviceName);
            var isDeleted = mapping.Ebs.TryGetValue("DeleteOnTermination", out text) ? text == "true" : before?.DeleteOnTermination ?? true;
            volumes.Add(new(mapping.DeviceName ?? "", size, isDeleted));
        }

        return volumes;
    }

    private static void CheckVolume(BlockDevice mapping, bool isFromSnapshot)
    {
        int? Number(string name) => mapping.Ebs.TryGetValue(name, out var text) ? int.Parse(text, CultureInfo.InvariantCulture) : null;
        var type = mapping.Ebs.GetValueOrDefault("VolumeType", "gp3");
        var (iops, throughput) = (Number("Iops"), Number("Throughput"));
        if (iops is not null && type is not ("gp3" or "io1" or "io2"))
        {
            throw new AwsException("InvalidParameterCombination", $"The parameter iops is not supported for {type} volumes.");
        }

        if (iops is null && type is "io1" or "io2")
        {
            throw new AwsException("MissingParameter", $"The request must contain the parameter iops for {type} volumes.");
        }

        if (throughput is not null && type != "gp3")
        {
            throw new AwsException("InvalidParameterCombination", $"The parameter throughput is not supported for {type} volumes.");
        }

        if (throughput * 4 > (iops ?? 3000))
        {
            throw Invalid($"Throughput (MiBps) to iops ratio of {throughput / (double)(iops ?? 3000):0.000000} is too high; maximum is 0.250000 MiBps per iops.");
        }

        if (Number("VolumeInitializationRate") is { } rate && (rate is < 100 or > 300 || !isFromSnapshot))
        {
            throw new AwsException("InvalidParameterCombination", "The parameter volumeInitializationRate is 100 to 300, and for volumes that are created from a snapshot.");
        }
    }

    // The codes are a guess; that such launches fail is not.
    private void CheckShape(LaunchTemplateData data, InstanceType type, Subnet subnet)
    {
        if (data.Hibernation == true && (type.IsBareMetal || type.MemoryMiB >= 150 * 1024 || !data.BlockDevices.Any(volume => volume.Ebs.GetValueOrDefault("Encrypted") == "true")))
        {
            throw new AwsException("UnsupportedHibernationConfiguration", $"An instance of the type '{type.Name}' cannot be hibernated: it needs an encrypted root volume and less than 150 GB of memory.");
        }

        if (data.NestedVirtualization == "enabled" && !type.IsNesting(world.Options))
        {
            throw new AwsException("InvalidParameterCombination", $"The instance type '{type.Name}' does not support nested virtualization.");
        }

        if (data.CpuCredits is not null && !type.IsBurstable)
        {
            throw new AwsException("InvalidParameterCombination", $"The instance type '{type.Name}' does not support credit specification.");
        }

        if (subnet.IsIpv6Only && type.Hypervisor == "xen")
        {
            throw new AwsException("InvalidParameterCombination", $"The instance type '{type.Name}' cannot be launched in the IPv6-only subnet '{subnet.Id}'.");
        }

        if (subnet.IsIpv6Only && data.NetworkInterfaces.Any(card => card.AssociatePublicIp == true))
        {
            throw new AwsException("InvalidParameterCombination", $"A public IPv4 address cannot be associated in the IPv6-only subnet '{subnet.Id}'.");
        }
    }

    public Subnet SubnetOf(FleetOverride row, LaunchTemplateData data)
    {
        if ((row.SubnetId ?? data.SubnetId) is { } id)
        {
            return world.Network.SubnetOf(id);
        }

        return world.Network.Subnets.FirstOrDefault(subnet =>
                subnet.IsDefault && (row.AvailabilityZone is null || row.AvailabilityZone == subnet.Zone.Name))
            ?? throw Invalid($"Invalid availability zone: [{row.AvailabilityZone}]");
    }

    private static InstanceType TypeOf(string? name, string usageClass)
    {
        if (name is null)
        {
            throw new AwsException("MissingParameter", "The request must contain the parameter InstanceType");
        }

        var type = InstanceTypeCatalogue.All.GetValueOrDefault(name) ?? throw Invalid($"Invalid value '{name}' for InstanceType.");
        return type.UsageClasses.Contains(usageClass)
            ? type
            : throw new AwsException("Unsupported", $"The instance type '{name}' is not supported as {usageClass}.");
    }

    private Image ImageOf(string? id, InstanceType type)
    {
        if (id is null)
        {
            throw new AwsException("MissingParameter", "The request must contain the parameter ImageId");
        }

        const string ByParameter = "resolve:ssm:";
        if (id.StartsWith(ByParameter, StringComparison.Ordinal))
        {
            var name = id[ByParameter.Length..];
            id = world.Parameters.ValueOf(name) ?? throw Invalid($"Parameter {name} could not be found");
        }

        var image = world.Images.Find(id);
        if (image.BootMode == "uefi" && type.Hypervisor == "xen")
        {
            throw new AwsException("Unsupported", $"The instance type '{type.Name}' does not support the boot mode 'uefi' of the image '{image.Id}'.");
        }

        return type.Architectures.Contains(image.Architecture)
            ? image
            : throw Invalid(
                $"The architecture '{string.Join(",", type.Architectures)}' of the specified instance type does not match the "
                + $"architecture '{image.Architecture}' of the specified AMI. Specify an instance type and an AMI that have matching "
                + "architectures, and try again.");
    }

    private void CheckProfile(InstanceProfile? profile)
    {
        if ((profile?.Name ?? profile?.Arn?.Split('/')[^1]) is { } name && world.Options.InstanceProfiles?.Contains(name) == false)
        {
            throw Invalid($"Value ({name}) for parameter iamInstanceProfile.name is invalid. Invalid IAM Instance Profile name");
        }
    }

    private static void CheckUserData(string? userData)
    {
        if (userData is null)
        {
            return;
        }

        var bytes = new byte[userData.Length];
        if (!Convert.TryFromBase64String(userData, bytes, out var length))
        {
            throw Invalid("Invalid BASE64 encoding of user data.");
        }

        if (length > LargestUserData)
        {
            throw Invalid($"User data is limited to {LargestUserData} bytes");
        }
    }

    private static void CheckTags(LaunchTemplateData data, IReadOnlyDictionary<string, string> tags)
    {
        TagRules.CheckCount(tags.Keys);
        if (data.MetadataOptions is { ShowsTags: true })
        {
            TagRules.CheckMetadataKeys(tags.Keys);
        }
    }

    // Without an explicit maximum, the on-demand price is the maximum, which the model never exceeds.
    private void CheckPrice(FleetOverride row, InstanceType type, Subnet subnet, string usageClass)
    {
        if (usageClass != "spot" || row.MaxPrice is not { } maximum)
        {
            return;
        }

        var (price, _) = world.Options.SpotPrices.At(type.Name, subnet.Zone.Name, type.OnDemandPrice, world.Now);
        if (maximum < price)
        {
            throw new AwsException("SpotMaxPriceTooLow",
                $"Your Spot request price of {maximum} is lower than the minimum required Spot request fulfillment price of {price}.");
        }
    }

    private static AwsException Invalid(string message) => new("InvalidParameterValue", message);
}

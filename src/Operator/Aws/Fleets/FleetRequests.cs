using System.Security.Cryptography;
using System.Text;
using Amazon.EC2.Model;
using Amazon.EC2.Model.Internal.MarshallTransformations;
using Amazon.Runtime.Internal;
using Operator.Aws.Clients;
using Operator.Aws.LaunchTemplates;
using Operator.Aws.Offerings;
using Instance = Operator.Aws.Instances.Instance;
using InstanceState = Operator.Aws.Instances.InstanceState;

namespace Operator.Aws.Fleets;

/// <summary>Translates launch requests to EC2's and EC2's responses back. Pure.</summary>
internal static class FleetRequests
{
    // The offerings are sorted by price, so their rank is their priority.
    private const string Prioritized = "capacity-optimized-prioritized";

    public static CreateFleetRequest Create(LaunchRequest order, IReadOnlyList<Offering> offerings, string clusterId)
    {
        var need = order.Need;
        var isSpot = need.UsageClass == "spot";
        var isPrioritized = isSpot && need.SpotAllocationStrategy == Prioritized;
        var tags = TagsOf(order, clusterId);
        return new CreateFleetRequest
        {
            Type = "instant",
            ClientToken = order.IntentId,
            LaunchTemplateConfigs =
            [
                .. need.Templates.Select(template => new FleetLaunchTemplateConfigRequest
                {
                    LaunchTemplateSpecification = new() { LaunchTemplateId = template.Id, Version = template.Version },

                    // By name, since EC2 looks at no order: a request that is sent again is equal though prices have moved.
                    Overrides = [.. offerings.Select((offering, rank) => (Offered: offering, Rank: rank)).Where(one => need.TemplateOf(one.Offered) == template)
                        .OrderBy(one => one.Offered.InstanceType, StringComparer.Ordinal).ThenBy(one => one.Offered.SubnetId, StringComparer.Ordinal)
                        .Select(one => new FleetLaunchTemplateOverridesRequest
                    {
                        InstanceType = one.Offered.InstanceType,
                        SubnetId = one.Offered.SubnetId,
                        MaxPrice = isSpot ? need.MaxSpotPrice : null,
                        Priority = isPrioritized ? one.Rank : null,
                        BlockDeviceMappings = need.RootVolume is { } root ? [MappingOf(root, template)] : [],
                    })],
                }).Where(configuration => need.OtherTemplate is null || configuration.Overrides.Count > 0),
            ],
            SpotOptions = isSpot ? new() { AllocationStrategy = need.SpotAllocationStrategy } : null,
            OnDemandOptions = isSpot ? null : new() { AllocationStrategy = "lowest-price" },
            TargetCapacitySpecification = new() { TotalTargetCapacity = order.Count, DefaultTargetCapacityType = need.UsageClass },
            TagSpecifications =
            [
                new() { ResourceType = "instance", Tags = tags },
                new() { ResourceType = "fleet", Tags = tags },
            ],
        };
    }

    /// <summary>The hash of the request without intent and count, which are known from the leases that carry the intent.</summary>
    public static string HashOf(LaunchNeed need, IReadOnlyList<Offering> offerings, string clusterId)
    {
        return HashOf(CreateFleetRequestMarshaller.Instance.Marshall(Create(new("", need, Count: 0), offerings, clusterId)));
    }

    /// <summary>The hash of a request in EC2's form, whatever the order of its parameters.</summary>
    public static string HashOf(IRequest sent)
    {
        var text = string.Join('\n', sent.Parameters.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{pair.Key}={pair.Value}"));
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
    }

    // What is not said here is the template's, or the image's: type, IOPS, encryption, deletion with the machine.
    private static FleetBlockDeviceMappingRequest MappingOf(RootVolume root, LaunchTemplateRef template) => new()
    {
        DeviceName = template.RootDevice ?? root.DeviceName,
        Ebs = new() { VolumeSize = Math.Max(root.SizeGiB, template.RootVolumeMinGiB) },
    };

    /// <summary>The launched instances in order of their ids, so that every process assigns them to leases in the same way.</summary>
    public static IReadOnlyList<Instance> InstancesOf(
        CreateFleetResponse answer, LaunchRequest order, IReadOnlyList<Offering> offerings, DateTimeOffset now) =>
        [.. answer.Instances
            .SelectMany(set => set.InstanceIds.Select(id => new Instance(
                id,
                InstanceState.Pending,
                set.InstanceType ?? "",
                ZoneOf(set.LaunchTemplateAndOverrides?.Overrides, offerings),
                set.Lifecycle ?? order.Need.UsageClass,
                PrivateIp: null,
                now,
                order.IntentId,
                order.Need.PoolUid,
                StateReason: null)
            {
                SubnetId = set.LaunchTemplateAndOverrides?.Overrides?.SubnetId,
                Architecture = offerings.FirstOrDefault(offering => offering.InstanceType == set.InstanceType)?.Architecture,
            }))
            .OrderBy(instance => instance.Id, StringComparer.Ordinal)];

    /// <summary>The errors in a successful response, as exceptions: they have the same codes as failed calls.</summary>
    public static IReadOnlyList<FleetRefusal> RefusalsOf(CreateFleetResponse answer) =>
        [.. answer.Errors.Select(row => new FleetRefusal(
            new AwsException(Ec2Client.ServiceId, row.ErrorCode ?? "", row.ErrorMessage ?? "no reason given"),
            row.LaunchTemplateAndOverrides?.Overrides?.InstanceType,
            row.LaunchTemplateAndOverrides?.Overrides?.SubnetId,
            row.LaunchTemplateAndOverrides?.Overrides?.AvailabilityZone))];

    // EC2 echoes the requested override: by subnet, without a zone.
    private static string ZoneOf(FleetLaunchTemplateOverrides? launched, IReadOnlyList<Offering> offerings) =>
        launched?.AvailabilityZone ?? offerings.FirstOrDefault(offering => offering.SubnetId == launched?.SubnetId)?.Zone ?? "";

    /// <summary>The tags of what is launched: the user's, and over them those that say whose it is.</summary>
    public static List<Tag> TagsOf(LaunchRequest order, string clusterId)
    {
        var need = order.Need;
        var tags = new Dictionary<string, string>(StringComparer.Ordinal) { ["Name"] = $"runner {need.PoolName}" };
        foreach (var (key, value) in need.Tags)
        {
            tags[key] = value;
        }

        tags[Common.Tags.Cluster] = clusterId;
        tags[Common.Tags.Pool] = need.PoolName;
        tags[Common.Tags.PoolUid] = need.PoolUid;
        tags[Common.Tags.Intent] = order.IntentId;
        tags[Common.Tags.Template] = string.Join('+', need.Templates.Select(template => template.Hash));
        return [.. tags.Select(pair => new Tag { Key = pair.Key, Value = pair.Value })];
    }
}

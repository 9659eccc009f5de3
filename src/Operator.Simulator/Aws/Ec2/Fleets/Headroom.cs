using Operator.Simulator.Aws.Ec2.Instances;
using Operator.Simulator.Aws.Wire;

namespace Operator.Simulator.Aws.Ec2.Fleets;

/// <summary>How many more instances fit: into a pool's capacity, the account's quotas and a subnet's addresses.</summary>
internal sealed class Headroom
{
    private readonly Ec2World _world;
    private readonly Dictionary<(string UsageClass, string Type, string Zone), int> _instances = [];
    private readonly Dictionary<string, int> _vCpus = [];
    private readonly Dictionary<string, int> _addresses = [];

    public Headroom(Ec2World world)
    {
        _world = world;
        // EC2 gives away the place of a stopped machine.
        foreach (var instance in world.Instances.Existing.Where(instance => instance.State != InstanceState.Stopped))
        {
            Count(instance.Launch, 1);
        }
    }

    private Headroom(Headroom other)
    {
        _world = other._world;
        _instances = new(other._instances);
        _vCpus = new(other._vCpus);
        _addresses = new(other._addresses);
    }

    public Headroom Copy() => new(this);

    /// <summary>How many the pool itself has left.</summary>
    public int Capacity(LaunchSpecification launch)
    {
        if (launch.CapacityReservationId is not null)
        {
            return int.MaxValue; // it is set aside, and was counted there
        }

        var (usageClass, type, zone) = Pool(launch);
        var limit = _world.Capacity.LastOrDefault(limit => limit.Covers(usageClass, type, zone))?.Instances;
        return limit is { } most ? Math.Max(0, most - _instances.GetValueOrDefault((usageClass, type, zone))) : int.MaxValue;
    }

    /// <summary>Takes places for up to so many.</summary>
    /// <returns>How many, and when that is fewer, the error that says what ran out.</returns>
    public (int Count, AwsException? Shortage) Take(LaunchSpecification launch, int wanted, string allocationStrategy)
    {
        var capacity = Capacity(launch);
        var quota = Quota(launch);
        var addresses = launch.Subnet.IsIpv6Only ? int.MaxValue : launch.Subnet.FreeAddresses - _addresses.GetValueOrDefault(launch.Subnet.Id);
        var count = Math.Min(wanted, Math.Min(capacity, Math.Min(quota, addresses)));
        Count(launch, count);
        _addresses[launch.Subnet.Id] = _addresses.GetValueOrDefault(launch.Subnet.Id) + count;
        if (count == wanted)
        {
            return (count, null);
        }

        return (count, count == quota ? QuotaExceeded(launch)
            : count == addresses ? OutOfAddresses(launch)
            : OutOfCapacity(launch, allocationStrategy));
    }

    /// <summary>Takes the place of a stopped machine that is started.</summary>
    /// <returns>What is short; null for nothing.</returns>
    public AwsException? TakeAgain(LaunchSpecification launch)
    {
        if (Capacity(launch) < 1)
        {
            return OutOfCapacity(launch, "");
        }

        if (Quota(launch) < 1)
        {
            return QuotaExceeded(launch);
        }

        Count(launch, 1);
        return null;
    }

    private int Quota(LaunchSpecification launch) =>
        (launch.IsSpot ? _world.Options.SpotVcpuQuota : _world.Options.OnDemandVcpuQuota) is { } quota
            ? Math.Max(0, (quota - _vCpus.GetValueOrDefault(launch.UsageClass)) / launch.Type.VCpus)
            : int.MaxValue;

    private void Count(LaunchSpecification launch, int count)
    {
        var pool = Pool(launch);
        _instances[pool] = _instances.GetValueOrDefault(pool) + count;
        _vCpus[launch.UsageClass] = _vCpus.GetValueOrDefault(launch.UsageClass) + (count * launch.Type.VCpus);
    }

    private static (string UsageClass, string Type, string Zone) Pool(LaunchSpecification launch) =>
        (launch.CapacityReservationId is null ? launch.UsageClass : "reserved", launch.Type.Name, launch.Subnet.Zone.Name);

    private AwsException QuotaExceeded(LaunchSpecification launch) => launch.IsSpot
        ? new("MaxSpotInstanceCountExceeded", "Max spot instance count exceeded")
        : new("VcpuLimitExceeded",
            $"You have requested more vCPU capacity than your current vCPU limit of {_world.Options.OnDemandVcpuQuota} allows for the "
            + "instance bucket that the specified instance type belongs to.");

    private static AwsException OutOfAddresses(LaunchSpecification launch) => new("InsufficientFreeAddressesInSubnet",
        $"There are not enough free addresses in subnet '{launch.Subnet.Id}' to satisfy the requested number of instances.");

    private static AwsException OutOfCapacity(LaunchSpecification launch, string allocationStrategy) => launch switch
    {
        { IsSpot: true } when allocationStrategy != "lowest-price" => new("UnfulfillableCapacity",
            "Unable to fulfill capacity due to your request configuration. Please adjust your request and try again."),
        { IsSpot: true } => new("InsufficientInstanceCapacity", "There is no Spot capacity available that matches your request."),
        _ => new("InsufficientInstanceCapacity",
            $"We currently do not have sufficient {launch.Type.Name} capacity in the Availability Zone you requested "
            + $"({launch.Subnet.Zone.Name}). Our system will be working on provisioning additional capacity."),
    };
}

using Operator.Simulator.Aws.Wire;

namespace Operator.Simulator.Aws.Ec2.Network;

/// <summary>The seeded network: one VPC, a subnet in each of three zones, a second one in the first zone, two security groups.</summary>
internal sealed class RegionNetwork
{
    public const string DiscoveryTag = "ec2runners.dev:discovery";
    public const string DiscoveryValue = "true";

    public RegionNetwork(SimulatedAwsOptions options)
    {
        Zones = [.. "abc".Select((letter, index) => new Zone(options.Region + letter, $"{ShortName(options.Region)}-az{index + 1}"))];
        Subnets =
        [
            .. Zones.Select((zone, index) => NewSubnet(zone, index, $"runners-{zone.Name}", isDefault: true, DiscoveryValue)),
            NewSubnet(Zones[0], 3, $"spare-{Zones[0].Name}", isDefault: false, "spare"),
        ];
        SecurityGroups =
        [
            new SecurityGroup("sg-0a000000000000001", "default", "default VPC security group", new Dictionary<string, string>()),
            new SecurityGroup("sg-0a000000000000002", "runners", "outbound only", Tags("runners", DiscoveryValue)),
        ];

        Subnet NewSubnet(Zone zone, int index, string name, bool isDefault, string discovery) => new(
            $"subnet-0a00000000000000{index + 1}", zone, $"10.0.{index * 64}.0/18", isDefault, options.AddressesPerSubnet)
        {
            VpcId = VpcId,
            Tags = Tags(name, discovery),
        };
    }

    public string VpcId { get; } = "vpc-0a000000000000001";

    public IReadOnlyDictionary<string, string> VpcTags { get; } = Tags("runners", DiscoveryValue);

    public IReadOnlyList<Zone> Zones { get; }

    public IReadOnlyList<Subnet> Subnets { get; private set; }

    public void Add(Subnet subnet) => Subnets = [.. Subnets, subnet];

    public void Remove(string subnetId) => Subnets = [.. Subnets.Where(subnet => subnet.Id != subnetId)];

    public IReadOnlyList<SecurityGroup> SecurityGroups { get; private set; }

    public void Add(SecurityGroup group) => SecurityGroups = [.. SecurityGroups, group];

    public Subnet SubnetOf(string id) => Subnets.FirstOrDefault(subnet => subnet.Id == id)
        ?? throw new AwsException("InvalidSubnetID.NotFound", $"The subnet ID '{id}' does not exist");

    public SecurityGroup SecurityGroupOf(string id) => SecurityGroups.FirstOrDefault(group => group.Id == id)
        ?? throw new AwsException("InvalidGroup.NotFound", $"The security group '{id}' does not exist in VPC '{VpcId}'");

    private static SortedDictionary<string, string> Tags(string name, string discovery) => new(StringComparer.Ordinal)
    {
        ["Name"] = name,
        [DiscoveryTag] = discovery,
    };

    // eu-central-1 → euc1, as zone ids have it.
    private static string ShortName(string region) =>
        region.Split('-') is [var area, var direction, var number] ? $"{area}{direction[0]}{number}" : region;
}

/// <summary>An availability zone.</summary>
internal sealed record Zone(string Name, string Id);

/// <summary>A security group.</summary>
internal sealed record SecurityGroup(string Id, string Name, string Description, IReadOnlyDictionary<string, string> Tags)
{
    /// <summary>Its VPC; null for the seeded one.</summary>
    public string? VpcId { get; init; }
}

/// <summary>A subnet and its free addresses.</summary>
internal sealed class Subnet(string id, Zone zone, string cidr, bool isDefault, int addresses)
{
    // EC2 keeps the first four addresses of every subnet.
    private const int FirstAddress = 4;
    private readonly SortedSet<int> _returned = [];
    private int _next = FirstAddress;

    public string Id => id;

    public required string VpcId { get; init; }

    public Zone Zone => zone;

    public string Cidr => cidr;

    public bool IsDefault => isDefault;

    public required IReadOnlyDictionary<string, string> Tags { get; init; }

    public int FreeAddresses { get; set; } = addresses;

    /// <summary>Whether it is IPv6-only: its free addresses are not counted, and do not run out.</summary>
    public bool IsIpv6Only { get; init; }

    public string TakeAddress()
    {
        if (IsIpv6Only)
        {
            return $"2a05:d014:1::{_next++:x}";
        }

        FreeAddresses--;
        var number = _returned.Count > 0 ? _returned.Min : _next++;
        _returned.Remove(number);
        var network = cidr.Split('/')[0].Split('.').Select(int.Parse).ToArray();
        return $"{network[0]}.{network[1]}.{network[2] + (number >> 8)}.{number & 255}";
    }

    public void ReturnAddress(string address)
    {
        if (IsIpv6Only)
        {
            return;
        }

        FreeAddresses++;
        var parts = address.Split('.').Select(int.Parse).ToArray();
        _returned.Add(((parts[2] - int.Parse(cidr.Split('.')[2])) << 8) + parts[3]);
    }
}

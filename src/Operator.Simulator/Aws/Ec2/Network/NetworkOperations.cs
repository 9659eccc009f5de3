using Operator.Simulator.Aws.Wire;

namespace Operator.Simulator.Aws.Ec2.Network;

/// <summary>The Describe calls on the network.</summary>
internal sealed class NetworkOperations(Ec2World world)
{
    private string Account => world.Options.AccountId;

    private string VpcOf(SecurityGroup group) => group.VpcId ?? world.Network.VpcId;

    public void DescribeSubnets(QueryNode request, XmlAnswer xml)
    {
        var filters = new Filters(request);
        filters.CheckNames(
            "subnet-id", "vpc-id", "availability-zone", "availability-zone-id", "state", "cidr-block", "default-for-az", "owner-id");
        var ids = request.Texts("SubnetId");
        var named = ids.Count == 0 ? world.Network.Subnets : [.. ids.Select(world.Network.SubnetOf)];
        var page = Page.Cut(request, named.Where(subnet => filters.Match(name => ValuesOf(subnet, name))), (5, 1000));
        xml.List("subnetSet", page.Items, subnet => Write(subnet, xml));
        xml.Text("nextToken", page.NextToken);
    }

    public void DescribeSecurityGroups(QueryNode request, XmlAnswer xml)
    {
        var filters = new Filters(request);
        filters.CheckNames("group-id", "group-name", "vpc-id", "description", "owner-id");
        var (ids, names) = (request.Texts("GroupId"), request.Texts("GroupName"));
        var named = ids.Count == 0 ? world.Network.SecurityGroups : [.. ids.Select(world.Network.SecurityGroupOf)];
        var page = Page.Cut(
            request,
            named.Where(group => names.Count == 0 || names.Contains(group.Name))
                .Where(group => filters.Match(name => ValuesOf(group, name))),
            (5, 1000));
        xml.List("securityGroupInfo", page.Items, group =>
        {
            xml.Text("ownerId", Account);
            xml.Text("groupId", group.Id);
            xml.Text("groupName", group.Name);
            xml.Text("groupDescription", group.Description);
            xml.Text("vpcId", VpcOf(group));
            xml.Tags(group.Tags);
        });
        xml.Text("nextToken", page.NextToken);
    }

    public void DescribeVpcs(QueryNode request, XmlAnswer xml)
    {
        var filters = new Filters(request);
        filters.CheckNames("vpc-id", "is-default", "cidr");
        var ids = request.Texts("VpcId");
        if (ids.FirstOrDefault(id => id != world.Network.VpcId) is { } unknown)
        {
            throw new AwsException("InvalidVpcID.NotFound", $"The vpc ID '{unknown}' does not exist");
        }

        var passes = filters.Match(name => name switch
        {
            "vpc-id" => [world.Network.VpcId],
            "is-default" => ["true"],
            "cidr" => ["10.0.0.0/16"],
            _ => Filters.OfTags(name, world.Network.VpcTags),
        });
        xml.List("vpcSet", passes ? [world.Network] : Array.Empty<RegionNetwork>(), network =>
        {
            xml.Text("vpcId", network.VpcId);
            xml.Text("ownerId", Account);
            xml.Text("state", "available");
            xml.Text("cidrBlock", "10.0.0.0/16");
            xml.Flag("isDefault", true);
            xml.Tags(network.VpcTags);
        });
    }

    public void DescribeAvailabilityZones(QueryNode request, XmlAnswer xml)
    {
        var filters = new Filters(request);
        filters.CheckNames("zone-name", "zone-id", "region-name", "state", "zone-type", "opt-in-status");
        var (names, ids) = (request.Texts("ZoneName"), request.Texts("ZoneId"));
        var zones = world.Network.Zones
            .Where(zone => (names.Count == 0 || names.Contains(zone.Name)) && (ids.Count == 0 || ids.Contains(zone.Id)))
            .Where(zone => filters.Match(name => ValuesOf(zone, name)));
        xml.List("availabilityZoneInfo", zones, zone =>
        {
            xml.Text("zoneName", zone.Name);
            xml.Text("zoneId", zone.Id);
            xml.Text("zoneState", "available");
            xml.Text("zoneType", "availability-zone");
            xml.Text("regionName", world.Options.Region);
            xml.Text("groupName", world.Options.Region);
            xml.Text("networkBorderGroup", world.Options.Region);
            xml.Text("optInStatus", "opt-in-not-required");
        });
    }

    private void Write(Subnet subnet, XmlAnswer xml)
    {
        xml.Text("subnetId", subnet.Id);
        xml.Text("subnetArn", $"arn:aws:ec2:{world.Options.Region}:{Account}:subnet/{subnet.Id}");
        xml.Text("state", "available");
        xml.Text("ownerId", Account);
        xml.Text("vpcId", subnet.VpcId);
        xml.Text("cidrBlock", subnet.IsIpv6Only ? null : subnet.Cidr);
        xml.Flag("ipv6Native", subnet.IsIpv6Only);
        xml.Number("availableIpAddressCount", subnet.FreeAddresses);
        xml.Text("availabilityZone", subnet.Zone.Name);
        xml.Text("availabilityZoneId", subnet.Zone.Id);
        xml.Flag("defaultForAz", subnet.IsDefault);
        xml.Flag("mapPublicIpOnLaunch", false);
        xml.Tags(subnet.Tags);
    }

    private IEnumerable<string?>? ValuesOf(Subnet subnet, string name) => name switch
    {
        "subnet-id" => [subnet.Id],
        "vpc-id" => [subnet.VpcId],
        "availability-zone" => [subnet.Zone.Name],
        "availability-zone-id" => [subnet.Zone.Id],
        "state" => ["available"],
        "cidr-block" => [subnet.Cidr],
        "default-for-az" => [subnet.IsDefault ? "true" : "false"],
        "owner-id" => [Account],
        _ => Filters.OfTags(name, subnet.Tags),
    };

    private IEnumerable<string?>? ValuesOf(SecurityGroup group, string name) => name switch
    {
        "group-id" => [group.Id],
        "group-name" => [group.Name],
        "vpc-id" => [VpcOf(group)],
        "description" => [group.Description],
        "owner-id" => [Account],
        _ => Filters.OfTags(name, group.Tags),
    };

    private IEnumerable<string?>? ValuesOf(Zone zone, string name) => name switch
    {
        "zone-name" => [zone.Name],
        "zone-id" => [zone.Id],
        "region-name" => [world.Options.Region],
        "state" => ["available"],
        "zone-type" => ["availability-zone"],
        "opt-in-status" => ["opt-in-not-required"],
        _ => null,
    };
}

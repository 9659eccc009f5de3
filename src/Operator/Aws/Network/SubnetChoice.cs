namespace Operator.Aws.Network;

/// <summary>Chooses the subnets of a launch: a fleet request may not contain two in one zone.</summary>
internal static class SubnetChoice
{
    /// <summary>
    /// Of each zone the subnet with the most free addresses; full ones only where a zone has no other, and IPv6-only ones, which have more than enough, only where those with
    /// IPv4 are full.
    /// </summary>
    /// <param name="subnets">All that the spec means.</param>
    /// <returns>One per zone, sorted by zone.</returns>
    public static IReadOnlyList<Subnet> OnePerZone(IEnumerable<Subnet> subnets) =>
    [
        .. subnets
            .GroupBy(subnet => subnet.Zone, StringComparer.Ordinal)
            .Select(zone => zone.OrderByDescending(subnet => subnet.AvailableIps > 0).ThenBy(subnet => subnet.IsIpv6Only).ThenByDescending(subnet => subnet.AvailableIps).ThenBy(subnet => subnet.Id, StringComparer.Ordinal).First())
            .OrderBy(subnet => subnet.Zone, StringComparer.Ordinal),
    ];
}

namespace Operator.Aws.Network;

/// <summary>Chooses the subnets of a launch: a fleet request may not contain two in one zone.</summary>
internal static class SubnetChoice
{
    /// <summary>The subnet with the most free addresses in each zone; full ones only if a zone has no other.</summary>
    /// <param name="subnets">All subnets of the spec.</param>
    /// <returns>One per zone, sorted by zone.</returns>
    public static IReadOnlyList<Subnet> OnePerZone(IEnumerable<Subnet> subnets) =>
    [
        .. subnets
            .GroupBy(subnet => subnet.Zone, StringComparer.Ordinal)
            .Select(zone => zone.OrderByDescending(subnet => subnet.AvailableIps).ThenBy(subnet => subnet.Id, StringComparer.Ordinal).First())
            .OrderBy(subnet => subnet.Zone, StringComparer.Ordinal),
    ];
}

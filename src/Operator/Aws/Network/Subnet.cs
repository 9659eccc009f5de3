namespace Operator.Aws.Network;

/// <summary>A subnet that instances can be launched into.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Zone">Its availability zone, such as <c>eu-central-1a</c>.</param>
/// <param name="AvailableIps">Number of free addresses when AWS was last queried.</param>
/// <param name="VpcId">Its VPC.</param>
internal sealed record Subnet(string Id, string Zone, int AvailableIps, string VpcId)
{
    /// <summary>More free addresses than any account has machines.</summary>
    public const int Plenty = 1_000_000;

    /// <summary>Whether machines get an IPv6 address only. EC2 counts no free addresses there, and takes Nitro types alone.</summary>
    public bool IsIpv6Only { get; init; }
}

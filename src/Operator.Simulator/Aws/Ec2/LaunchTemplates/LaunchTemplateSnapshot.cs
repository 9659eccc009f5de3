namespace Operator.Simulator.Aws.Ec2.LaunchTemplates;

/// <summary>The current state of a launch template; for tests and oracles.</summary>
/// <param name="Id">The id.</param>
/// <param name="Name">The name.</param>
/// <param name="Tags">The tags.</param>
public sealed record LaunchTemplateSnapshot(string Id, string Name, IReadOnlyDictionary<string, string> Tags)
{
    /// <summary>The image.</summary>
    public string? ImageId { get; init; }

    /// <summary><c>enabled</c> or <c>disabled</c>, if it says so.</summary>
    public string? NestedVirtualization { get; init; }

    /// <summary><c>standard</c> or <c>unlimited</c>, if it says so.</summary>
    public string? CpuCredits { get; init; }

    /// <summary>Whether its machines reach their metadata by IPv6.</summary>
    public bool HasMetadataIpv6 { get; init; }
}

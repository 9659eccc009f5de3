namespace Operator.Aws.Offerings;

/// <summary>An instance type in a zone, which EC2 can launch.</summary>
/// <param name="InstanceType">The instance type.</param>
/// <param name="Zone">The availability zone.</param>
/// <param name="SubnetId">The subnet to launch into.</param>
/// <param name="Price">US dollars an hour in the requested usage class, if known; the on-demand price for spot without a known price.</param>
internal sealed record Offering(string InstanceType, string Zone, string SubnetId, decimal? Price)
{
    /// <summary>Virtual CPUs, the unit of EC2's quotas.</summary>
    public int VCpus { get; init; }

    /// <summary><c>amd64</c> or <c>arm64</c>; null where it does not matter.</summary>
    public string? Architecture { get; init; }
}

/// <summary>A runner's requirements of a machine.</summary>
/// <param name="Cpu">Virtual CPUs.</param>
/// <param name="MemoryMiB">Memory; 0 when any will do.</param>
/// <param name="IsExact">Exactly so many CPUs and so much memory, rather than at least.</param>
/// <param name="Architecture"><c>amd64</c>, <c>arm64</c> or <see cref="AnyArchitecture"/>.</param>
/// <param name="GpuCount">Accelerators at least; 0 means a type without any.</param>
/// <param name="GpuNames">Names of accelerators that will do; empty means any.</param>
/// <param name="Allowed">Patterns of instance types; empty means every type. Burstable types, bare metal and previous generations must be named.</param>
/// <param name="Excluded">Patterns that take precedence.</param>
internal sealed record MachineNeeds(
    int Cpu,
    long MemoryMiB,
    bool IsExact,
    string Architecture,
    int GpuCount,
    IReadOnlyList<string> GpuNames,
    IReadOnlyList<string> Allowed,
    IReadOnlyList<string> Excluded)
{
    /// <summary>Either architecture will do.</summary>
    public const string AnyArchitecture = "any";

    /// <summary>The operating system that it runs, in EC2's words, which the price depends on.</summary>
    public string Platform { get; init; } = Platforms.Linux;

    /// <summary>Whether it must be able to run virtual machines; bare metal needs not be asked.</summary>
    public bool NestedVirtualization { get; init; }

    /// <summary>Whether it must be a burstable type.</summary>
    public bool OnlyBurstable { get; init; }

    /// <summary>Whether it must be able to hibernate.</summary>
    public bool Hibernation { get; init; }

    /// <summary>Maximum memory; null for no limit.</summary>
    public long? MostMemoryMiB { get; init; }

    /// <summary>Patterns of which one must match besides <see cref="Allowed"/>; empty means no further bound.</summary>
    public IReadOnlyList<string> Within { get; init; } = [];

    /// <summary>Minimum memory of each accelerator; 0 for any.</summary>
    public int GpuMemoryMiB { get; init; }

    /// <summary>Accepted accelerator manufacturers; empty for any.</summary>
    public IReadOnlyList<string> GpuManufacturers { get; init; } = [];

    /// <summary>Accepted processor manufacturers; empty for any.</summary>
    public IReadOnlyList<string> Processors { get; init; } = [];

    /// <summary>Minimum size of local NVMe disks, in GB; 0 for none.</summary>
    public long LocalStorageGB { get; init; }

    /// <summary>Minimum baseline network bandwidth, in Gbit/s.</summary>
    public int NetworkGbps { get; init; }
}

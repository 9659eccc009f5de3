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
}

/// <summary>A runner's requirements of a machine.</summary>
/// <param name="Cpu">Virtual CPUs.</param>
/// <param name="MemoryMiB">Memory; 0 for any.</param>
/// <param name="IsExact">Whether CPUs and memory must match exactly instead of at least.</param>
/// <param name="Architecture"><c>amd64</c> or <c>arm64</c>.</param>
/// <param name="GpuCount">Minimum number of accelerators; 0 means a type without any.</param>
/// <param name="GpuNames">Accepted accelerators; empty for any.</param>
/// <param name="Allowed">Patterns of instance types; empty for all. Burstable types, bare metal and previous generations must be named.</param>
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
    /// <summary>Patterns of which one must match in addition to <see cref="Allowed"/>; empty for no restriction.</summary>
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

namespace Operator.Aws.Offerings;

/// <summary>Something EC2 can sell: an instance type in a zone.</summary>
/// <param name="InstanceType">The instance type.</param>
/// <param name="Zone">The availability zone.</param>
/// <param name="SubnetId">The subnet to launch into.</param>
/// <param name="Price">US dollars an hour in the usage class that is wanted, where known; of a spot machine without a known price that on demand.</param>
internal sealed record Offering(string InstanceType, string Zone, string SubnetId, decimal? Price)
{
    /// <summary>Virtual CPUs, by which EC2's quotas count.</summary>
    public int VCpus { get; init; }

    /// <summary><c>amd64</c> or <c>arm64</c>; null where it does not matter.</summary>
    public string? Architecture { get; init; }
}

/// <summary>What a runner needs of a machine.</summary>
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

    /// <summary>Whether it must be able to run virtual machines; bare metal needs not be asked.</summary>
    public bool NestedVirtualization { get; init; }

    /// <summary>Whether it must be a burstable type.</summary>
    public bool OnlyBurstable { get; init; }

    /// <summary>Patterns of which one must match besides <see cref="Allowed"/>; empty means no further bound.</summary>
    public IReadOnlyList<string> Within { get; init; } = [];

    /// <summary>Memory of each accelerator at least; 0 when any will do.</summary>
    public int GpuMemoryMiB { get; init; }

    /// <summary>Makers of accelerators that will do; empty means any.</summary>
    public IReadOnlyList<string> GpuManufacturers { get; init; } = [];

    /// <summary>Makers of processors that will do; empty means any.</summary>
    public IReadOnlyList<string> Processors { get; init; } = [];

    /// <summary>Local NVMe disks at least, in GB; 0 when none are needed.</summary>
    public long LocalStorageGB { get; init; }

    /// <summary>Network bandwidth that is always there at least, in Gbit/s.</summary>
    public int NetworkGbps { get; init; }
}

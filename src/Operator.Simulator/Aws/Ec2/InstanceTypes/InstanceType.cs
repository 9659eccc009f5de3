namespace Operator.Simulator.Aws.Ec2.InstanceTypes;

/// <summary>One instance type of the catalogue; units as in the names.</summary>
internal sealed record InstanceType
{
    public required string Name { get; init; }

    public required int VCpus { get; init; }

    public required long MemoryMiB { get; init; }

    public required IReadOnlyList<string> Architectures { get; init; }

    public required string Manufacturer { get; init; }

    public required IReadOnlyList<string> UsageClasses { get; init; }

    public required bool IsCurrentGeneration { get; init; }

    public required bool IsBurstable { get; init; }

    public required bool IsBareMetal { get; init; }

    public string? Hypervisor { get; init; }

    public Accelerator? Gpu { get; init; }

    /// <summary>Baseline network bandwidth in Gbit/s; null if not published.</summary>
    public double? NetworkGbps { get; init; }

    public long? StorageGB { get; init; }

    public string? NvmeSupport { get; init; }

    public required string NetworkPerformance { get; init; }

    /// <summary>US dollars an hour.</summary>
    public required decimal OnDemandPrice { get; init; }

    /// <summary>Whether it can run virtual machines by KVM, though it is one itself.</summary>
    public bool IsNesting(SimulatedAwsOptions options) => !IsBareMetal && options.NestedVirtualization.Contains(Name.Split('.')[0]);

    /// <summary>Whether a zone has it: the third zone lacks bare metal and previous generations, so that zones differ.</summary>
    public bool IsOfferedIn(string zone) => !zone.EndsWith('c') || (IsCurrentGeneration && !IsBareMetal);
}

/// <summary>The accelerators of an instance type.</summary>
internal sealed record Accelerator(string Name, string Manufacturer, int Count, int MemoryMiB);

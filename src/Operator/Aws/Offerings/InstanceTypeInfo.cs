namespace Operator.Aws.Offerings;

/// <summary>Properties of an instance type, and where it is offered.</summary>
/// <param name="Name">Such as <c>c7a.xlarge</c>.</param>
/// <param name="VCpus">Number of virtual processors.</param>
/// <param name="MemoryMiB">Memory in MiB.</param>
internal sealed record InstanceTypeInfo(string Name, int VCpus, long MemoryMiB)
{
    /// <summary><c>amd64</c> and <c>arm64</c>; architectures without runners are omitted.</summary>
    public IReadOnlyList<string> Architectures { get; init; } = [];

    /// <summary><c>spot</c> and <c>on-demand</c>, EC2's names.</summary>
    public IReadOnlyList<string> UsageClasses { get; init; } = [];

    /// <summary>Whether its processors need credits to run at full speed.</summary>
    public bool Burstable { get; init; }

    public bool BareMetal { get; init; }

    /// <summary>False for previous generations.</summary>
    public bool CurrentGeneration { get; init; }

    /// <summary><c>nitro</c> or <c>xen</c>; null for bare metal.</summary>
    public string? Hypervisor { get; init; }

    /// <summary>Whether it sees tag changes without a restart, as only Nitro machines do, including bare metal.</summary>
    public bool IsNitro => Hypervisor is null or "nitro";

    /// <summary>Whether it supports hardware virtualization, which current images require.</summary>
    public bool IsHvm { get; init; } = true;

    /// <summary>The processor's manufacturer, such as <c>Intel</c>, <c>AMD</c> or <c>AWS</c>.</summary>
    public string Processor { get; init; } = "";

    public IReadOnlyList<Gpu> Gpus { get; init; } = [];

    /// <summary>Accelerators other than GPUs: inference, training, media, FPGAs.</summary>
    public IReadOnlyList<Gpu> OtherAccelerators { get; init; } = [];

    /// <summary>Size of its ephemeral disks, in GB; 0 for none.</summary>
    public long LocalStorageGB { get; init; }

    /// <summary>Whether they are NVMe.</summary>
    public bool HasLocalNvme { get; init; }

    /// <summary>Its baseline network bandwidth in Gbit/s, not the burst bandwidth.</summary>
    public double NetworkGbps { get; init; }

    /// <summary>Whether it can run virtual machines by KVM, though it is one itself.</summary>
    public bool HasNestedVirtualization { get; init; }

    /// <summary>Whether it can hibernate.</summary>
    public bool CanHibernate { get; init; }

    /// <summary>Zones that offer it, sorted.</summary>
    public IReadOnlyList<string> Zones { get; init; } = [];
}

/// <summary>GPUs or other accelerators of one model.</summary>
/// <param name="Name">Lower-case, such as <c>t4</c>.</param>
/// <param name="Count">How many.</param>
/// <param name="Manufacturer">Lower-case, such as <c>nvidia</c>.</param>
internal sealed record Gpu(string Name, int Count, string Manufacturer)
{
    /// <summary>Memory of each, in MiB; 0 if EC2 does not say.</summary>
    public int MemoryMiB { get; init; }
}

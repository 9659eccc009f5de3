namespace Operator.Aws.Offerings;

/// <summary>What an instance type is made of, and where it is offered.</summary>
/// <param name="Name">Such as <c>c7a.xlarge</c>.</param>
/// <param name="VCpus">Number of virtual processors.</param>
/// <param name="MemoryMiB">Memory in MiB.</param>
internal sealed record InstanceTypeInfo(string Name, int VCpus, long MemoryMiB)
{
    /// <summary><c>amd64</c> and <c>arm64</c>; those that runners do not exist for are left out.</summary>
    public IReadOnlyList<string> Architectures { get; init; } = [];

    /// <summary><c>spot</c> and <c>on-demand</c>, EC2's words.</summary>
    public IReadOnlyList<string> UsageClasses { get; init; } = [];

    /// <summary>Whether its processors run at full speed on credit only.</summary>
    public bool Burstable { get; init; }

    public bool BareMetal { get; init; }

    /// <summary>False for types that EC2 calls previous.</summary>
    public bool CurrentGeneration { get; init; }

    /// <summary><c>nitro</c> or <c>xen</c>; null for bare metal.</summary>
    public string? Hypervisor { get; init; }

    /// <summary>Whether it sees its tags change without a restart, as only Nitro machines, bare metal included, do.</summary>
    public bool IsNitro => Hypervisor is null or "nitro";

    /// <summary>Whether it takes images of today: hardware virtualization.</summary>
    public bool IsHvm { get; init; } = true;

    /// <summary>Who makes its processor, such as <c>Intel</c>, <c>AMD</c> or <c>AWS</c>.</summary>
    public string Processor { get; init; } = "";

    public IReadOnlyList<Gpu> Gpus { get; init; } = [];

    /// <summary>Accelerators that are no GPUs: for inference and training, of media, FPGAs.</summary>
    public IReadOnlyList<Gpu> OtherAccelerators { get; init; } = [];

    /// <summary>Disks that are lost when the machine ends, in GB; 0 for none.</summary>
    public long LocalStorageGB { get; init; }

    /// <summary>Whether these disks are NVMe.</summary>
    public bool HasLocalNvme { get; init; }

    /// <summary>What its network always gives, in Gbit/s; what it may give for a while is more.</summary>
    public double NetworkGbps { get; init; }

    /// <summary>Whether it can run virtual machines by KVM, though it is one itself.</summary>
    public bool HasNestedVirtualization { get; init; }

    /// <summary>Zones that offer it, sorted.</summary>
    public IReadOnlyList<string> Zones { get; init; } = [];
}

/// <summary>GPUs, or other accelerators, of one model.</summary>
/// <param name="Name">In lower case, such as <c>t4</c>.</param>
/// <param name="Count">How many.</param>
/// <param name="Manufacturer">In lower case, such as <c>nvidia</c>.</param>
internal sealed record Gpu(string Name, int Count, string Manufacturer)
{
    /// <summary>Memory of each, in MiB; 0 when EC2 does not say.</summary>
    public int MemoryMiB { get; init; }
}

using Operator.Aws.Offerings;

namespace Operator.Tests.Aws.Offerings;

public sealed class TypeFiltersTests
{
    private static readonly MachineNeeds Small = new(2, 4096, IsExact: false, "amd64", 0, [], [], []);

    private static readonly InstanceTypeInfo Current = new("m7a.large", 2, 8192) { Architectures = ["amd64"], CurrentGeneration = true, Hypervisor = "nitro" };

    [Theory]
    [InlineData("m4.large", false, "xen", "", false)]
    [InlineData("m4.large", false, "xen", "m*", false)]
    [InlineData("m4.large", false, "xen", "*", false)]
    [InlineData("m4.large", false, "xen", "m4*", true)]
    [InlineData("m4.large", false, "xen", "m4.large", true)]
    [InlineData("a1.large", false, "nitro", "a*", false)]
    [InlineData("r9.large", true, "xen", "r*", false)]
    [InlineData("r9.large", true, "nitro", "r*", true)]
    [InlineData("r9.metal", true, null, "*.metal", true)]
    public void PreviousGenerationsAndXen_OnlyByName(string name, bool current, string? hypervisor, string allowed, bool passes)
    {
        var type = Current with { Name = name, CurrentGeneration = current, Hypervisor = hypervisor, BareMetal = hypervisor is null };

        Assert.Equal(passes, TypeFilters.Pass(type, Small with { Allowed = allowed.Split(',', StringSplitOptions.RemoveEmptyEntries) }));
    }

    [Fact]
    public void Paravirtual_OnlyByName() => Assert.False(TypeFilters.Pass(Current with { IsHvm = false }, Small));

    [Fact]
    public void Accelerators_OfAnyKind_OnlyIfAskedFor()
    {
        var neuron = Current with { Name = "inf2.xlarge", OtherAccelerators = [new("inferentia2", 1, "aws") { MemoryMiB = 32_768 }] };

        Assert.False(TypeFilters.Pass(neuron, Small with { Allowed = ["*"] }));
        Assert.False(TypeFilters.Pass(neuron, Small with { GpuCount = 1 })); // a GPU is meant
        Assert.True(TypeFilters.Pass(neuron, Small with { GpuCount = 1, GpuNames = ["Inferentia2"] }));
    }

    [Theory]
    [InlineData(16, "", true)]
    [InlineData(24, "", false)]
    [InlineData(16, "nvidia", true)]
    [InlineData(16, "amd", false)]
    public void Accelerators_MemoryAndMaker(int gib, string maker, bool passes)
    {
        var type = Current with { Gpus = [new("t4", 1, "nvidia") { MemoryMiB = 16 * 1024 }] };
        var needs = Small with { GpuCount = 1, GpuMemoryMiB = gib * 1024, GpuManufacturers = maker.Split(',', StringSplitOptions.RemoveEmptyEntries) };

        Assert.Equal(passes, TypeFilters.Pass(type, needs));
    }

    [Theory]
    [InlineData("amd64", true, true)]
    [InlineData("arm64", false, true)]
    [InlineData("any", true, true)]
    public void Architecture_Any_TakesBoth(string wanted, bool amd, bool both)
    {
        Assert.Equal(amd, TypeFilters.Pass(Current, Small with { Architecture = wanted }));
        Assert.Equal(both, TypeFilters.Pass(Current with { Architectures = [wanted == "any" ? "arm64" : wanted] }, Small with { Architecture = wanted }));
    }

    [Fact]
    public void NestedVirtualizationAndCredits_TakeTheTypesThatHaveThem()
    {
        var nested = Small with { NestedVirtualization = true };
        var credits = Small with { OnlyBurstable = true, Allowed = ["t*"] };

        Assert.False(TypeFilters.Pass(Current, nested));
        Assert.True(TypeFilters.Pass(Current with { HasNestedVirtualization = true }, nested));
        Assert.Contains("name bare metal without it", TypeFilters.WhatRemovesTheLast([Current], nested), StringComparison.Ordinal);
        Assert.False(TypeFilters.Pass(Current with { Name = "trn1.2xlarge" }, credits));
        Assert.True(TypeFilters.Pass(Current with { Name = "t3.large", Burstable = true }, credits));
    }

    [Fact]
    public void ProcessorDisksAndNetwork_AreWhatTheClassSays()
    {
        var type = Current with { Processor = "AMD", LocalStorageGB = 118, HasLocalNvme = true, NetworkGbps = 0.781 };

        Assert.True(TypeFilters.Pass(type, Small with { Processors = ["intel", "amd"], LocalStorageGB = 118 }));
        Assert.False(TypeFilters.Pass(type, Small with { Processors = ["intel"] }));
        Assert.False(TypeFilters.Pass(type, Small with { LocalStorageGB = 119 }));
        Assert.False(TypeFilters.Pass(type with { HasLocalNvme = false }, Small with { LocalStorageGB = 1 }));
        Assert.False(TypeFilters.Pass(type, Small with { NetworkGbps = 1 }));
        Assert.True(TypeFilters.Pass(type with { NetworkGbps = 1 }, Small with { NetworkGbps = 1 }));
    }

    [Fact]
    public void WhatRemovesTheLast_NamesTheFilterAndSomeTypes()
    {
        InstanceTypeInfo[] catalogue =
        [
            Current, Current with { Name = "m7g.large", Architectures = ["arm64"] }, Current with { Name = "m7a.medium", VCpus = 1 },
        ];

        Assert.Null(TypeFilters.WhatRemovesTheLast(catalogue, Small));
        Assert.Equal("instanceTypes.allowed (c*) removes the last 1, m7a.large", TypeFilters.WhatRemovesTheLast(catalogue, Small with { Allowed = ["c*"] }));
        Assert.Equal("at least 4 CPUs and 4096 MiB of memory removes the last 2, m7a.large, m7a.medium", TypeFilters.WhatRemovesTheLast(catalogue, Small with { Cpu = 4 }));
        Assert.Equal("EC2 lists no instance types", TypeFilters.WhatRemovesTheLast([], Small));
        Assert.StartsWith("networkGbps (5) removes", TypeFilters.WhatRemovesTheLast(catalogue, Small with { NetworkGbps = 5 }), StringComparison.Ordinal);
    }
}

using Operator.Common;
using Operator.ResourceClasses;

namespace Operator.Tests.ResourceClasses;

public sealed class MachineNeedsReaderTests
{
    [Fact]
    public void Nothing_AskedFor_IsAnyMachineOfTheUsualFamilies()
    {
        var needs = MachineNeedsReader.Read(new(), narrowed: null);

        Assert.Equal((1, 0L, false, "amd64", 0), (needs.Cpu, needs.MemoryMiB, needs.IsExact, needs.Architecture, needs.GpuCount));
        Assert.Equal(["c*", "m*", "r*"], needs.Allowed);
    }

    [Fact]
    public void Accelerators_WithoutACount_AreOneAtLeast_OfAnyFamily()
    {
        var needs = MachineNeedsReader.Read(new() { Accelerators = new() { Names = ["t4"] } }, narrowed: null);

        Assert.Equal(1, needs.GpuCount);
        Assert.Empty(needs.Allowed);
    }

    [Fact]
    public void Lease_NarrowsWhatItsClassAllows()
    {
        var needs = MachineNeedsReader.Read(new() { InstanceTypes = new() { Allowed = ["c*", "m*"], Excluded = ["c4.*"] } }, new() { Allowed = ["*.large"], Excluded = ["m4.*"] });

        Assert.Equal(["c*", "m*"], needs.Allowed);
        Assert.Equal(["*.large"], needs.Within);
        Assert.Equal(["c4.*", "m4.*"], needs.Excluded);
    }

    [Fact]
    public void Memory_IsRoundedUpToMiB() => Assert.Equal(954, MachineNeedsReader.Read(new() { Memory = "1000000000" }, null).MemoryMiB);

    [Fact]
    public void Memory_ThatIsNoQuantity_IsSaid() =>
        Assert.Equal("InvalidQuantity", Assert.Throws<ProviderException>(() => MachineNeedsReader.Read(new() { Memory = "much" }, null)).Reason);
}

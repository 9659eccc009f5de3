using Operator.Entities;
using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerPools;
using Operator.Settings;
using Operator.Tests.Leases;

namespace Operator.Tests.Settings;

/// <summary>An idle machine stays as long as the pool would launch one like it.</summary>
public sealed class MachineFitTests
{
    private static readonly MachineFit Fit = new(
        [new("m7a.large", 2, 8192) { Architectures = ["amd64"], CurrentGeneration = true, Hypervisor = "nitro" }, new("m7a.xlarge", 4, 16384) { Architectures = ["amd64"], CurrentGeneration = true, Hypervisor = "nitro" }],
        new(Cpu: 2, MemoryMiB: 4096, IsExact: false, "amd64", GpuCount: 0, [], [], []),
        new HashSet<string> { "subnet-1" },
        UsageClass.Spot,
        new PurchasingSpec());

    [Theory]
    [InlineData(UsageClass.Spot, "reserved", false)]
    [InlineData(UsageClass.OnDemand, "reserved", false)]
    [InlineData(UsageClass.Reserved, "reserved", false)]
    [InlineData(UsageClass.Reserved, "spot", true)]
    [InlineData(UsageClass.Reserved, "on-demand", true)]
    public void Difference_ReservedMachine_IsAlwaysWanted(UsageClass ofPool, string bought, bool differs) =>
        Assert.Equal(differs, (Fit with { UsageClass = ofPool }).Difference(Machine(lease => lease.Status!.Instance!.UsageClass = bought)) is not null);

    [Fact]
    public void Difference_MachineOfThePoolsKind_IsNone() => Assert.Null(Fit.Difference(Machine()));

    [Fact]
    public void Difference_TypeTooSmallForTheClass_IsNamed()
    {
        var larger = Fit with { Needs = Fit.Needs with { Cpu = 4 } };

        Assert.Equal("idle on a m7a.large, which the pool's class no longer allows", larger.Difference(Machine()));
        Assert.Null(larger.Difference(Machine(lease => lease.Status!.Instance!.Type = "m7a.xlarge")));
    }

    // The pool does not override a lease's own request, and nothing is known about a type that EC2 no longer lists.
    [Fact]
    public void Difference_LeaseWithAClassOrTypesOfItsOwn_OrUnknownType_IsNone()
    {
        var larger = Fit with { Needs = Fit.Needs with { Cpu = 4 } };

        Assert.Null(larger.Difference(Machine(lease => lease.Spec.ResourceClassName = "small")));
        Assert.Null(larger.Difference(Machine(lease => lease.Spec.InstanceTypes = new InstanceTypePatterns())));
        Assert.Null(larger.Difference(Machine(lease => lease.Status!.Instance!.Type = "m1.small")));
    }

    [Theory]
    [InlineData("subnet-1", false)]
    [InlineData("subnet-2", true)]
    [InlineData(null, false)]
    public void Difference_SubnetThatThePoolHasLeft_IsNamed(string? subnet, bool differs) =>
        Assert.Equal(differs, Fit.Difference(Machine(lease => lease.Status!.Instance!.SubnetId = subnet)) is not null);

    [Theory]
    [InlineData(UsageClass.OnDemand, "spot", true)]
    [InlineData(UsageClass.OnDemand, "on-demand", false)]
    [InlineData(UsageClass.Spot, "on-demand", true)]
    [InlineData(UsageClass.Spot, "spot", false)]
    public void Difference_UsageClassThatThePoolNoLongerBuys_IsNamed(UsageClass wanted, string bought, bool differs)
    {
        var fit = Fit with { UsageClass = wanted };

        Assert.Equal(differs, fit.Difference(Machine(lease => lease.Status!.Instance!.UsageClass = bought)) is not null);
        Assert.Null(fit.Difference(Machine(lease => (lease.Status!.Instance!.UsageClass, lease.Spec.UsageClass) = (bought, UsageClass.Spot))));
    }

    // A base, a share and a fallback are on demand although the pool buys spot.
    [Theory]
    [InlineData(1, null, null)]
    [InlineData(null, 20, null)]
    [InlineData(null, null, "5m")]
    public void Difference_OnDemandMachineOfAMixedPool_IsNone(int? onDemandBase, int? share, string? fallback)
    {
        var mixed = Fit with
        {
            Purchasing = new()
            {
                OnDemandBase = onDemandBase,
                OnDemandPercentageAboveBase = share,
                OnDemandFallback = fallback is null ? null : new() { After = fallback },
            },
        };

        Assert.Null(mixed.Difference(Machine(lease => lease.Status!.Instance!.UsageClass = "on-demand")));
    }

    private static V1Alpha1RunnerLease Machine(Action<V1Alpha1RunnerLease>? change = null) => Some.Idle(change: lease =>
    {
        lease.Status!.Instance!.SubnetId = "subnet-1";
        change?.Invoke(lease);
    });
}

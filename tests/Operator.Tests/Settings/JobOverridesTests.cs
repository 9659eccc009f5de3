using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerPools;
using Operator.Leases;
using Operator.Settings;
using Operator.Tests.Leases;
using Cpu = Operator.Entities.ResourceClasses.Architecture;

namespace Operator.Tests.Settings;

/// <summary>Labels by which a job chooses its machine.</summary>
public sealed class JobOverridesTests
{
    private static readonly JobOverridesSpec Limits = new() { MaxCpu = 16, MaxMemory = "64Gi", MaxDisk = "200Gi", Spot = true };

    [Theory]
    [InlineData("cpu=16", true)]
    [InlineData("CPU=16", true)]
    [InlineData("cpu=17", false)]
    [InlineData("cpu=0", false)]
    [InlineData("cpu=-1", false)]
    [InlineData("cpu=four", false)]
    [InlineData("cpu=", false)]
    [InlineData("cpu=99999999999", false)]
    [InlineData("memory=64Gi", true)]
    [InlineData("memory=64gi", true)]
    [InlineData("memory=65Gi", false)]
    [InlineData("memory=64", false)]
    [InlineData("memory=1M", false)]
    [InlineData("disk=200Gi,cpu=2", true)]
    [InlineData("disk=1Ti", false)]
    [InlineData("spot=false", true)]
    [InlineData("spot=perhaps", false)]
    [InlineData("arch=arm64", false)]
    [InlineData("gpu", false)]
    [InlineData("=8", false)]
    [InlineData("", true)]
    public void Allows_WhatIsWithinTheBounds(string labels, bool expected) =>
        Assert.Equal(expected, JobOverrides.Allows(labels.Split(',', StringSplitOptions.RemoveEmptyEntries), Limits));

    [Theory]
    [InlineData("cpu=1")]
    [InlineData("memory=1Gi")]
    [InlineData("disk=1Gi")]
    [InlineData("spot=true")]
    public void Allows_NothingWhereThePoolDoesNotSaySo(string label)
    {
        Assert.False(JobOverrides.Allows([label], allowed: null));
        Assert.False(JobOverrides.Allows([label], new()));
    }

    [Theory]
    [InlineData("computetype-spot", true, UsageClass.Spot)]
    [InlineData("ComputeType-OnDemand", true, UsageClass.OnDemand)]
    [InlineData("computetype-ondemand", false, null)]
    [InlineData("computetype-other", true, null)]
    public void ComputeType_OfAPoolWhoseRunnersTellIt_ChoosesTheUsageClass(string label, bool isTold, UsageClass? expected)
    {
        var lease = Some.Lease();
        var allowed = JobOverrides.Allows([label], allowed: null, isTold);
        if (allowed)
        {
            JobOverrides.WriteTo(lease, label);
        }

        Assert.Equal((expected is not null, expected), (allowed, lease.Spec.UsageClass));
    }

    [Fact]
    public void SelfLabels_SayWhatTheMachineIs_AndHoldersHaveTheirOwnOnly()
    {
        var pool = Some.Pool with { SelfLabels = [SelfLabel.UsageClass, SelfLabel.Architecture, SelfLabel.InstanceType, SelfLabel.Zone], Architecture = "arm64" };
        var lease = Some.Launched(change: lease => lease.Spec.JobLabels = ["computetype-spot"]);

        Assert.Equal(["linux", "computetype-spot", "arch-arm64", "type-m7a.large", "zone-a"], RunnerLeasePlanner.LabelsFor(lease, pool));
        Assert.Equal(["linux"], RunnerLeasePlanner.LabelsFor(Some.Lease(), pool));
        Assert.Equal(["anna"], RunnerLeasePlanner.LabelsFor(Some.Launched(change: Some.Hold), pool));
        Assert.Equal(
            ["linux", "computetype-ondemand"],
            RunnerLeasePlanner.LabelsFor(Some.Launched(change: lease => lease.Status!.Instance!.UsageClass = "on-demand"), Some.Pool with { SelfLabels = [SelfLabel.UsageClass] }));
    }

    [Theory]
    [InlineData("arch=arm64", true)]
    [InlineData("ARCH=AArch64", true)]
    [InlineData("arch=amd64", false)]
    [InlineData("arch=any", false)]
    [InlineData("arch=", false)]
    [InlineData("arch=arm64,arch=aarch64", true)]
    [InlineData("arch=arm64,arch=x64", false)] // no machine is both
    [InlineData("image=tools", true)]
    [InlineData("Image=Tools", true)]
    [InlineData("image=other", false)]
    [InlineData("image=", false)]
    [InlineData("image=tools,image=more", false)]
    [InlineData("arch=arm64,image=more,cpu=2", true)]
    public void Allows_ArchitecturesAndImagesThatAreListed(string labels, bool expected) => Assert.Equal(
        expected,
        JobOverrides.Allows(labels.Split(','), new() { MaxCpu = 2, Architectures = [Cpu.Arm64], Images = ["tools", "more"] }));

    [Theory]
    [InlineData(Cpu.Arm64, null, "arm64 is not among the pool's jobOverrides.architectures (amd64)")]
    [InlineData(null, "other", "other is not among the pool's jobOverrides.images (tools)")]
    [InlineData(Cpu.Amd64, "tools", null)]
    public void ProblemOf_LeaseThatAsksForWhatIsNotListed_SaysWhatIs(Cpu? architecture, string? image, string? expected)
    {
        var asked = new LeaseResources { Architecture = architecture, Image = image };

        var problem = JobOverrides.ProblemOf(asked, new() { Architectures = [Cpu.Amd64], Images = ["tools"] });

        Assert.Equal(expected is null, problem is null);
        Assert.Contains(expected ?? "", problem ?? "", StringComparison.Ordinal);
        Assert.Contains("set spec.jobOverrides.", JobOverrides.ProblemOf(asked, allowed: null), StringComparison.Ordinal);
    }

    [Fact]
    public void WriteTo_ArchitectureAndImage_AreTheLeases()
    {
        var lease = Some.Lease();

        JobOverrides.WriteTo(lease, "arch=aarch64,image=Tools");

        Assert.Equal((Cpu.Arm64, "tools"), (lease.Spec.Resources!.Architecture!.Value, lease.Spec.Resources.Image));
    }

    // A job that names the pool's architecture must not land on a machine of the other one.
    [Theory]
    [InlineData("amd64", Cpu.Arm64, "linux,self-hosted")]
    [InlineData("amd64", Cpu.Amd64, "linux,self-hosted,x64")]
    [InlineData("amd64", null, "linux,self-hosted,x64")]
    public void RunnerOfAnotherArchitecture_HasNotThePoolsLabelOfIt(string pool, Cpu? own, string expected)
    {
        var lease = Some.Lease(change: lease => lease.Spec.Resources = own is null ? null : new() { Architecture = own });

        Assert.Equal(expected, string.Join(',', RunnerLabels.Of(lease, Some.Pool with { Labels = ["linux", "self-hosted", "x64"], Architecture = pool })));
    }

    [Fact]
    public void WriteTo_Labels_AreWhatTheMachineMustHave()
    {
        var lease = Some.Lease();

        JobOverrides.WriteTo(lease, "cpu=8,CPU=16,memory=32gi,disk=100Gi,spot=false");

        Assert.Equal((16, "32Gi", "100Gi"), (lease.Spec.Resources!.Cpu, lease.Spec.Resources.Memory, lease.Spec.Resources.Disk));
        Assert.Equal(UsageClass.OnDemand, lease.Spec.UsageClass);
        Assert.Equal(5, lease.Spec.JobLabels!.Count);
    }

    // A job rerun on demand ignores its label.
    [Fact]
    public void WriteTo_UsageClassThatIsSet_Stays()
    {
        var lease = Some.Lease(change: lease => lease.Spec.UsageClass = UsageClass.OnDemand);

        JobOverrides.WriteTo(lease, "spot=true");

        Assert.Equal(UsageClass.OnDemand, lease.Spec.UsageClass);
        Assert.Null(lease.Spec.Resources);
    }

    [Theory]
    [InlineData(null, null, true)]
    [InlineData(null, "cpu=8", false)]
    [InlineData("cpu=8", "cpu=8", true)]
    [InlineData("cpu=8,disk=9Gi", "CPU=8", true)]
    [InlineData("cpu=8", "cpu=8,disk=9Gi", false)]
    [InlineData("cpu=8", null, true)]
    public void Serves_RunnerWithAllLabelsOfTheJob(string? ofLease, string? ofJob, bool expected) =>
        Assert.Equal(expected, JobOverrides.Serves(Some.Lease(change: lease => lease.Spec.JobLabels = ofLease?.Split(',').ToList()), ofJob));

    [Theory]
    [InlineData(16, null, null, null)]
    [InlineData(17, null, null, "17 is more than the pool's jobOverrides.maxCpu (16)")]
    [InlineData(null, "65Gi", null, "jobOverrides.maxMemory")]
    [InlineData(null, null, "1Ti", "jobOverrides.maxDisk")]
    public void ProblemOf_LeaseThatAsksForMore_SaysWhatToDo(int? cpu, string? memory, string? disk, string? expected)
    {
        var problem = JobOverrides.ProblemOf(new LeaseResources { Cpu = cpu, Memory = memory, Disk = disk }, Limits);

        Assert.Equal(expected is null, problem is null);
        Assert.Contains(expected ?? "", problem ?? "", StringComparison.Ordinal);
    }

    [Fact]
    public void ProblemOf_PoolWithoutOverrides_SaysWhereToAllowThem() => Assert.Contains(
        "set spec.jobOverrides.maxCpu in the pool", JobOverrides.ProblemOf(new LeaseResources { Cpu = 1 }, allowed: null), StringComparison.Ordinal);

    // What all runners of the pool have chooses no machine.
    [Fact]
    public void Of_LabelsOfThePool_AreNone()
    {
        var pool = new V1Alpha1RunnerPool { Spec = { GitHub = new() { Labels = ["linux", "cpu=4"] } } };

        Assert.Equal(["spot=true"], JobOverrides.Select(["linux", "CPU=4", "spot=true", "gpu"], pool));
    }
}

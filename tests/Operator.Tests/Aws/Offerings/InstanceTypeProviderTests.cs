using Operator.Aws;
using Operator.Aws.Clients;
using Operator.Aws.Offerings;
using Operator.Common;
using Operator.Simulator.Time;

namespace Operator.Tests.Aws.Offerings;

public sealed class InstanceTypeProviderTests
{
    private readonly FakeEc2 _ec2 = new() { PageSize = 2 };
    private readonly ManualTimeProvider _clock = new();

    [Fact]
    public async Task List_SeveralPages_AreJoinedWithTheirZones()
    {
        _ec2.InstanceTypes.AddRange([Type("t3.micro", "i386", "x86_64"), Type("mac1.metal", "x86_64_mac"), Type("c7g.large", "arm64")]);
        _ec2.Offerings.AddRange([Offering("c7g.large", "b"), Offering("t3.micro", "a"), Offering("c7g.large", "a")]);

        var types = await new InstanceTypeProvider(_ec2, _clock).ListAsync(AwsAccount.Default, CancellationToken.None);

        Assert.Equal(["c7g.large", "t3.micro"], types.Select(type => type.Name));
        Assert.Equal(["a", "b"], types[0].Zones);
        Assert.Equal(["arm64"], types[0].Architectures);
        Assert.Equal(["amd64"], types[1].Architectures);
        Assert.Equal(4, _ec2.Requests.Count);
    }

    [Fact]
    public async Task List_GpuType_HasItsFacts()
    {
        var described = Type("g4dn.xlarge", "x86_64");
        described.GpuInfo = new() { Gpus = [new() { Name = "T4", Manufacturer = "NVIDIA", Count = 1 }] };
        described.Hypervisor = "nitro";
        described.CurrentGeneration = true;
        described.InstanceStorageInfo = new() { TotalSizeInGB = 125 };
        described.SupportedUsageClasses = ["on-demand", "spot"];
        _ec2.InstanceTypes.Add(described);

        var type = Assert.Single(await new InstanceTypeProvider(_ec2, _clock).ListAsync(AwsAccount.Default, CancellationToken.None));

        Assert.Equal(new Gpu("t4", 1, "nvidia"), Assert.Single(type.Gpus));
        Assert.Equal((2, 4096L, 125L), (type.VCpus, type.MemoryMiB, type.LocalStorageGB));
        Assert.Equal((true, true, false, false), (type.IsNitro, type.CurrentGeneration, type.Burstable, type.BareMetal));
        Assert.Equal(["on-demand", "spot"], type.UsageClasses);
        Assert.Empty(type.Zones);
    }

    [Fact]
    public async Task List_ManyAtOnce_LoadOnceAndAgainAfterSixHours()
    {
        _ec2.InstanceTypes.Add(Type("t3.micro", "x86_64"));
        var provider = new InstanceTypeProvider(_ec2, _clock);

        await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => provider.ListAsync(AwsAccount.Default, CancellationToken.None)));
        Assert.Equal(2, _ec2.Requests.Count);

        _clock.Advance(CacheDurations.InstanceTypes);
        await provider.ListAsync(AwsAccount.Default, CancellationToken.None);

        Assert.Equal(4, _ec2.Requests.Count);
    }

    [Fact]
    public async Task List_NoPermission_IsAProviderException()
    {
        _ec2.Failure = new AwsException("EC2", "UnauthorizedOperation", "You are not authorized");
        var provider = new InstanceTypeProvider(_ec2, _clock);

        var failure = await Assert.ThrowsAsync<ProviderException>(() => provider.ListAsync(AwsAccount.Default, CancellationToken.None));

        Assert.Equal("AccessDenied", failure.Reason);
        Assert.Contains("DescribeInstanceTypes", failure.Message, StringComparison.Ordinal);
    }

    private static Amazon.EC2.Model.InstanceTypeInfo Type(string name, params string[] architectures) => new()
    {
        InstanceType = name,
        VCpuInfo = new() { DefaultVCpus = 2 },
        MemoryInfo = new() { SizeInMiB = 4096 },
        ProcessorInfo = new() { SupportedArchitectures = [.. architectures] },
    };

    private static Amazon.EC2.Model.InstanceTypeOffering Offering(string type, string zone) => new() { InstanceType = type, Location = zone };
}

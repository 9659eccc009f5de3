using Operator.Simulator.Aws;
using Operator.Simulator.Aws.Iam;
using static Operator.Simulator.Tests.Aws.RawAws;

namespace Operator.Simulator.Tests.Aws;

public sealed class FleetTests
{
    [Fact]
    public async Task CreateFleet_Instant_LaunchesTaggedInstances()
    {
        await using var raw = await RawAws.StartAsync();
        var template = await raw.TemplateAsync();

        var fleet = await raw.Ec2Async("CreateFleet", Fleet(template, 2, "on-demand", [("m5.large", raw.Subnets[0])],
            ("TagSpecification.1.ResourceType", "instance"),
            ("TagSpecification.1.Tag.1.Key", "ec2runners.dev:intent"),
            ("TagSpecification.1.Tag.1.Value", "one"),
            ("ClientToken", "token")));

        Assert.Equal(2, Ids(fleet).Length);
        Assert.Equal("on-demand", fleet.Text("lifecycle"));
        Assert.Equal("m5.large", fleet.All("fleetInstanceSet").Single().Text("instanceType"));
        Assert.All(raw.Aws.Instances, instance =>
        {
            Assert.Equal("one", instance.Tags["ec2runners.dev:intent"]);
            Assert.Equal(fleet.Text("fleetId"), instance.Tags["aws:ec2:fleet-id"]);
            Assert.Equal("token", instance.ClientToken);
        });
    }

    [Theory]
    [InlineData("CpuOptions.NestedVirtualization", "enabled", "m5.large", "InvalidParameterCombination")]
    [InlineData("CpuOptions.NestedVirtualization", "enabled", "m7i.large", null)]
    [InlineData("CreditSpecification.CpuCredits", "unlimited", "m5.large", "InvalidParameterCombination")]
    [InlineData("CreditSpecification.CpuCredits", "unlimited", "t3.large", null)]
    [InlineData("ImageId", "ami-0a000000000000002", "m5.large", "InvalidParameterValue")]
    public async Task CreateFleet_ShapeThatTheTypeHasNot_IsRefused(string parameter, string value, string type, string? expected)
    {
        await using var raw = await RawAws.StartAsync(new() { NestedVirtualization = ["m7i"] });
        var template = await raw.TemplateAsync(("LaunchTemplateData." + parameter, value));

        var fleet = await raw.Ec2Async("CreateFleet", Fleet(template, 1, "on-demand", [(type, raw.Subnets[0])]));

        Assert.Equal(expected is null ? [] : new[] { expected }, fleet.All("errorCode").Select(code => code.Value));
        Assert.Equal(expected is null ? 1 : 0, raw.Aws.Instances.Count);
    }

    [Theory]
    [InlineData("gp2", "4000", null, null, "InvalidParameterCombination")]
    [InlineData("io2", null, null, null, "MissingParameter")]
    [InlineData("io2", "4000", "125", null, "InvalidParameterCombination")]
    [InlineData("gp3", "4000", "1001", null, "InvalidParameterValue")]
    [InlineData("gp3", "4000", "1000", "300", null)]
    [InlineData("gp3", null, null, "301", "InvalidParameterCombination")]
    public async Task CreateFleet_VolumeThatCannotBe_IsRefused(string type, string? iops, string? throughput, string? rate, string? expected)
    {
        await using var raw = await RawAws.StartAsync();
        const string Mapping = "LaunchTemplateData.BlockDeviceMapping.1.";
        (string, string?)[] volume = [("Iops", iops), ("Throughput", throughput), ("VolumeInitializationRate", rate)];
        var template = await raw.TemplateAsync(
            [(Mapping + "DeviceName", "/dev/xvda"), (Mapping + "Ebs.VolumeType", type), .. volume.Where(one => one.Item2 is not null).Select(one => (Mapping + "Ebs." + one.Item1, one.Item2!))]);

        var fleet = await raw.Ec2Async("CreateFleet", Fleet(template, 1, "on-demand", [("m5.large", raw.Subnets[0])]));

        Assert.Equal(expected is null ? [] : new[] { expected }, fleet.All("errorCode").Select(code => code.Value));
    }

    // No free addresses are counted, none is missing, and Xen does not go there.
    [Fact]
    public async Task CreateFleet_Ipv6OnlySubnet_LaunchesNitroTypesWithoutIpv4()
    {
        await using var raw = await RawAws.StartAsync();
        raw.Aws.AddIpv6Subnet("subnet-0a00000000000006f");

        var fleet = await raw.Ec2Async("CreateFleet", Fleet(await raw.TemplateAsync(), 2, "on-demand", [("m5.large", "subnet-0a00000000000006f"), ("m4.large", "subnet-0a00000000000006f")]));
        raw.Advance(10);

        var instance = await raw.DescribeOneAsync(Ids(fleet)[0]);
        Assert.StartsWith("2a05:", instance.Text("ipv6Address"), StringComparison.Ordinal);
        Assert.Empty(instance.All("privateIpAddress"));
        Assert.Equal("InvalidParameterCombination", fleet.Text("errorCode"));
        Assert.Equal(2, raw.Aws.Instances.Count);
    }

    [Fact]
    public async Task CreateFleet_SameTokenAndParameters_AnswersTheSameAndLaunchesNothing()
    {
        await using var raw = await RawAws.StartAsync();
        var request = Fleet(await raw.TemplateAsync(), 2, "spot", [("m5.large", raw.Subnets[0])], ("ClientToken", "intent-1"));

        var first = await raw.Ec2Async("CreateFleet", request);
        raw.Advance(3600);
        var second = await raw.Ec2Async("CreateFleet", request);

        Assert.Equal(Ids(first), Ids(second));
        Assert.Equal(first.Text("fleetId"), second.Text("fleetId"));
        Assert.Equal(2, raw.Aws.Instances.Count);
    }

    [Fact]
    public async Task CreateFleet_SameTokenOtherParameters_IsRefused()
    {
        await using var raw = await RawAws.StartAsync();
        var template = await raw.TemplateAsync();
        await raw.Ec2Async("CreateFleet", Fleet(template, 1, "spot", [("m5.large", raw.Subnets[0])], ("ClientToken", "intent-1")));

        var code = await raw.Ec2ErrorAsync("CreateFleet", Fleet(template, 2, "spot", [("m5.large", raw.Subnets[0])], ("ClientToken", "intent-1")));

        Assert.Equal("IdempotentParameterMismatch", code);
        Assert.Single(raw.Aws.Instances);
    }

    [Fact]
    public async Task CreateFleet_PoolTooSmall_FillsFromTheNextAndSaysSo()
    {
        await using var raw = await RawAws.StartAsync();
        raw.Aws.SetCapacity("on-demand", "m5.large", "eu-central-1a", 1);
        raw.Aws.SetCapacity("on-demand", "m5.large", "eu-central-1b", 0);

        var fleet = await raw.Ec2Async("CreateFleet", Fleet(await raw.TemplateAsync(), 3, "on-demand",
            [("m5.large", raw.Subnets[0]), ("m5.large", raw.Subnets[1]), ("m5.xlarge", raw.Subnets[0])]));

        Assert.Equal(["m5.large", "m5.xlarge", "m5.xlarge"], raw.Aws.Instances.Select(instance => instance.InstanceType));
        Assert.Equal(["InsufficientInstanceCapacity", "InsufficientInstanceCapacity"], fleet.All("errorCode").Select(code => code.Value));
        Assert.Equal(raw.Subnets[..2], fleet.All("errorSet").Single().All("subnetId").Select(subnet => subnet.Value));
    }

    [Fact]
    public async Task CreateFleet_RowsByFault_IsASuccessWithoutMachines()
    {
        await using var raw = await RawAws.StartAsync();
        raw.Aws.Faults.On("ec2:CreateFleet").Row("RequestLimitExceeded", "slow down").Row("InternalError").Times(1);
        var request = Fleet(await raw.TemplateAsync(), 2, "spot", [("m5.large", raw.Subnets[0]), ("m5.large", raw.Subnets[1]), ("m5.large", raw.Subnets[2])]);

        var fleet = await raw.Ec2Async("CreateFleet", request);

        Assert.Empty(raw.Aws.Instances);
        Assert.Equal(["RequestLimitExceeded", "InternalError", "RequestLimitExceeded"], fleet.All("errorCode").Select(code => code.Value));
        Assert.Equal(raw.Subnets[..3], fleet.All("subnetId").Select(subnet => subnet.Value));
        Assert.Equal("slow down", fleet.Text("errorMessage"));
        Assert.Equal(2, Ids(await raw.Ec2Async("CreateFleet", request)).Length);
    }

    // Like EC2: the fleet is accepted, and denied launches are reported in the rows, with a different text each time.
    [Theory]
    [InlineData("ec2:RunInstances", "spot", "UnauthorizedOperation")]
    [InlineData("ec2:RunInstances", "on-demand", "UnauthorizedOperation")]
    [InlineData("iam:CreateServiceLinkedRole", "spot", "AuthFailure.ServiceLinkedRoleCreationNotPermitted")]
    public async Task CreateFleet_WithoutARightToLaunch_SaysSoInItsRows(string denied, string usageClass, string code)
    {
        await using var raw = await RawAws.StartAsync();
        var request = Fleet(await raw.TemplateAsync(), 1, usageClass, [("m5.large", raw.Subnets[0])]);
        string[] actions = ["ec2:CreateFleet", "ec2:CreateTags", "ec2:RunInstances", "iam:PassRole", "iam:CreateServiceLinkedRole"];
        raw.Aws.Iam.OperatorPolicy = Policy([.. actions.Where(action => action != denied)]);

        var (first, second) = (await raw.Ec2Async("CreateFleet", request), await raw.Ec2Async("CreateFleet", request));

        Assert.Equal([code, code], new[] { first, second }.Select(fleet => fleet.Text("errorCode")));
        Assert.Equal(code == "UnauthorizedOperation", first.Text("errorMessage") != second.Text("errorMessage"));
        Assert.Empty(raw.Aws.Instances);
        raw.Aws.Iam.OperatorPolicy = Policy(actions);
        Assert.Single(Ids(await raw.Ec2Async("CreateFleet", request)));
    }

    [Fact]
    public async Task CreateFleet_WithoutTheRightToFleets_IsRefusedAsAWhole()
    {
        await using var raw = await RawAws.StartAsync();
        var request = Fleet(await raw.TemplateAsync(), 1, "spot", [("m5.large", raw.Subnets[0])]);
        raw.Aws.Iam.OperatorPolicy = Policy("ec2:RunInstances");

        Assert.Equal("UnauthorizedOperation", await raw.Ec2ErrorAsync("CreateFleet", request));
    }

    [Fact]
    public async Task CreateFleet_CapacityOfTerminatedInstance_IsFreeAgain()
    {
        await using var raw = await RawAws.StartAsync(new SimulatedAwsOptions { Capacity = [new CapacityLimit("*", "*", "*", 1)] });
        var id = (await raw.LaunchAsync())[0];
        var template = await raw.TemplateAsync();
        var request = Fleet(template, 1, "on-demand", [("m5.large", raw.Subnets[0])]);

        Assert.Empty(Ids(await raw.Ec2Async("CreateFleet", request)));
        await raw.Ec2Async("TerminateInstances", ("InstanceId.1", id));
        Assert.Empty(Ids(await raw.Ec2Async("CreateFleet", request)));
        raw.Advance(10);

        Assert.Single(Ids(await raw.Ec2Async("CreateFleet", request)));
    }

    [Fact]
    public async Task CreateFleet_MinTargetNotReached_LaunchesNothing()
    {
        await using var raw = await RawAws.StartAsync();
        raw.Aws.SetCapacity("spot", "*", "*", 2);

        var fleet = await raw.Ec2Async("CreateFleet", Fleet(await raw.TemplateAsync(), 3, "spot", [("m5.large", raw.Subnets[0])],
            ("SpotOptions.MinTargetCapacity", "3"),
            ("SpotOptions.AllocationStrategy", "price-capacity-optimized"),
            ("SpotOptions.SingleAvailabilityZone", "true")));

        Assert.Empty(raw.Aws.Instances);
        Assert.Equal("UnfulfillableCapacity", fleet.Text("errorCode"));
    }

    [Fact]
    public async Task CreateFleet_LowestPrice_TakesTheCheaperType()
    {
        await using var raw = await RawAws.StartAsync();

        await raw.Ec2Async("CreateFleet", Fleet(await raw.TemplateAsync(), 2, "on-demand",
            [("m5.4xlarge", raw.Subnets[0]), ("m5.large", raw.Subnets[1]), ("m5.xlarge", raw.Subnets[2])]));

        Assert.All(raw.Aws.Instances, instance => Assert.Equal(("m5.large", "eu-central-1b"), (instance.InstanceType, instance.Zone)));
    }

    [Fact]
    public async Task CreateFleet_PriceCapacityOptimized_PrefersThePoolThatHoldsThemAll()
    {
        await using var raw = await RawAws.StartAsync();
        raw.Aws.SetCapacity("spot", "m5.large", "*", 1);

        await raw.Ec2Async("CreateFleet", Fleet(await raw.TemplateAsync(), 2, "spot",
            [("m5.large", raw.Subnets[0]), ("m5.4xlarge", raw.Subnets[1])], ("SpotOptions.AllocationStrategy", "price-capacity-optimized")));

        Assert.All(raw.Aws.Instances, instance => Assert.Equal("m5.4xlarge", instance.InstanceType));
    }

    [Theory]
    [InlineData("ami-0fffffffffffffff0", "m5.large", "InvalidAMIID.NotFound")]
    [InlineData(Arm64Image, "m5.large", "InvalidParameterValue")]
    [InlineData(Amd64Image, "m9.huge", "InvalidParameterValue")]
    [InlineData("resolve:ssm:/aws/service/none", "m5.large", "InvalidParameterValue")]
    public async Task CreateFleet_RowCannotLaunch_IsAnErrorOfThatRow(string image, string type, string code)
    {
        await using var raw = await RawAws.StartAsync();
        var template = await raw.TemplateAsync(("LaunchTemplateData.ImageId", image));

        var fleet = await raw.Ec2Async("CreateFleet", Fleet(template, 1, "on-demand", [(type, raw.Subnets[0])]));

        Assert.Equal(code, fleet.Text("errorCode"));
        Assert.Empty(raw.Aws.Instances);
    }

    [Fact]
    public async Task CreateFleet_ImageByParameter_IsResolved()
    {
        await using var raw = await RawAws.StartAsync();
        var id = (await raw.LaunchAsync(
            data: ("LaunchTemplateData.ImageId", "resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64")))[0];

        Assert.Equal(Amd64Image, (await raw.DescribeOneAsync(id)).Text("imageId"));
    }

    [Fact]
    public async Task CreateFleet_TypeNotOfferedInZone_IsUnsupported()
    {
        await using var raw = await RawAws.StartAsync();

        var fleet = await raw.Ec2Async("CreateFleet", Fleet(await raw.TemplateAsync(), 1, "on-demand", [("m5.metal", raw.Subnets[2])]));

        Assert.Equal("Unsupported", fleet.Text("errorCode"));
    }

    [Fact]
    public async Task CreateFleet_SlashInTagKeyAndTagsInMetadata_IsRefusedAtLaunch()
    {
        await using var raw = await RawAws.StartAsync();
        var template = await raw.TemplateAsync(("LaunchTemplateData.MetadataOptions.InstanceMetadataTags", "enabled"));

        var fleet = await raw.Ec2Async("CreateFleet", Fleet(template, 1, "on-demand", [("m5.large", raw.Subnets[0])],
            ("TagSpecification.1.ResourceType", "instance"),
            ("TagSpecification.1.Tag.1.Key", "ec2runners.dev/pool"),
            ("TagSpecification.1.Tag.1.Value", "x")));

        Assert.Equal("InvalidParameterValue", fleet.Text("errorCode"));
        Assert.Contains("is not a valid tag key", fleet.Text("errorMessage"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task CreateFleet_UserDataTooLong_IsRefusedAtLaunch()
    {
        await using var raw = await RawAws.StartAsync();
        var template = await raw.TemplateAsync(("LaunchTemplateData.UserData", Convert.ToBase64String(new byte[16_385])));

        var fleet = await raw.Ec2Async("CreateFleet", Fleet(template, 1, "on-demand", [("m5.large", raw.Subnets[0])]));

        Assert.Contains("16384", fleet.Text("errorMessage"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task CreateFleet_BidBelowPrice_IsTooLow()
    {
        await using var raw = await RawAws.StartAsync();

        var fleet = await raw.Ec2Async("CreateFleet", Fleet(await raw.TemplateAsync(), 1, "spot", [("m5.large", raw.Subnets[0])],
            ("LaunchTemplateConfigs.1.Overrides.1.MaxPrice", "0.0001")));

        Assert.Equal("SpotMaxPriceTooLow", fleet.Text("errorCode"));
    }

    [Theory]
    [InlineData("spot", "MaxSpotInstanceCountExceeded")]
    [InlineData("on-demand", "VcpuLimitExceeded")]
    public async Task CreateFleet_BeyondQuota_LaunchesWhatFits(string usageClass, string code)
    {
        await using var raw = await RawAws.StartAsync(new SimulatedAwsOptions { SpotVcpuQuota = 5, OnDemandVcpuQuota = 5 });

        var fleet = await raw.Ec2Async("CreateFleet", Fleet(await raw.TemplateAsync(), 3, usageClass, [("m5.large", raw.Subnets[0])]));

        Assert.Equal(code, fleet.Text("errorCode"));
        Assert.Equal(2, raw.Aws.Instances.Count);
    }

    [Fact]
    public async Task CreateFleet_SubnetOutOfAddresses_UsesTheOther()
    {
        await using var raw = await RawAws.StartAsync(new SimulatedAwsOptions { AddressesPerSubnet = 1 });

        var fleet = await raw.Ec2Async("CreateFleet", Fleet(await raw.TemplateAsync(), 2, "on-demand",
            [("m5.large", raw.Subnets[0]), ("m5.large", raw.Subnets[1])]));

        Assert.Equal("InsufficientFreeAddressesInSubnet", fleet.Text("errorCode"));
        Assert.Equal(["eu-central-1a", "eu-central-1b"], raw.Aws.Instances.Select(instance => instance.Zone));
    }

    [Fact]
    public async Task CreateFleet_TwoSubnetsOfOneZone_IsRefused()
    {
        await using var raw = await RawAws.StartAsync();

        var code = await raw.Ec2ErrorAsync("CreateFleet", Fleet(await raw.TemplateAsync(), 1, "on-demand",
            [("m5.large", raw.Subnets[0]), ("m5.large", raw.Subnets[3])]));

        Assert.Equal("InvalidFleetConfig", code);
    }

    [Theory]
    [InlineData("request")]
    [InlineData("maintain")]
    public async Task CreateFleet_OtherTypes_AreRefused(string type)
    {
        await using var raw = await RawAws.StartAsync();
        var request = Fleet(await raw.TemplateAsync(), 1, "spot", [("m5.large", raw.Subnets[0])]);
        request[0] = ("Type", type);

        Assert.Equal("UnsupportedOperation", await raw.Ec2ErrorAsync("CreateFleet", request));
    }

    [Fact]
    public async Task CreateFleet_TemplateGone_IsRefused()
    {
        await using var raw = await RawAws.StartAsync();
        var template = await raw.TemplateAsync();
        await raw.Ec2Async("DeleteLaunchTemplate", ("LaunchTemplateId", template));

        Assert.Equal("InvalidLaunchTemplateId.NotFound",
            await raw.Ec2ErrorAsync("CreateFleet", Fleet(template, 1, "spot", [("m5.large", raw.Subnets[0])])));
    }

    [Fact]
    public async Task CreateFleet_DryRun_LaunchesNothing()
    {
        await using var raw = await RawAws.StartAsync();

        Assert.Equal("DryRunOperation",
            await raw.Ec2ErrorAsync("CreateFleet", Fleet(await raw.TemplateAsync(), 1, "spot", [("m5.large", raw.Subnets[0])], ("DryRun", "true"))));
        Assert.Empty(raw.Aws.Instances);
    }

    [Fact]
    public async Task CreateFleet_MixedUsageClasses_BuysBoth()
    {
        await using var raw = await RawAws.StartAsync();

        await raw.Ec2Async("CreateFleet", Fleet(await raw.TemplateAsync(), 3, "spot", [("m5.large", raw.Subnets[0])],
            ("TargetCapacitySpecification.OnDemandTargetCapacity", "1")));

        Assert.Equal(["on-demand", "spot", "spot"], raw.Aws.Instances.Select(instance => instance.UsageClass));
    }

    private static IamPolicy Policy(params string[] actions) => IamPolicy.Parse(
        $$"""{"Statement": [{"Effect": "Allow", "Resource": "*", "Action": [{{string.Join(", ", actions.Select(action => $"\"{action}\""))}}]}]}""");
}

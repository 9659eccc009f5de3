using Operator.Aws.Clients;

namespace Operator.EndToEnd.Ec2Contract;

/// <summary>Images, networks and instance types.</summary>
public abstract class Ec2CatalogueContract(Uri endpoint) : AwsContract(endpoint)
{
    [Ec2ContractFact]
    public async Task Images_ById_HaveWhatALaunchNeeds()
    {
        var id = await AnyImageAsync();

        var image = Assert.Single((await Ec2.DescribeImagesAsync(new() { ImageIds = [id] }, None)).Images);

        Assert.Equal((id, "x86_64", "available"), (image.ImageId, image.Architecture.Value, image.State.Value));
        Assert.NotEmpty(image.Name!);
        Assert.StartsWith("/dev/", image.RootDeviceName, StringComparison.Ordinal);
        Assert.True(DateTimeOffset.TryParse(image.CreationDate, out _), image.CreationDate);
        Assert.Contains(image.BlockDeviceMappings, device => device.DeviceName == image.RootDeviceName && device.Ebs?.VolumeSize > 0);
    }

    [Ec2ContractFact]
    public async Task Images_UnknownId_IsNotFound()
    {
        var failure = await Assert.ThrowsAsync<AwsException>(() => Ec2.DescribeImagesAsync(new() { ImageIds = ["ami-0123456789abcdef0"] }, None));

        Assert.True(failure.IsNotFound, failure.Code);
    }

    [Ec2ContractFact]
    public async Task Images_FilterWithoutMatch_IsEmpty() =>
        Assert.Empty((await Ec2.DescribeImagesAsync(new() { Owners = ["self"], Filters = [new("name", [Unique])] }, None)).Images);

    [Ec2ContractFact]
    public async Task Subnets_OfTheVpc_AreInZonesAndHaveAddresses()
    {
        var any = await AnySubnetAsync();

        var ofVpc = (await Ec2.DescribeSubnetsAsync(new() { Filters = [new("vpc-id", [any.VpcId!])] }, None)).Subnets;
        var byId = Assert.Single((await Ec2.DescribeSubnetsAsync(new() { SubnetIds = [any.SubnetId!] }, None)).Subnets);

        Assert.Equal((any.SubnetId, any.VpcId, any.AvailabilityZone, any.State), (byId.SubnetId, byId.VpcId, byId.AvailabilityZone, byId.State));
        Assert.All(ofVpc, subnet =>
        {
            Assert.StartsWith("us-east-1", subnet.AvailabilityZone, StringComparison.Ordinal);
            Assert.True(subnet.AvailableIpAddressCount > 0);
        });
    }

    [Ec2ContractFact]
    public async Task Subnets_UnknownId_IsNotFound()
    {
        var failure = await Assert.ThrowsAsync<AwsException>(() => Ec2.DescribeSubnetsAsync(new() { SubnetIds = ["subnet-0123456789abcdef0"] }, None));

        Assert.True(failure.IsNotFound, failure.Code);
    }

    [Ec2ContractFact]
    public async Task SecurityGroups_OfTheVpc_AreFoundById()
    {
        var vpc = (await AnySubnetAsync()).VpcId!;
        var group = (await Ec2.DescribeSecurityGroupsAsync(new() { Filters = [new("vpc-id", [vpc])] }, None)).SecurityGroups[0];

        var byId = Assert.Single((await Ec2.DescribeSecurityGroupsAsync(new() { GroupIds = [group.GroupId!] }, None)).SecurityGroups);

        Assert.Equal((group.GroupId, group.GroupName, vpc), (byId.GroupId, byId.GroupName, byId.VpcId));
    }

    [Ec2ContractFact]
    public async Task SecurityGroups_UnknownId_IsNotFound()
    {
        var failure = await Assert.ThrowsAsync<AwsException>(() => Ec2.DescribeSecurityGroupsAsync(new() { GroupIds = ["sg-0123456789abcdef0"] }, None));

        Assert.True(failure.IsNotFound, failure.Code);
    }

    [Ec2ContractFact]
    public async Task InstanceTypes_ByName_HaveTheirFacts()
    {
        var types = (await Ec2.DescribeInstanceTypesAsync(new() { InstanceTypes = ["m5.large", "g4dn.xlarge", "m6g.large"] }, None)).InstanceTypes
            .ToDictionary(type => type.InstanceType!);

        Assert.Equal((2, 8192L), (types["m5.large"].VCpuInfo!.DefaultVCpus, types["m5.large"].MemoryInfo!.SizeInMiB));
        Assert.Equal((false, false, "nitro"), (types["m5.large"].BareMetal, types["m5.large"].BurstablePerformanceSupported, types["m5.large"].Hypervisor.Value));
        Assert.Contains("spot", types["m5.large"].SupportedUsageClasses);
        Assert.Contains("x86_64", types["m5.large"].ProcessorInfo!.SupportedArchitectures);
        Assert.Contains("arm64", types["m6g.large"].ProcessorInfo!.SupportedArchitectures);
        Assert.Equal(("T4", 1), (types["g4dn.xlarge"].GpuInfo!.Gpus[0].Name, types["g4dn.xlarge"].GpuInfo!.Gpus[0].Count));
    }

    [Ec2ContractFact(MotoDiffers = "moto gives all instance types at once")]
    public async Task InstanceTypes_All_ComeInPages()
    {
        var first = await Ec2.DescribeInstanceTypesAsync(new() { MaxResults = 100 }, None);
        var second = await Ec2.DescribeInstanceTypesAsync(new() { MaxResults = 100, NextToken = first.NextToken }, None);

        Assert.Equal(100, first.InstanceTypes.Count);
        Assert.Empty(first.InstanceTypes.Select(type => type.InstanceType).Intersect(second.InstanceTypes.Select(type => type.InstanceType)));
    }

    [Ec2ContractFact]
    public async Task InstanceTypeOfferings_ByZone_NameTheZones()
    {
        var page = await Ec2.DescribeInstanceTypeOfferingsAsync(
            new() { LocationType = "availability-zone", Filters = [new("instance-type", ["m5.large"])] }, None);

        Assert.NotEmpty(page.InstanceTypeOfferings);
        Assert.All(page.InstanceTypeOfferings, offering =>
        {
            Assert.Equal(("m5.large", "availability-zone"), (offering.InstanceType.Value, offering.LocationType.Value));
            Assert.StartsWith("us-east-1", offering.Location, StringComparison.Ordinal);
        });
    }

    [Ec2ContractFact]
    public async Task SpotPrices_InForce_HaveTypeZoneAndANumber()
    {
        var prices = (await Ec2.DescribeSpotPriceHistoryAsync(
            new()
            {
                InstanceTypes = ["m5.large", "c5.large"],
                ProductDescriptions = ["Linux/UNIX", "Linux/UNIX (Amazon VPC)"],
                StartTime = TimeProvider.System.GetUtcNow().UtcDateTime,
                MaxResults = 1000,
            },
            None)).SpotPriceHistory;

        Assert.Contains(prices, price => price.InstanceType == "m5.large");
        Assert.All(prices, price =>
        {
            Assert.Contains(price.InstanceType.Value, (string[])["m5.large", "c5.large"]);
            Assert.StartsWith("us-east-1", price.AvailabilityZone, StringComparison.Ordinal);
            Assert.StartsWith("Linux/UNIX", price.ProductDescription.Value, StringComparison.Ordinal);
            Assert.True(decimal.Parse(price.Price!, System.Globalization.CultureInfo.InvariantCulture) > 0);
            Assert.NotNull(price.Timestamp);
        });
    }
}

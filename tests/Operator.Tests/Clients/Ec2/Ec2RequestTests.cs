using Operator.Clients.Ec2.Model;

namespace Operator.Tests.Clients.Ec2;

/// <summary>Each form is what the official JavaScript client sends for the same call.</summary>
public sealed class Ec2RequestTests
{
    private static readonly List<Filter> OneFilter = [new("tag:k", ["v", "w"])];

    [Fact]
    public void CreateFleet_EveryMember_HasItsWireName()
    {
        var request = new CreateFleetRequest
        {
            ClientToken = "intent-1",
            Type = "instant",
            SpotOptions = new() { AllocationStrategy = "price-capacity-optimized" },
            OnDemandOptions = new() { AllocationStrategy = "lowest-price" },
            LaunchTemplateConfigs =
            [
                new()
                {
                    LaunchTemplateSpecification = new() { LaunchTemplateName = "pool-abc", Version = "$Latest" },
                    Overrides =
                    [
                        new() { InstanceType = "c7a.xlarge", SubnetId = "subnet-1", MaxPrice = "0.10" },
                        new() { InstanceType = "m7a.xlarge", SubnetId = "subnet-2", AvailabilityZone = "eu-central-1b", Priority = 1.5 },
                    ],
                },
            ],
            TargetCapacitySpecification = new()
            {
                TotalTargetCapacity = 2,
                OnDemandTargetCapacity = 0,
                SpotTargetCapacity = 2,
                DefaultTargetCapacityType = "spot",
            },
            TagSpecifications = [new() { ResourceType = "instance", Tags = [new("ec2runners.dev:cluster", "a b&c")] }],
        };

        Assert.Equal(
            Wire.Sorted(
                """
                Action=CreateFleet
                Version=2016-11-15
                LaunchTemplateConfigs.1.LaunchTemplateSpecification.LaunchTemplateName=pool-abc
                LaunchTemplateConfigs.1.LaunchTemplateSpecification.Version=$Latest
                LaunchTemplateConfigs.1.Overrides.1.InstanceType=c7a.xlarge
                LaunchTemplateConfigs.1.Overrides.1.MaxPrice=0.10
                LaunchTemplateConfigs.1.Overrides.1.SubnetId=subnet-1
                LaunchTemplateConfigs.1.Overrides.2.InstanceType=m7a.xlarge
                LaunchTemplateConfigs.1.Overrides.2.SubnetId=subnet-2
                LaunchTemplateConfigs.1.Overrides.2.AvailabilityZone=eu-central-1b
                LaunchTemplateConfigs.1.Overrides.2.Priority=1.5
                TargetCapacitySpecification.TotalTargetCapacity=2
                TargetCapacitySpecification.OnDemandTargetCapacity=0
                TargetCapacitySpecification.SpotTargetCapacity=2
                TargetCapacitySpecification.DefaultTargetCapacityType=spot
                ClientToken=intent-1
                SpotOptions.AllocationStrategy=price-capacity-optimized
                OnDemandOptions.AllocationStrategy=lowest-price
                Type=instant
                TagSpecification.1.ResourceType=instance
                TagSpecification.1.Tag.1.Key=ec2runners.dev:cluster
                TagSpecification.1.Tag.1.Value=a b&c
                """),
            Wire.Form(request));
    }

    [Theory]
    [MemberData(nameof(SmallCalls))]
    public void SmallCall_EveryMember_HasItsWireName(object request, string form) => Assert.Equal(Wire.Sorted(form), Wire.Form(request));

    public static TheoryData<object, string> SmallCalls() => new()
    {
        {
            new DescribeLaunchTemplatesRequest { LaunchTemplateIds = ["lt-1"], LaunchTemplateNames = ["n"], Filters = OneFilter, NextToken = "x", MaxResults = 200 },
            Form("DescribeLaunchTemplates", "LaunchTemplateId.1=lt-1\nLaunchTemplateName.1=n\nNextToken=x\nMaxResults=200", filtered: true)
        },
        {
            new DeleteLaunchTemplateRequest { LaunchTemplateId = "lt-1", LaunchTemplateName = "n" },
            Form("DeleteLaunchTemplate", "LaunchTemplateId=lt-1\nLaunchTemplateName=n")
        },
        {
            new DescribeInstancesRequest { InstanceIds = ["i-1", "i-2"], Filters = OneFilter, NextToken = "x", MaxResults = 5 },
            Form("DescribeInstances", "InstanceId.1=i-1\nInstanceId.2=i-2\nNextToken=x\nMaxResults=5", filtered: true)
        },
        {
            new TerminateInstancesRequest { InstanceIds = ["i-1", "i-2"] },
            Form("TerminateInstances", "InstanceId.1=i-1\nInstanceId.2=i-2")
        },
        {
            new GetConsoleOutputRequest { InstanceId = "i-1", Latest = true },
            Form("GetConsoleOutput", "InstanceId=i-1\nLatest=true")
        },
        {
            new CreateTagsRequest { Resources = ["i-1", "i-2"], Tags = [new("k", "v")] },
            Form("CreateTags", "ResourceId.1=i-1\nResourceId.2=i-2\nTag.1.Key=k\nTag.1.Value=v")
        },
        {
            new DescribeImagesRequest { ImageIds = ["ami-1"], Owners = ["self"], Filters = OneFilter, NextToken = "x", MaxResults = 10 },
            Form("DescribeImages", "ImageId.1=ami-1\nOwner.1=self\nNextToken=x\nMaxResults=10", filtered: true)
        },
        {
            new DescribeSubnetsRequest { SubnetIds = ["subnet-1"], Filters = OneFilter, NextToken = "x", MaxResults = 10 },
            Form("DescribeSubnets", "SubnetId.1=subnet-1\nNextToken=x\nMaxResults=10", filtered: true)
        },
        {
            new DescribeSecurityGroupsRequest { GroupIds = ["sg-1"], Filters = OneFilter, NextToken = "x", MaxResults = 10 },
            Form("DescribeSecurityGroups", "GroupId.1=sg-1\nNextToken=x\nMaxResults=10", filtered: true)
        },
        {
            new DescribeInstanceTypesRequest { InstanceTypes = ["c7a.xlarge"], Filters = OneFilter, NextToken = "x", MaxResults = 100 },
            Form("DescribeInstanceTypes", "InstanceType.1=c7a.xlarge\nNextToken=x\nMaxResults=100", filtered: true)
        },
        {
            new DescribeInstanceTypeOfferingsRequest { LocationType = "availability-zone", Filters = OneFilter, NextToken = "x", MaxResults = 1000 },
            Form("DescribeInstanceTypeOfferings", "LocationType=availability-zone\nNextToken=x\nMaxResults=1000", filtered: true)
        },
        {
            new DescribeSpotPriceHistoryRequest
            {
                StartTime = new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc),
                EndTime = new DateTime(2026, 1, 1, 0, 0, 1, DateTimeKind.Utc),
                InstanceTypes = ["c7a.xlarge"],
                ProductDescriptions = ["Linux/UNIX"],
                AvailabilityZone = "eu-central-1a",
                Filters = OneFilter,
            },
            Form(
                "DescribeSpotPriceHistory",
                "StartTime=2026-01-01T00:00:00Z\nEndTime=2026-01-01T00:00:01Z\nInstanceType.1=c7a.xlarge\nProductDescription.1=Linux/UNIX\nAvailabilityZone=eu-central-1a",
                filtered: true)
        },
    };

    [Fact]
    public void AnyCall_UnsetMembers_AreNotSent() =>
        Assert.Equal("Action=DescribeInstances\nVersion=2016-11-15", Wire.Form(new DescribeInstancesRequest()));

    private static string Form(string operation, string fields, bool filtered = false) =>
        $"Action={operation}\nVersion=2016-11-15\n{fields}" + (filtered ? "\nFilter.1.Name=tag:k\nFilter.1.Value.1=v\nFilter.1.Value.2=w" : "");
}

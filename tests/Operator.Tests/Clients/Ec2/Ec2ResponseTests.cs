using Operator.Clients.Ec2.Model;

namespace Operator.Tests.Clients.Ec2;

public sealed class Ec2ResponseTests
{
    [Fact]
    public void CreateFleet_PartialAnswer_HasInstancesAndErrors()
    {
        var fleet = Wire.Read<CreateFleetResponse>(
            """
            <?xml version="1.0" encoding="UTF-8"?>
            <CreateFleetResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">
              <requestId>9bc7cbc5-1a0d-4b21-8dc4-000000000000</requestId>
              <fleetId>fleet-1</fleetId>
              <errorSet>
                <item>
                  <errorCode>InsufficientInstanceCapacity</errorCode>
                  <errorMessage>We currently do not have sufficient c7a.xlarge capacity &amp; more.</errorMessage>
                  <launchTemplateAndOverrides>
                    <launchTemplateSpecification><launchTemplateId>lt-1</launchTemplateId><version>1</version></launchTemplateSpecification>
                    <overrides>
                      <availabilityZone>eu-central-1a</availabilityZone>
                      <instanceType>c7a.xlarge</instanceType>
                      <priority>1.5</priority>
                      <subnetId>subnet-1</subnetId>
                    </overrides>
                  </launchTemplateAndOverrides>
                  <lifecycle>spot</lifecycle>
                </item>
              </errorSet>
              <fleetInstanceSet>
                <item>
                  <instanceIds><item>i-1</item><item>i-2</item></instanceIds>
                  <instanceType>m7a.xlarge</instanceType>
                  <lifecycle>spot</lifecycle>
                  <somethingNew><item><deep>1</deep></item></somethingNew>
                </item>
              </fleetInstanceSet>
            </CreateFleetResponse>
            """);

        Assert.Equal("fleet-1", fleet.FleetId);
        var error = Assert.Single(fleet.Errors);
        Assert.Equal("InsufficientInstanceCapacity", error.ErrorCode);
        Assert.Equal("We currently do not have sufficient c7a.xlarge capacity & more.", error.ErrorMessage);
        Assert.Equal(
            new FleetLaunchTemplateOverrides { AvailabilityZone = "eu-central-1a", InstanceType = "c7a.xlarge", Priority = 1.5, SubnetId = "subnet-1" },
            error.LaunchTemplateAndOverrides!.Overrides);
        Assert.Equal("lt-1", error.LaunchTemplateAndOverrides.LaunchTemplateSpecification!.LaunchTemplateId);
        var launched = Assert.Single(fleet.Instances);
        Assert.Equal(["i-1", "i-2"], launched.InstanceIds);
        Assert.Equal("m7a.xlarge", launched.InstanceType);
        Assert.Equal("spot", launched.Lifecycle);
    }

    [Fact]
    public void DescribeInstances_OneInstance_HasEveryMember()
    {
        var page = Wire.Read<DescribeInstancesResponse>(
            """
            <DescribeInstancesResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">
              <nextToken>more</nextToken>
              <reservationSet>
                <item>
                  <reservationId>r-1</reservationId><ownerId>123456789012</ownerId><groupSet/>
                  <instancesSet>
                    <item>
                      <instanceId>i-1</instanceId>
                      <imageId>ami-1</imageId>
                      <instanceState><code>48</code><name>terminated</name></instanceState>
                      <privateDnsName/>
                      <reason>Server.SpotInstanceTermination (2026-01-01 00:00:00 GMT)</reason>
                      <instanceType>c7a.xlarge</instanceType>
                      <launchTime>2026-01-01T10:20:30.000Z</launchTime>
                      <placement><availabilityZone>eu-central-1a</availabilityZone><groupName/><tenancy>default</tenancy></placement>
                      <privateIpAddress>10.0.0.1</privateIpAddress>
                      <ipAddress>3.0.0.1</ipAddress>
                      <subnetId>subnet-1</subnetId>
                      <vpcId>vpc-1</vpcId>
                      <stateReason><code>Server.SpotInstanceTermination</code><message>Spot instance termination</message></stateReason>
                      <architecture>x86_64</architecture>
                      <instanceLifecycle>spot</instanceLifecycle>
                      <spotInstanceRequestId>sir-1</spotInstanceRequestId>
                      <clientToken>intent-1</clientToken>
                      <tagSet><item><key>ec2runners.dev:pool</key><value>team/linux</value></item><item><key>empty</key><value/></item></tagSet>
                    </item>
                  </instancesSet>
                </item>
              </reservationSet>
            </DescribeInstancesResponse>
            """);

        Assert.Equal("more", page.NextToken);
        var instance = Assert.Single(Assert.Single(page.Reservations).Instances);
        Assert.Equal([new Tag("ec2runners.dev:pool", "team/linux"), new Tag("empty", "")], instance.Tags);
        Assert.Equal(
            new Instance
            {
                InstanceId = "i-1",
                ImageId = "ami-1",
                State = new() { Code = 48, Name = "terminated" },
                StateTransitionReason = "Server.SpotInstanceTermination (2026-01-01 00:00:00 GMT)",
                InstanceType = "c7a.xlarge",
                LaunchTime = new DateTime(2026, 1, 1, 10, 20, 30, DateTimeKind.Utc),
                Placement = new() { AvailabilityZone = "eu-central-1a", Tenancy = "default" },
                PrivateIpAddress = "10.0.0.1",
                PublicIpAddress = "3.0.0.1",
                SubnetId = "subnet-1",
                VpcId = "vpc-1",
                StateReason = new() { Code = "Server.SpotInstanceTermination", Message = "Spot instance termination" },
                Architecture = "x86_64",
                InstanceLifecycle = "spot",
                SpotInstanceRequestId = "sir-1",
                ClientToken = "intent-1",
                Tags = instance.Tags,
            },
            instance);
        Assert.Equal(DateTimeKind.Utc, instance.LaunchTime!.Value.Kind);
    }

    [Fact]
    public void DescribeInstanceTypes_GpuType_HasEveryMember()
    {
        var page = Wire.Read<DescribeInstanceTypesResponse>(
            """
            <DescribeInstanceTypesResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">
              <instanceTypeSet>
                <item>
                  <autoRecoverySupported>false</autoRecoverySupported>
                  <bareMetal>false</bareMetal>
                  <burstablePerformanceSupported>false</burstablePerformanceSupported>
                  <currentGeneration>true</currentGeneration>
                  <gpuInfo>
                    <gpus><item><count>1</count><manufacturer>NVIDIA</manufacturer><memoryInfo><sizeInMiB>16384</sizeInMiB></memoryInfo><name>T4</name></item></gpus>
                    <totalGpuMemoryInMiB>16384</totalGpuMemoryInMiB>
                  </gpuInfo>
                  <hypervisor>nitro</hypervisor>
                  <instanceStorageInfo><disks/><totalSizeInGB>125</totalSizeInGB></instanceStorageInfo>
                  <instanceStorageSupported>true</instanceStorageSupported>
                  <instanceType>g4dn.xlarge</instanceType>
                  <memoryInfo><sizeInMiB>16384</sizeInMiB></memoryInfo>
                  <processorInfo><manufacturer>Intel</manufacturer><supportedArchitectures><item>x86_64</item></supportedArchitectures></processorInfo>
                  <supportedUsageClasses><item>on-demand</item><item>spot</item></supportedUsageClasses>
                  <vCpuInfo><defaultCores>2</defaultCores><defaultVCpus>4</defaultVCpus></vCpuInfo>
                </item>
              </instanceTypeSet>
            </DescribeInstanceTypesResponse>
            """);

        var type = Assert.Single(page.InstanceTypes);
        Assert.Equal("g4dn.xlarge", type.InstanceType);
        Assert.Equal((4, 16384L, 125L), (type.VCpuInfo!.DefaultVCpus, type.MemoryInfo!.SizeInMiB, type.InstanceStorageInfo!.TotalSizeInGB));
        Assert.Equal((true, false, false, true), (type.CurrentGeneration, type.BareMetal, type.BurstablePerformanceSupported, type.InstanceStorageSupported));
        Assert.Equal(["on-demand", "spot"], type.SupportedUsageClasses);
        Assert.Equal(["x86_64"], type.ProcessorInfo!.SupportedArchitectures);
        Assert.Equal(new GpuDeviceInfo { Name = "T4", Manufacturer = "NVIDIA", Count = 1 }, Assert.Single(type.GpuInfo!.Gpus));
        Assert.Null(page.NextToken);
    }

    [Fact]
    public void AnyAnswer_EmptyLists_AreEmptyAndNotNull()
    {
        Assert.Empty(Wire.Read<DescribeInstancesResponse>("<R><reservationSet/></R>").Reservations);
        Assert.Empty(Wire.Read<DescribeInstancesResponse>("<R></R>").Reservations);
        Assert.Empty(Wire.Read<CreateFleetResponse>("<R><errorSet></errorSet></R>").Errors);
    }

    [Fact]
    public void AnyAnswer_EmptyNumber_IsNull() =>
        Assert.Null(Wire.Read<DescribeSubnetsResponse>(
            "<R><subnetSet><item><availableIpAddressCount/></item></subnetSet></R>").Subnets[0].AvailableIpAddressCount);

    [Theory]
    [InlineData("true", true)]
    [InlineData("True", true)]
    [InlineData("false", false)]
    public void AnyAnswer_Boolean_IsReadInAnyCase(string text, bool value) =>
        Assert.Equal(value, Wire.Read<DescribeInstanceTypesResponse>(
            $"<R><instanceTypeSet><item><bareMetal>{text}</bareMetal></item></instanceTypeSet></R>").InstanceTypes[0].BareMetal);

    [Fact]
    public void AnyAnswer_ExternalEntity_IsRefused() =>
        Assert.Throws<System.Xml.XmlException>(() => Wire.Read<CreateTagsResponse>(
            "<!DOCTYPE r [<!ENTITY x SYSTEM \"file:///etc/hostname\">]><R><return>&x;</return></R>"));
}

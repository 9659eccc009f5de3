using Operator.Clients.Ec2.Model;

namespace Operator.Tests.Clients.Ec2;

/// <summary>The form is what the official JavaScript client sends for the same call.</summary>
public sealed class LaunchTemplateRequestTests
{
    [Fact]
    public void CreateLaunchTemplate_EveryMember_HasItsWireName()
    {
        var request = new CreateLaunchTemplateRequest
        {
            ClientToken = "t-1",
            LaunchTemplateName = "pool-abc",
            VersionDescription = "v",
            LaunchTemplateData = Data(),
            TagSpecifications = [new() { ResourceType = "launch-template", Tags = [new("k", "v")] }],
        };

        Assert.Equal(Wire.Sorted(Expected), Wire.Form(request));
    }

    private static RequestLaunchTemplateData Data() => new()
    {
        ImageId = "ami-1",
        InstanceType = "t3.micro",
        KeyName = "k",
        UserData = "IyEvYmluL3No+/==",
        EbsOptimized = true,
        IamInstanceProfile = new() { Name = "ci-runner" },
        BlockDeviceMappings = [new() { DeviceName = "/dev/sda1", VirtualName = "ephemeral0", NoDevice = "x", Ebs = Volume() }],
        NetworkInterfaces =
        [
            new() { DeviceIndex = 0, AssociatePublicIpAddress = false, DeleteOnTermination = true, Groups = ["sg-1", "sg-2"], SubnetId = "subnet-1" },
        ],
        SecurityGroupIds = ["sg-3"],
        InstanceInitiatedShutdownBehavior = "terminate",
        MetadataOptions = new()
        {
            HttpTokens = "required",
            HttpPutResponseHopLimit = 2,
            HttpEndpoint = "enabled",
            HttpProtocolIpv6 = "disabled",
            InstanceMetadataTags = "enabled",
        },
        Monitoring = new() { Enabled = false },
        Placement = new() { GroupName = "g", Tenancy = "default", HostId = "h", HostResourceGroupArn = "arn" },
        CreditSpecification = new() { CpuCredits = "standard" },
        TagSpecifications = [new() { ResourceType = "volume", Tags = [new("k", "v")] }],
    };

    private static LaunchTemplateEbsBlockDeviceRequest Volume() => new()
    {
        Encrypted = true,
        DeleteOnTermination = true,
        Iops = 3000,
        KmsKeyId = "k",
        SnapshotId = "s",
        VolumeSize = 100,
        VolumeType = "gp3",
        Throughput = 125,
    };

    private const string Expected =
        """
        Action=CreateLaunchTemplate
        Version=2016-11-15
        LaunchTemplateName=pool-abc
        LaunchTemplateData.EbsOptimized=true
        LaunchTemplateData.IamInstanceProfile.Name=ci-runner
        LaunchTemplateData.BlockDeviceMapping.1.DeviceName=/dev/sda1
        LaunchTemplateData.BlockDeviceMapping.1.VirtualName=ephemeral0
        LaunchTemplateData.BlockDeviceMapping.1.Ebs.Encrypted=true
        LaunchTemplateData.BlockDeviceMapping.1.Ebs.DeleteOnTermination=true
        LaunchTemplateData.BlockDeviceMapping.1.Ebs.Iops=3000
        LaunchTemplateData.BlockDeviceMapping.1.Ebs.KmsKeyId=k
        LaunchTemplateData.BlockDeviceMapping.1.Ebs.SnapshotId=s
        LaunchTemplateData.BlockDeviceMapping.1.Ebs.VolumeSize=100
        LaunchTemplateData.BlockDeviceMapping.1.Ebs.VolumeType=gp3
        LaunchTemplateData.BlockDeviceMapping.1.Ebs.Throughput=125
        LaunchTemplateData.BlockDeviceMapping.1.NoDevice=x
        LaunchTemplateData.NetworkInterface.1.AssociatePublicIpAddress=false
        LaunchTemplateData.NetworkInterface.1.DeleteOnTermination=true
        LaunchTemplateData.NetworkInterface.1.DeviceIndex=0
        LaunchTemplateData.NetworkInterface.1.SecurityGroupId.1=sg-1
        LaunchTemplateData.NetworkInterface.1.SecurityGroupId.2=sg-2
        LaunchTemplateData.NetworkInterface.1.SubnetId=subnet-1
        LaunchTemplateData.ImageId=ami-1
        LaunchTemplateData.InstanceType=t3.micro
        LaunchTemplateData.KeyName=k
        LaunchTemplateData.Monitoring.Enabled=false
        LaunchTemplateData.Placement.GroupName=g
        LaunchTemplateData.Placement.HostId=h
        LaunchTemplateData.Placement.Tenancy=default
        LaunchTemplateData.Placement.HostResourceGroupArn=arn
        LaunchTemplateData.InstanceInitiatedShutdownBehavior=terminate
        LaunchTemplateData.UserData=IyEvYmluL3No+/==
        LaunchTemplateData.TagSpecification.1.ResourceType=volume
        LaunchTemplateData.TagSpecification.1.Tag.1.Key=k
        LaunchTemplateData.TagSpecification.1.Tag.1.Value=v
        LaunchTemplateData.SecurityGroupId.1=sg-3
        LaunchTemplateData.CreditSpecification.CpuCredits=standard
        LaunchTemplateData.MetadataOptions.HttpTokens=required
        LaunchTemplateData.MetadataOptions.HttpPutResponseHopLimit=2
        LaunchTemplateData.MetadataOptions.HttpEndpoint=enabled
        LaunchTemplateData.MetadataOptions.HttpProtocolIpv6=disabled
        LaunchTemplateData.MetadataOptions.InstanceMetadataTags=enabled
        ClientToken=t-1
        VersionDescription=v
        TagSpecification.1.ResourceType=launch-template
        TagSpecification.1.Tag.1.Key=k
        TagSpecification.1.Tag.1.Value=v
        """;
}

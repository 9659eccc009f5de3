namespace Operator.Simulator.Tests.Aws;

public sealed class LaunchTemplateTests
{
    [Fact]
    public async Task Create_ThenDescribe_ShowsTheTemplate()
    {
        await using var raw = await RawAws.StartAsync();
        var created = await raw.Ec2Async(
            "CreateLaunchTemplate",
            ("LaunchTemplateName", "pool/abc"),
            ("LaunchTemplateData.ImageId", RawAws.Amd64Image),
            ("TagSpecification.1.ResourceType", "launch-template"),
            ("TagSpecification.1.Tag.1.Key", "ec2runners.dev:cluster"),
            ("TagSpecification.1.Tag.1.Value", "c"));

        var described = await raw.Ec2Async(
            "DescribeLaunchTemplates", ("Filter.1.Name", "tag:ec2runners.dev:cluster"), ("Filter.1.Value.1", "c"));

        Assert.Equal(created.Text("launchTemplateId"), described.Text("launchTemplateId"));
        Assert.Equal("pool/abc", described.Text("launchTemplateName"));
        Assert.Equal("1", described.Text("latestVersionNumber"));
    }

    [Fact]
    public async Task DescribeVersions_RepeatsTheData()
    {
        await using var raw = await RawAws.StartAsync();
        var id = await raw.TemplateAsync(
            ("LaunchTemplateData.UserData", "aGVsbG8="),
            ("LaunchTemplateData.IamInstanceProfile.Name", "ci-runner"),
            ("LaunchTemplateData.SecurityGroupId.1", "sg-0a000000000000002"),
            ("LaunchTemplateData.MetadataOptions.HttpTokens", "required"),
            ("LaunchTemplateData.MetadataOptions.InstanceMetadataTags", "enabled"),
            ("LaunchTemplateData.BlockDeviceMapping.1.DeviceName", "/dev/xvda"),
            ("LaunchTemplateData.BlockDeviceMapping.1.Ebs.VolumeSize", "100"));

        var version = await raw.Ec2Async("DescribeLaunchTemplateVersions", ("LaunchTemplateId", id), ("LaunchTemplateVersion.1", "$Latest"));

        var data = version.All("launchTemplateData").Single();
        Assert.Equal("aGVsbG8=", data.Text("userData"));
        Assert.Equal("ci-runner", data.All("iamInstanceProfile").Single().Text("name"));
        Assert.Equal("terminate", data.Text("instanceInitiatedShutdownBehavior"));
        Assert.Equal("sg-0a000000000000002", data.All("securityGroupIdSet").Single().Text("item"));
        Assert.Equal("required", data.Text("httpTokens"));
        Assert.Equal("enabled", data.Text("instanceMetadataTags"));
        Assert.Equal("100", data.Text("volumeSize"));
    }

    [Fact]
    public async Task Create_NameInUse_IsRefused()
    {
        await using var raw = await RawAws.StartAsync();
        (string, string)[] request = [("LaunchTemplateName", "name"), ("LaunchTemplateData.ImageId", "x")];
        await raw.Ec2Async("CreateLaunchTemplate", request);

        Assert.Equal("InvalidLaunchTemplateName.AlreadyExistsException", await raw.Ec2ErrorAsync("CreateLaunchTemplate", request));
    }

    [Fact]
    public async Task Create_SameToken_AnswersTheSame()
    {
        await using var raw = await RawAws.StartAsync();
        (string, string)[] request = [("LaunchTemplateName", "name"), ("LaunchTemplateData.ImageId", "x"), ("ClientToken", "t")];

        var first = await raw.Ec2Async("CreateLaunchTemplate", request);
        var second = await raw.Ec2Async("CreateLaunchTemplate", request);

        Assert.Equal(first.Text("launchTemplateId"), second.Text("launchTemplateId"));
    }

    [Theory]
    [InlineData("ab")]
    [InlineData("with space")]
    [InlineData("col:on")]
    public async Task Create_BadName_IsRefused(string name)
    {
        await using var raw = await RawAws.StartAsync();

        Assert.Equal("InvalidLaunchTemplateName.MalformedException",
            await raw.Ec2ErrorAsync("CreateLaunchTemplate", ("LaunchTemplateName", name), ("LaunchTemplateData.ImageId", "x")));
    }

    [Theory]
    [InlineData("LaunchTemplateId.1", "lt-0123456789abcdef0", "InvalidLaunchTemplateId.NotFound")]
    [InlineData("LaunchTemplateId.1", "x", "InvalidLaunchTemplateId.Malformed")]
    [InlineData("LaunchTemplateName.1", "none", "InvalidLaunchTemplateName.NotFoundException")]
    public async Task Describe_UnknownTemplate_IsAnError(string parameter, string value, string code)
    {
        await using var raw = await RawAws.StartAsync();

        Assert.Equal(code, await raw.Ec2ErrorAsync("DescribeLaunchTemplates", (parameter, value)));
    }

    [Fact]
    public async Task Delete_ByName_RemovesIt()
    {
        await using var raw = await RawAws.StartAsync();
        await raw.TemplateAsync();

        await raw.Ec2Async("DeleteLaunchTemplate", ("LaunchTemplateName", "template-0"));

        Assert.Empty(raw.Aws.LaunchTemplates);
    }
}

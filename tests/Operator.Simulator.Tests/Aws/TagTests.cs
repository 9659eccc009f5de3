namespace Operator.Simulator.Tests.Aws;

public sealed class TagTests
{
    [Fact]
    public async Task CreateTags_OnInstance_AreShownAndDeleted()
    {
        await using var raw = await RawAws.StartAsync();
        var id = (await raw.LaunchAsync())[0];

        await raw.Ec2Async("CreateTags", ("ResourceId.1", id), ("Tag.1.Key", "colour"), ("Tag.1.Value", "1"));
        await raw.Ec2Async("CreateTags", ("ResourceId.1", id), ("Tag.1.Key", "colour"), ("Tag.1.Value", "2"));
        var tags = await raw.Ec2Async("DescribeTags", ("Filter.1.Name", "key"), ("Filter.1.Value.1", "colour"));
        Assert.Equal((id, "2"), (tags.Text("resourceId"), tags.Text("value")));

        await raw.Ec2Async("DeleteTags", ("ResourceId.1", id), ("Tag.1.Key", "colour"), ("Tag.1.Value", "other"));
        Assert.Equal("2", raw.Aws.Instance(id).Tags["colour"]);
        await raw.Ec2Async("DeleteTags", ("ResourceId.1", id), ("Tag.1.Key", "colour"));
        Assert.DoesNotContain("colour", raw.Aws.Instance(id).Tags.Keys);
    }

    [Fact]
    public async Task CreateTags_BeyondFifty_IsRefusedAndTheSystemsDoNotCount()
    {
        await using var raw = await RawAws.StartAsync();
        var id = (await raw.LaunchAsync())[0];
        await raw.Ec2Async(
            "CreateTags",
            [("ResourceId.1", id), .. Enumerable.Range(1, 50).SelectMany(i => new[] { ($"Tag.{i}.Key", $"k{i}"), ($"Tag.{i}.Value", "v") })]);

        Assert.Equal("TagLimitExceeded", await raw.Ec2ErrorAsync("CreateTags", ("ResourceId.1", id), ("Tag.1.Key", "one-more")));
    }

    [Theory]
    [InlineData("aws:mine")]
    [InlineData("AWS:mine")]
    public async Task CreateTags_ReservedKey_IsRefused(string key)
    {
        await using var raw = await RawAws.StartAsync();
        var id = (await raw.LaunchAsync())[0];

        Assert.Equal("InvalidParameterValue", await raw.Ec2ErrorAsync("CreateTags", ("ResourceId.1", id), ("Tag.1.Key", key)));
    }

    [Fact]
    public async Task CreateTags_SlashOnMachineThatReadsItsTags_IsRefused()
    {
        await using var raw = await RawAws.StartAsync();
        var id = (await raw.LaunchAsync(data: ("LaunchTemplateData.MetadataOptions.InstanceMetadataTags", "enabled")))[0];

        Assert.Equal("InvalidParameterValue", await raw.Ec2ErrorAsync("CreateTags", ("ResourceId.1", id), ("Tag.1.Key", "a/b")));
    }

    [Fact]
    public async Task CreateTags_UnknownInstance_IsNotFound()
    {
        await using var raw = await RawAws.StartAsync();

        Assert.Equal("InvalidInstanceID.NotFound",
            await raw.Ec2ErrorAsync("CreateTags", ("ResourceId.1", "i-0123456789abcdef0"), ("Tag.1.Key", "a")));
    }
}

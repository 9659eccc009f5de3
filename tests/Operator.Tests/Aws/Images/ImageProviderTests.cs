using Amazon.EC2.Model;
using Operator.Aws;
using Operator.Aws.Clients;
using Operator.Aws.Images;
using Operator.Common;
using Operator.Simulator.Time;

namespace Operator.Tests.Aws.Images;

public sealed class ImageProviderTests
{
    private readonly FakeEc2 _ec2 = new();
    private readonly ManualTimeProvider _clock = new();
    private readonly ImageProvider _provider;

    public ImageProviderTests() => _provider = new ImageProvider(_ec2, _clock);

    [Fact]
    public async Task Resolve_ById_DescribesTheImageOnceForEver()
    {
        var described = Image("ami-1");
        described.RootDeviceName = "/dev/sda1";
        described.BlockDeviceMappings = [new() { DeviceName = "/dev/sdb", Ebs = new() { VolumeSize = 1 } }, new() { DeviceName = "/dev/sda1", Ebs = new() { VolumeSize = 30 } }];
        _ec2.Images.Add(described);

        var image = await ResolveAsync(new ImageQuery.Id("ami-1"));
        _clock.Advance(TimeSpan.FromDays(30));
        await ResolveAsync(new ImageQuery.Id("ami-1"));

        Assert.Equal(new ResolvedImage("ami-1", "amd64", "/dev/sda1", "name of ami-1", 30), image with { Devices = [] });
        Assert.Equal([new ImageDevice("/dev/sdb", 1), new ImageDevice("/dev/sda1", 30)], image.Devices);
        Assert.Equal(["ami-1"], Assert.IsType<DescribeImagesRequest>(Assert.Single(_ec2.Requests)).ImageIds);
    }

    [Theory]
    [InlineData("InvalidAMIID.NotFound")]
    [InlineData("InvalidAMIID.Malformed")]
    [InlineData("InvalidAMIID.Unavailable")]
    public async Task Resolve_UnknownId_SaysWhatToDo(string code)
    {
        _ec2.Failure = new AwsException("EC2", code, "no");

        var failure = await Assert.ThrowsAsync<ImageNotFoundException>(() => ResolveAsync(new ImageQuery.Id("ami-1")));

        Assert.Equal("ImageNotFound", failure.Reason);
        Assert.Contains("ami-1", failure.Message, StringComparison.Ordinal);
        Assert.Contains("spec.launch.image", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Resolve_UnknownId_IsLookedForAgainSoonButNotAtOnce()
    {
        _ec2.Failure = new AwsException("EC2", "InvalidAMIID.NotFound", "no");
        await Assert.ThrowsAsync<ImageNotFoundException>(() => ResolveAsync(new ImageQuery.Id("ami-1")));
        await Assert.ThrowsAsync<ImageNotFoundException>(() => ResolveAsync(new ImageQuery.Id("ami-1")));
        Assert.Single(_ec2.Requests);

        _ec2.Failure = null;
        _ec2.Images.Add(Image("ami-1"));
        _clock.Advance(CacheDurations.NotFound);

        Assert.Equal("ami-1", (await ResolveAsync(new ImageQuery.Id("ami-1"))).Id);
    }

    [Fact]
    public async Task Resolve_Throttled_IsNotKept()
    {
        _ec2.Failure = new AwsException("EC2", "RequestLimitExceeded", "no");
        Assert.Equal("Throttled", (await Assert.ThrowsAsync<ProviderException>(() => ResolveAsync(new ImageQuery.Id("ami-1")))).Reason);

        _ec2.Failure = null;
        _ec2.Images.Add(Image("ami-1"));

        Assert.Equal("ami-1", (await ResolveAsync(new ImageQuery.Id("ami-1"))).Id);
    }

    [Fact]
    public async Task Resolve_OtherArchitecture_SaysWhatToDo()
    {
        _ec2.Images.Add(Image("ami-1", architecture: "arm64"));

        var failure = await Assert.ThrowsAsync<ImageNotFoundException>(() => ResolveAsync(new ImageQuery.Id("ami-1")));

        Assert.Contains("is made for arm64", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Resolve_ByParameter_FollowsItWhenItMoves()
    {
        _ec2.Parameters["/images/ubuntu"] = "ami-1";
        _ec2.Images.Add(Image("ami-1"));
        await ResolveAsync(new ImageQuery.SsmParameter("/images/ubuntu"));
        _ec2.Parameters["/images/ubuntu"] = "ami-2";
        _ec2.Images.Clear();
        _ec2.Images.Add(Image("ami-2"));

        Assert.Equal("ami-1", (await ResolveAsync(new ImageQuery.SsmParameter("/images/ubuntu"))).Id);
        _clock.Advance(CacheDurations.ImageByParameter);
        Assert.Equal("ami-2", (await ResolveAsync(new ImageQuery.SsmParameter("/images/ubuntu"))).Id);
    }

    [Fact]
    public async Task Resolve_ParameterMissingOrNoImage_SaysWhatToDo()
    {
        _ec2.Parameters["/other"] = "{\"image_id\":\"ami-1\"}";

        var missing = await Assert.ThrowsAsync<ImageNotFoundException>(() => ResolveAsync(new ImageQuery.SsmParameter("/none")));
        var other = await Assert.ThrowsAsync<ImageNotFoundException>(() => ResolveAsync(new ImageQuery.SsmParameter("/other")));

        Assert.Contains("no SSM parameter /none", missing.Message, StringComparison.Ordinal);
        Assert.Contains("/other is not an image id", other.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Resolve_BySelector_TakesTheNewestOfAllPages()
    {
        _ec2.PageSize = 2;
        _ec2.Images.AddRange(
        [
            Image("ami-old", created: "2025-01-01T00:00:00.000Z"),
            Image("ami-new", created: "2026-02-01T00:00:00.000Z"),
            Image("ami-mid", created: "2026-01-01T00:00:00.000Z"),
        ]);

        var image = await ResolveAsync(new ImageQuery.Selector { Tags = new Dictionary<string, string> { ["team"] = "ci" }, Name = "runner-*" });

        Assert.Equal("ami-new", image.Id);
        var request = Assert.IsType<DescribeImagesRequest>(_ec2.Requests[0]);
        Assert.Equal(["self"], request.Owners);
        Assert.Equal(
            ["architecture=x86_64", "name=runner-*", "state=available", "tag:team=ci"],
            request.Filters.Select(filter => $"{filter.Name}={filter.Values.Single()}").Order(StringComparer.Ordinal));
        Assert.Equal(2, _ec2.Requests.Count);
    }

    [Fact]
    public async Task Resolve_EqualSelectors_ShareTheAnswerForAWhile()
    {
        _ec2.Images.Add(Image("ami-1"));
        await ResolveAsync(SelectorByTag());
        await ResolveAsync(SelectorByTag());
        Assert.Single(_ec2.Requests);

        _clock.Advance(CacheDurations.ImageBySelector);
        await ResolveAsync(SelectorByTag());

        Assert.Equal(2, _ec2.Requests.Count);
    }

    [Fact]
    public async Task Resolve_SelectorFitsNone_SaysWhatToDo()
    {
        var failure = await Assert.ThrowsAsync<ImageNotFoundException>(() => ResolveAsync(SelectorByTag()));

        Assert.Contains("team=ci", failure.Message, StringComparison.Ordinal);
        Assert.Contains("amd64", failure.Message, StringComparison.Ordinal);
    }

    private static ImageQuery.Selector SelectorByTag() => new() { Tags = new Dictionary<string, string> { ["team"] = "ci" } };

    private static Image Image(string id, string architecture = "x86_64", string created = "2026-01-01T00:00:00.000Z") => new()
    {
        ImageId = id,
        Name = $"name of {id}",
        Architecture = architecture,
        State = "available",
        CreationDate = created,
        RootDeviceName = "/dev/xvda",
    };

    private Task<ResolvedImage> ResolveAsync(ImageQuery query) => _provider.ResolveAsync(AwsAccount.Default, query, "amd64", CancellationToken.None);
}

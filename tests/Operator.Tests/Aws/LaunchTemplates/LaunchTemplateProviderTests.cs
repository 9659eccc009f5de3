using System.Net;
using Amazon.EC2.Model;
using Operator.Aws;
using Operator.Aws.LaunchTemplates;
using Operator.Common;
using Operator.Tests.Aws.Clients;

namespace Operator.Tests.Aws.LaunchTemplates;

public sealed class LaunchTemplateProviderTests
{
    private readonly FakeEc2 _ec2 = new();
    private readonly Ec2LaunchTemplateProvider _provider;

    public LaunchTemplateProviderTests() => _provider = new(_ec2, new("cluster"));

    [Theory]
    [InlineData("<R><requestId>r</requestId></R>")]
    [InlineData("<R><requestId>r</requestId><launchTemplate><launchTemplateName>n</launchTemplateName></launchTemplate></R>")]
    public async Task Ensure_AnswerWithoutId_IsNotTrusted(string answer)
    {
        using var factory = StubHttp.Answering(HttpStatusCode.OK, answer).Factory();
        var provider = new Ec2LaunchTemplateProvider(factory, new("cluster"));

        var failure = await Assert.ThrowsAsync<ProviderException>(() => provider.EnsureAsync(
            AwsAccount.Default, new PoolIdentity("uid", "team/linux"), new() { ImageId = "ami-1", UserData = "" }, new HashSet<string>(), CancellationToken.None));

        Assert.Equal("AwsUnavailable", failure.Reason);
    }

    [Fact]
    public async Task Ensure_MadeByAnEarlierProcess_IsFound()
    {
        var made = await EnsureAsync(_provider);

        Assert.Equal(made, await EnsureAsync(new(_ec2, new("cluster")), made.Id));
        Assert.Single(_ec2.Templates);
    }

    // Anyone who may create and tag templates can forge its name and tags, and its user data runs with the pool's instance profile.
    [Fact]
    public async Task Ensure_TemplateThatIsNotOnRecord_IsMadeAnewThoughItBearsTheTags()
    {
        var made = await EnsureAsync(_provider);
        var copy = _ec2.Templates[0];
        _ec2.Templates.Clear();
        copy.LaunchTemplateId = "lt-copy";
        _ec2.Templates.Add(copy);

        var next = await EnsureAsync(new(_ec2, new("cluster")), made.Id);

        Assert.Equal((made.Name, made.Hash), (next.Name, next.Hash));
        Assert.NotEqual("lt-copy", next.Id);
        Assert.Equal(next.Id, Assert.Single(_ec2.Templates).LaunchTemplateId);
    }

    // Its content is unknown.
    [Theory]
    [InlineData("ec2runners.dev:cluster", "another")]
    [InlineData("ec2runners.dev:pool-uid", "another")]
    [InlineData(null, null)]
    public async Task Ensure_NameIsTakenByATemplateOfSomebodyElse_IsRefusedWithItsId(string? key, string? value)
    {
        await EnsureAsync(_provider);
        var template = _ec2.Templates[0];
        template.Tags = [.. template.Tags.Where(tag => key is not null && tag.Key != key), .. key is null ? Array.Empty<Tag>() : [new Tag(key, value)]];

        var failure = await Assert.ThrowsAsync<ProviderException>(() => EnsureAsync(new(_ec2, new("cluster"))));

        Assert.Equal("LaunchTemplateForeign", failure.Reason);
        Assert.Contains(template.LaunchTemplateId, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ensure_ItsVersionIsGone_MakesItAnew()
    {
        var made = await EnsureAsync(_provider);

        _provider.Replace(made.Id);
        var next = await EnsureAsync(_provider);

        Assert.NotEqual(made.Id, next.Id);
        Assert.Equal(next.Id, Assert.Single(_ec2.Templates).LaunchTemplateId);
        Assert.Equal(next, await EnsureAsync(_provider));
    }

    private static Task<LaunchTemplateRef> EnsureAsync(Ec2LaunchTemplateProvider provider, params string[] recorded) => provider.EnsureAsync(
        AwsAccount.Default, new PoolIdentity("uid", "team/linux"), new() { ImageId = "ami-1", UserData = "" }, recorded.ToHashSet(), CancellationToken.None);
}

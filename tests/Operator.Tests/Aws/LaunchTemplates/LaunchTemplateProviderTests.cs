using System.Net;
using Operator.Aws;
using Operator.Aws.LaunchTemplates;
using Operator.Common;
using Operator.Tests.Aws.Clients;

namespace Operator.Tests.Aws.LaunchTemplates;

public sealed class LaunchTemplateProviderTests
{
    [Theory]
    [InlineData("<R><requestId>r</requestId></R>")]
    [InlineData("<R><requestId>r</requestId><launchTemplate><launchTemplateName>n</launchTemplateName></launchTemplate></R>")]
    public async Task Ensure_AnswerWithoutId_IsNotTrusted(string answer)
    {
        using var factory = StubHttp.Answering(HttpStatusCode.OK, answer).Factory();
        var provider = new Ec2LaunchTemplateProvider(factory, new("cluster"));

        var failure = await Assert.ThrowsAsync<ProviderException>(() => provider.EnsureAsync(
            AwsAccount.Default, new PoolIdentity("uid", "team/linux"), new() { ImageId = "ami-1", UserData = "" }, CancellationToken.None));

        Assert.Equal("AwsUnavailable", failure.Reason);
    }
}

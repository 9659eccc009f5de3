using System.Text;
using Operator.Demand.Webhooks;

namespace Operator.Tests.Demand.Webhooks;

public sealed class WebhookSignatureTests
{
    private const string Right = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";

    [Theory]
    [InlineData(Right, WebhookDemandFixture.Secret, "Hello, World!", true)]
    [InlineData(Right, WebhookDemandFixture.Secret, "Hello, World", false)]
    [InlineData(Right, "It's a Secret to Nobody", "Hello, World!", false)]
    [InlineData("sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e18", WebhookDemandFixture.Secret, "Hello, World!", false)]
    public void Matches_GitHubsTestVector_OnlyTheRightOne(string header, string secret, string body, bool matches)
    {
        var signature = WebhookSignature.Read(header);

        Assert.NotNull(signature);
        Assert.Equal(matches, WebhookSignature.Matches(Encoding.UTF8.GetBytes(secret), Encoding.UTF8.GetBytes(body), signature));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("sha256=")]
    [InlineData("sha1=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17")]
    [InlineData("sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e1")]
    [InlineData("sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e1g")]
    [InlineData("sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17, sha256=00")]
    public void Read_NoSignature_IsNull(string? header) => Assert.Null(WebhookSignature.Read(header));
}

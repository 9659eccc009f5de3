using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Operator.Demand.PendingJobs;

namespace Operator.Tests.Demand.PendingJobs;

public sealed class GitLabSignatureTests
{
    private const string Token = "a-token-of-some-length";
    private const string Key = "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"; // of 24 bytes
    private static readonly DateTimeOffset Now = DateTimeOffset.FromUnixTimeSeconds(1_800_000_000);
    private static readonly byte[] Body = Encoding.UTF8.GetBytes("""{"object_kind":"build"}""");

    [Theory]
    [InlineData(Token, true)]
    [InlineData(Token + "x", false)]
    [InlineData("", false)]
    public void Token_IsComparedWhole(string sent, bool matches)
    {
        var headers = new HeaderDictionary { ["X-Gitlab-Token"] = sent };

        Assert.True(GitLabSignature.IsThere(headers));
        Assert.Equal(matches, GitLabSignature.Matches(Encoding.UTF8.GetBytes(Token), headers, Body, Now));
    }

    [Theory]
    [InlineData(0, Key, "", true)]
    [InlineData(299, Key, "", true)]
    [InlineData(-301, Key, "", false)] // as if replayed
    [InlineData(301, Key, "", false)]
    [InlineData(0, "QUJDREVGR0hJSktMTU5PUFFSU1RVVldY", "", false)]
    [InlineData(0, Key, " ", false)] // another body
    public void Signature_IsOfIdTimeAndBody(int secondsAhead, string key, string appended, bool matches)
    {
        var time = (Now.ToUnixTimeSeconds() + secondsAhead).ToString(CultureInfo.InvariantCulture);
        var signature = Convert.ToBase64String(HMACSHA256.HashData(Convert.FromBase64String(key), Encoding.UTF8.GetBytes($"id-1.{time}.").Concat(Body).ToArray()));
        var headers = new HeaderDictionary { ["webhook-id"] = "id-1", ["webhook-timestamp"] = time, ["webhook-signature"] = $"v2,other v1,{signature}" };

        Assert.Equal(matches, GitLabSignature.Matches(Encoding.UTF8.GetBytes("whsec_" + Key), headers, [.. Body, .. Encoding.UTF8.GetBytes(appended)], Now));
    }

    [Theory]
    [InlineData("")]
    [InlineData("v1,")]
    [InlineData("v1,not base64")]
    [InlineData("whsec_")]
    public void Signature_ThatIsNone_IsRefused(string signature)
    {
        var headers = new HeaderDictionary { ["webhook-id"] = "id-1", ["webhook-timestamp"] = "1800000000", ["webhook-signature"] = signature };

        Assert.False(GitLabSignature.Matches(Encoding.UTF8.GetBytes("whsec_" + Key), headers, Body, Now));
    }

    // A signing token is no secret to be sent in the open.
    [Fact]
    public void SigningToken_AsPlainToken_IsRefused() =>
        Assert.False(GitLabSignature.Matches(Encoding.UTF8.GetBytes("whsec_" + Key), new HeaderDictionary { ["X-Gitlab-Token"] = "whsec_" + Key }, Body, Now));
}

using Microsoft.AspNetCore.Http;
using Operator.Dashboard;
using Operator.Dashboard.Access;

namespace Operator.Tests.Dashboard;

public sealed class RequestRulesTests
{
    [Theory]
    [InlineData("localhost", true)]
    [InlineData("localhost:8083", true)]
    [InlineData("LOCALHOST:9", true)]
    [InlineData("127.0.0.1:8083", true)]
    [InlineData("[::1]:8083", true)]
    [InlineData("evil.example", false)]
    [InlineData("localhost.evil.example", false)]
    [InlineData("127.0.0.1.evil.example", false)]
    [InlineData("10.0.0.7:8083", false)]
    [InlineData("", false)]
    public void Host_ThatIsNotLoopback_IsRefused(string host, bool isLoopback) => Assert.Equal(isLoopback, RequestRules.IsLoopback(new HostString(host)));

    [Theory]
    [InlineData("Bearer abc", null, "abc")]
    [InlineData("bearer abc", "cookie", "abc")]
    [InlineData(null, "cookie", "cookie")]
    [InlineData("Basic abc", null, null)]
    [InlineData(null, null, null)]
    public void Token_IsThatOfTheHeader_ElseOfTheCookie(string? header, string? cookie, string? token)
    {
        var request = new DefaultHttpContext().Request;
        request.Headers.Authorization = header;
        request.Headers.Cookie = cookie is null ? default : $"{RequestRules.Cookie}={cookie}";

        Assert.Equal(token, RequestRules.TokenOf(request));
    }

    [Fact]
    public void Page_IsEmbedded_AndLoadsNothingFromElsewhere()
    {
        var page = System.Text.Encoding.UTF8.GetString(PageFiles.Find("index.html")!.Content);

        Assert.DoesNotContain("http", page.Replace("<!doctype html>", "", StringComparison.Ordinal).Replace("http-equiv", "", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.DoesNotContain("style=", page, StringComparison.Ordinal); // the content security policy refuses it
        Assert.All(
            System.Text.RegularExpressions.Regex.Matches(page, "(src|href)=\"\\./(?<path>[^\"]+)\"", System.Text.RegularExpressions.RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1)),
            match => Assert.NotNull(PageFiles.Find(match.Groups["path"].Value)));
        Assert.Null(PageFiles.Find("../secret"));
        Assert.Contains("MIT", System.Text.Encoding.UTF8.GetString(PageFiles.Find("assets/licenses.txt")!.Content), StringComparison.Ordinal);
    }
}

using Operator.GitHub;
using Operator.Tests.GitHub.Rest;

namespace Operator.Tests.GitHub;

public sealed class GitHubTargetTests
{
    [Theory]
    [InlineData("https://github.com/my-org", "https://api.github.com/", "orgs/my-org")]
    [InlineData("https://github.com/my-org/", "https://api.github.com/", "orgs/my-org")]
    [InlineData("  https://github.com/my-org  ", "https://api.github.com/", "orgs/my-org")]
    [InlineData("https://www.github.com/my-org", "https://api.github.com/", "orgs/my-org")]
    [InlineData("https://GitHub.com:443/my-org", "https://api.github.com/", "orgs/my-org")]
    [InlineData("https://github.com/my-org/my.repo_1", "https://api.github.com/", "repos/my-org/my.repo_1")]
    [InlineData("https://github.com/enterprises/big-corp", "https://api.github.com/", "enterprises/big-corp")]
    [InlineData("https://github.com/Enterprises/big-corp/", "https://api.github.com/", "enterprises/big-corp")]
    [InlineData("https://acme.ghe.com/my-org", "https://api.acme.ghe.com/", "orgs/my-org")]
    [InlineData("https://acme.ghe.com/my-org/app", "https://api.acme.ghe.com/", "repos/my-org/app")]
    [InlineData("https://git.example.com/my-org", "https://git.example.com/api/v3/", "orgs/my-org")]
    [InlineData("https://git.example.com:8443/my-org/app", "https://git.example.com:8443/api/v3/", "repos/my-org/app")]
    [InlineData("http://127.0.0.1:5080/enterprises/e", "http://127.0.0.1:5080/api/v3/", "enterprises/e")]
    [InlineData("http://[::1]:5080/my-org", "http://[::1]:5080/api/v3/", "orgs/my-org")]
    [InlineData("https://notghe.com/my-org", "https://notghe.com/api/v3/", "orgs/my-org")]
    public void TryParse_AnAddress_FindsTheApi(string url, string api, string path)
    {
        Assert.True(GitHubTarget.TryParse(url, out var target, out _));
        Assert.Equal(api, target.ApiBase.AbsoluteUri);
        Assert.Equal(path, target.Path);
    }

    [Theory]
    [InlineData(null, "not an http(s) URL")]
    [InlineData("", "not an http(s) URL")]
    [InlineData("my-org", "use the one shown in the browser")]
    [InlineData("github.com/my-org", "not an http(s) URL")]
    [InlineData("ssh://git@github.com/my-org/app", "not an http(s) URL")]
    [InlineData("https:///my-org", "not an http(s) URL")]
    [InlineData("https://github.com", "names no organization")]
    [InlineData("https://github.com/", "names no organization")]
    [InlineData("https://github.com/enterprises", "https://github.com/enterprises/my-enterprise")]
    [InlineData("https://github.com/enterprises/e/settings", "remove the rest (https://github.com/enterprises/e)")]
    [InlineData("https://github.com/orgs/my-org", "not an organization")]
    [InlineData("https://github.com/organizations/my-org/settings/actions", "not an organization")]
    [InlineData("https://github.com/my-org/app/settings/actions/runners", "remove the rest (https://github.com/my-org/app)")]
    [InlineData("https://github.com/my-org/app.git", "use https://github.com/my-org/app")]
    [InlineData("https://github.com/my-org?tab=repositories", "has a query or a fragment: remove everything from '?'")]
    [InlineData("https://github.com/my-org#top", "remove everything from '#'")]
    [InlineData("https://user:pass@github.com/my-org", "credentials secret")]
    [InlineData("https://github.com/my%20org", "'my org' is not a name")]
    [InlineData("http://github.com/my-org", "use https://github.com/my-org")]
    [InlineData("https://github.com:8443/my-org", "on the default port")]
    [InlineData("http://acme.ghe.com/my-org", "use https://acme.ghe.com/my-org")]
    [InlineData("http://git.example.com:8080/my-org", "unencrypted: use https://git.example.com:8080/my-org")]
    [InlineData("https://api.github.com/orgs/my-org", "URL of the API")]
    [InlineData("https://api.acme.ghe.com/orgs/my-org", "https://acme.ghe.com/")]
    [InlineData("https://git.example.com/api/v3", "GitHub's own pages")]
    public void TryParse_AnAddressThatCannotBe_SaysWhatToWrite(string? url, string expected)
    {
        Assert.False(GitHubTarget.TryParse(url, out _, out var problem));
        Assert.Contains(expected, problem, StringComparison.Ordinal);
        Assert.DoesNotContain("pass", problem.Replace("password", "", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("https://github.com/my-org", GitHubTargetKind.Organization, "my-org", null, true)]
    [InlineData("https://github.com/my-org/app", GitHubTargetKind.Repository, "my-org", "app", false)]
    [InlineData("https://github.com/enterprises/e", GitHubTargetKind.Enterprise, "e", null, true)]
    internal void TryParse_AnAddress_TellsItsParts(string url, GitHubTargetKind kind, string owner, string? repository, bool hasGroups)
    {
        var target = StubGitHub.Target(url);

        Assert.Equal((kind, owner, repository, hasGroups), (target.Kind, target.Owner, target.Repository, target.HasRunnerGroups));
        Assert.Equal(url, target.ToString());
    }

    [Theory]
    [InlineData("https://github.com/My-Org", "https://www.github.com/my-org/", true)]
    [InlineData("https://github.com/my-org", "https://github.com/my-org/app", false)]
    [InlineData("https://github.com/my-org", "https://github.com/enterprises/my-org", false)]
    [InlineData("https://github.com/my-org", "https://git.example.com/my-org", false)]
    [InlineData("https://git.example.com/o", "https://git.example.com:8443/o", false)]
    public void Equals_TwoAddresses_AreOneWhenTheyNameOnePlace(string first, string second, bool same)
    {
        var (one, other) = (StubGitHub.Target(first), StubGitHub.Target(second));

        Assert.Equal(same, one.Equals(other));
        Assert.Equal(same, one.GetHashCode() == other.GetHashCode());
    }
}

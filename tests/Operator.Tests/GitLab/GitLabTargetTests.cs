using Operator.GitLab;

namespace Operator.Tests.GitLab;

public sealed class GitLabTargetTests
{
    [Theory]
    [InlineData("https://gitlab.com", "my-group/sub", null, "https://gitlab.com/my-group/sub", "https://gitlab.com/api/v4/")]
    [InlineData("https://git.example.com/gitlab/", null, "a/b", "https://git.example.com/gitlab/a/b", "https://git.example.com/gitlab/api/v4/")]
    [InlineData("http://127.0.0.1:8080", null, null, "http://127.0.0.1:8080/", "http://127.0.0.1:8080/api/v4/")]
    public void Fields_AreReadAsTheyAreMeant(string url, string? group, string? project, string page, string api)
    {
        Assert.True(GitLabTarget.TryCreate(url, group, project, out var target, out _));

        Assert.Equal((page, api), (target.WebUrl.AbsoluteUri, target.ApiBase.AbsoluteUri));
    }

    [Theory]
    [InlineData("gitlab.com", null, null, "not an http(s) URL")]
    [InlineData("http://gitlab.com", null, null, "unencrypted")]
    [InlineData("https://me:secret@gitlab.com", null, null, "user name or password")]
    [InlineData("https://gitlab.com/my-group", null, null, "spec.gitlab.group")]
    [InlineData("https://gitlab.com?a=b", null, null, "a query")]
    [InlineData("https://gitlab.com", "a", "a/b", "not both")]
    [InlineData("https://gitlab.com", "a//b", null, "full path of a group")]
    [InlineData("https://gitlab.com", null, "app", "full path of a project")]
    [InlineData("https://gitlab.com", null, "a/..", "full path of a project")]
    public void Mistakes_AreExplained(string url, string? group, string? project, string text)
    {
        Assert.False(GitLabTarget.TryCreate(url, group, project, out _, out var problem));

        Assert.Contains(text, problem, StringComparison.Ordinal);
        Assert.DoesNotContain("secret@", problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("glpat-x", null)]
    [InlineData("", "is empty")]
    [InlineData("glrt-x", "runner authentication token")]
    [InlineData("two words", "not valid in a token")]
    [InlineData(null, "contains no gitlab_token")]
    public void Token_IsReadOrExplained(string? token, string? text)
    {
        var data = token is null ? new Dictionary<string, byte[]>() : new() { ["gitlab_token"] = System.Text.Encoding.UTF8.GetBytes(token + "\n") };

        var read = GitLabCredentials.Read(data, out var problem);

        Assert.Equal(text is null, read is not null);
        Assert.Contains(text ?? "", problem ?? "", StringComparison.Ordinal);
        Assert.DoesNotContain("glpat-x", read?.ToString() ?? "", StringComparison.Ordinal);
    }

    [Fact]
    public void Credentials_GoToNoOtherHost()
    {
        Assert.True(GitLabTarget.TryCreate("https://gitlab.com", "my-group", null, out var target, out _));
        var scope = new GitLabScope(target, new GitLabCredentials("glpat-x"));

        Assert.NotNull(scope.At("https://gitlab.com/other-group"));
        Assert.Null(scope.At("https://gitlab.example.com/my-group"));
        Assert.Null(scope.At("https://gitlab.com.example.com/my-group"));
    }
}

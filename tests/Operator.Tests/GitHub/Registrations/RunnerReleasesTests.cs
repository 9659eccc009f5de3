using Operator.Common;
using Operator.Entities.ResourceClasses;
using Operator.GitHub;
using Operator.GitHub.Registrations;
using Operator.Tests.GitHub.Rest;

namespace Operator.Tests.GitHub.Registrations;

/// <summary>Each machine downloads the build of its own system and architecture.</summary>
public sealed class RunnerReleasesTests
{
    private readonly StubGitHub _stub = new StubGitHub().On("GET /orgs/my-org/actions/runners/downloads", 200, $"[{string.Join(',', Build("osx", "x64", "tar.gz"), Build("linux", "x64", "tar.gz"), Build("linux", "arm64", "tar.gz"), Build("win", "x64", "zip"))}]");

    [Theory]
    [InlineData(OperatingSystemKind.Linux, "amd64", "linux-x64-2.330.0.tar.gz")]
    [InlineData(OperatingSystemKind.Linux, "arm64", "linux-arm64-2.330.0.tar.gz")]
    [InlineData(OperatingSystemKind.Windows, "amd64", "win-x64-2.330.0.zip")]
    public async Task Find_IsTheBuildOfTheMachine(OperatingSystemKind system, string architecture, string file)
    {
        var build = await FindAsync(null, null, system, architecture);

        Assert.Equal(("2.330.0", $"https://github.com/actions/runner/releases/download/v2.330.0/actions-runner-{file}"), (build!.Version, build.Url.AbsoluteUri));
    }

    [Fact]
    public async Task Find_AnotherVersion_IsOfTheSameSystem()
    {
        var build = await FindAsync("2.329.0", new string('b', 64), OperatingSystemKind.Windows, "amd64");

        Assert.Equal("https://github.com/actions/runner/releases/download/v2.329.0/actions-runner-win-x64-2.329.0.zip", build!.Url.AbsoluteUri);
        Assert.Equal(new string('b', 64), build.Sha256);
    }

    private Task<RunnerDownload?> FindAsync(string? version, string? sha256, OperatingSystemKind system, string architecture) =>
        new RunnerReleases(_stub.Connections, new(_stub.Clock), GitHubAddresses.Default, _stub.Clock).FindAsync(
            new GitHubScope(StubGitHub.Organization, StubGitHub.PersonalToken, "default"), version, sha256, system, architecture, default);

    private static string Build(string system, string architecture, string end) => $$"""
        {"os":"{{system}}","architecture":"{{architecture}}","download_url":"https://github.com/actions/runner/releases/download/v2.330.0/actions-runner-{{system}}-{{architecture}}-2.330.0.{{end}}","filename":"actions-runner-{{system}}-{{architecture}}-2.330.0.{{end}}","sha256_checksum":"{{new string('a', 64)}}"}
        """;
}

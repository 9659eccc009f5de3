using Operator.GitHub;
using Operator.GitHub.Registrations;
using Operator.Simulator.Time;
using Operator.Tests.GitHub.Rest;

namespace Operator.Tests.GitHub.Registrations;

/// <summary>Until when a version of the runner gets jobs, from whatever GitHub answers.</summary>
public sealed class RunnerDeprecationsTests
{
    private const string Dates = "GET /orgs/my-org/actions/runners/deprecations";
    private readonly StubGitHub _stub = new();
    private readonly ManualTimeProvider _clock = new();
    private readonly RunnerDeprecations _deprecations;
    private const string Newest = """{"runner_version":"2.337.0","runtime_deprecates_at":null}""";

    private readonly GitHubScope _scope = new(StubGitHub.Target("https://github.com/my-org"), new GitHubCredentials.Token(StubGitHub.Token), "default");

    public RunnerDeprecationsTests()
    {
        _deprecations = new(_stub.Connections, new RunnerReleases(_stub.Connections, new(_clock), GitHubAddresses.Default, _clock), new(_clock), _clock);
        _stub.On("GET /orgs/my-org/actions/runners/downloads", 200, """[{"os":"linux","architecture":"x64","filename":"actions-runner-linux-x64-2.337.0.tar.gz"}]""");
    }

    [Fact]
    public async Task Date_IsGitHubs_AndAskedOnce()
    {
        _stub.On($"{Dates}/2.336.0", 200, """{"runner_version":"2.336.0","runtime_deprecates_at":"2026-11-05T00:00:00Z"}""")
            .On($"{Dates}/2.337.0", 200, Newest);

        Assert.Equal(new DateTimeOffset(2026, 11, 5, 0, 0, 0, TimeSpan.Zero), await FindAsync("2.336.0"));
        Assert.NotNull(await FindAsync("2.336.0"));
        Assert.Equal("2026-03-10", Assert.Single(_stub.Sent).Headers["X-GitHub-Api-Version"]);
        Assert.Null(await FindAsync("2.337.0"));
    }

    [Fact]
    public async Task Withdrawn_HasEnded()
    {
        _stub.On($"{Dates}/2.327.0", 404, "{}").On($"{Dates}/2.337.0", 200, Newest);

        Assert.Equal(_clock.GetUtcNow(), await FindAsync("2.327.0"));
    }

    [Theory]
    [InlineData(404)] // no dates at all, as on an Enterprise Server
    [InlineData(403)]
    [InlineData(500)]
    public async Task GitHubDoesNotTell_NothingIsKnown_AndItIsNotAskedAgain(int status)
    {
        _stub.On($"{Dates}/2.327.0", status, "{}");
        _stub.On($"{Dates}/2.337.0", status, "{}");

        Assert.Null(await FindAsync("2.327.0"));
        var asked = _stub.Sent.Count;
        Assert.Null(await FindAsync("2.327.0"));
        Assert.Equal(asked, _stub.Sent.Count);
        _clock.Advance(TimeSpan.FromHours(7));
        Assert.Null(await FindAsync("2.327.0"));
        Assert.True(_stub.Sent.Count > asked);
    }

    [Theory]
    [InlineData("")]
    [InlineData("../../../user")]
    [InlineData("2.337.0-rc")]
    public async Task WhatIsNoVersion_IsNotAsked(string version)
    {
        Assert.Null(await FindAsync(version));
        Assert.Empty(_stub.Sent);
    }

    private Task<DateTimeOffset?> FindAsync(string version) => _deprecations.FindAsync(_scope, version, CancellationToken.None);
}

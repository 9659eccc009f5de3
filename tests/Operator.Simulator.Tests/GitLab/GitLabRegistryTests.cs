using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using Operator.Forges;
using Operator.GitLab;
using Operator.GitLab.Rest;
using Operator.Simulator.Faults;
using Operator.Simulator.GitHub;
using Operator.Simulator.GitLab;
using Operator.Simulator.Hosts;
using Operator.Simulator.Time;

namespace Operator.Simulator.Tests.GitLab;

/// <summary>The operator's own client and registry against the simulated GitLab: the pieces speak the same protocol.</summary>
public sealed class GitLabRegistryTests : IAsyncLifetime
{
    private const string Token = "glpat-test";
    private readonly ManualTimeProvider _clock = new();
    private readonly FaultInjector _faults = new();
    private readonly CallLog _calls = new();
    private GitLabConnections _connections = null!;
    private GitLabRunnerRegistry _registry = null!;
    private SimulatedGitLab _gitLab = null!;

    public async Task InitializeAsync()
    {
        _gitLab = await SimulatedGitLab.StartAsync(new SimulationGround(_clock, _faults, _calls));
        _gitLab.AddGroup("my-group");
        _gitLab.AddProject("my-group/app");
        _gitLab.AddAccessToken(Token);
        _connections = new GitLabConnections(_clock, NullLogger<GitLabConnections>.Instance, addresses: new() { AllowLoopback = true });
        _registry = new GitLabRunnerRegistry(_connections, new(_clock), _clock);
    }

    public async Task DisposeAsync()
    {
        _connections.Dispose();
        await _gitLab.DisposeAsync();
    }

    [Theory]
    [InlineData("my-group", null)]
    [InlineData(null, "my-group/app")]
    [InlineData(null, null)]
    public async Task Runner_FromItsCreationToItsDeletion_IsSeenAsItIs(string? group, string? project)
    {
        var scope = Scope(group, project);

        var created = await _registry.RegisterAsync(scope, new("r-1", ["a", "linux"], "_work") { Machine = "i-1, eu-central-1a", MaxRuntime = TimeSpan.FromHours(2) }, default);
        var listed = (await _registry.ListAsync(scope, TimeSpan.Zero, default)).ByName["r-1"];
        var record = Assert.Single(_gitLab.Runners);
        using var process = Started(created);
        var online = (await _registry.ListAsync(scope, TimeSpan.Zero, default)).ById[created.Id];

        Assert.Equal(("r-1 i-1, eu-central-1a", 7200L, false), (record.Description, record.MaximumTimeout, record.RunUntagged));
        Assert.Equal((created.Id, false, false, false), (listed.Id, listed.Online, listed.Busy, listed.HasServed));
        Assert.Equal((true, false, false), (online.Online, online.Busy, online.HasServed));
        Assert.StartsWith("glrt-", created.StartSecret, StringComparison.Ordinal);
        Assert.Equal(RemovalOutcome.Removed, await _registry.RemoveAsync(scope, created.Id, default));
        Assert.Empty(_gitLab.Runners);
        Assert.Null(await _registry.FindAsync(scope, created.Id, default));
    }

    [Fact]
    public async Task BusyRunner_IsNotDeleted_GetsNoFurtherJob_AndHasServedAfterwards()
    {
        var scope = Scope("my-group", null);
        var created = await _registry.RegisterAsync(scope, new("r-1", ["a"], "_work"), default);
        using var process = Started(created);
        _gitLab.QueueJob("my-group/app", ["a"], TimeSpan.FromMinutes(5));

        var busy = (await _registry.ListAsync(scope, TimeSpan.Zero, default)).ById[created.Id];
        var outcome = await _registry.RemoveAsync(scope, created.Id, default);
        _clock.Advance(TimeSpan.FromMinutes(6));
        var served = (await _registry.ListAsync(scope, TimeSpan.Zero, default)).ById[created.Id];

        Assert.Equal((true, RemovalOutcome.Busy, true), (busy.Busy, outcome, Assert.Single(_gitLab.Runners).Paused));
        Assert.Equal((false, true), (served.Busy, served.HasServed));
        Assert.True((await _registry.FindAsync(scope, created.Id, default))!.HasServed);
        Assert.Equal(RemovalOutcome.Removed, await _registry.RemoveAsync(scope, created.Id, default));
    }

    // GitLab would create another of the same name.
    [Fact]
    public async Task AnswerOfACreationIsLost_TheNextOneReplacesTheLeftover()
    {
        var scope = Scope("my-group", null);
        _faults.On("gitlab:CreateRunner").LoseAnswer().Times(1);

        var lost = await Assert.ThrowsAsync<RegistryException>(() => _registry.RegisterAsync(scope, new("r-1", ["a"], "_work"), default));
        var created = await _registry.RegisterAsync(scope, new("r-1", ["a"], "_work"), default);

        Assert.Equal((GitLabErrors.Unreachable, false), (lost.Reason, lost.IsPermanent));
        Assert.Equal(created.Id, Assert.Single(_gitLab.Runners).Id);
    }

    [Fact]
    public async Task RunnerOfTheNameIsAtWork_ItStaysTheRunner_WithoutAToken()
    {
        var scope = Scope("my-group", null);
        var first = await _registry.RegisterAsync(scope, new("r-1", ["a"], "_work"), default);
        using var process = Started(first);
        _gitLab.QueueJob("my-group/app", ["a"], TimeSpan.FromMinutes(5));

        var again = await _registry.RegisterAsync(scope, new("r-1", ["a"], "_work"), default);

        Assert.Equal((first.Id, (string?)null), (again.Id, again.StartSecret));
    }

    [Theory]
    [InlineData("read_api,manage_runner", GitLabErrors.Forbidden)]
    [InlineData("create_runner,manage_runner", GitLabErrors.Forbidden)]
    public async Task TokenLacksAScope_TheReasonSaysSo(string scopes, string reason)
    {
        _gitLab.AddAccessToken(Token, scopes.Split(','));

        var failure = await Assert.ThrowsAsync<RegistryException>(() => _registry.RegisterAsync(Scope("my-group", null), new("r-1", ["a"], "_work"), default));

        Assert.Equal((reason, true), (failure.Reason, failure.IsPermanent));
        Assert.Contains("create_runner, manage_runner and read_api", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(Token, failure.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task RateLimit_IsKept_UntilItEnds()
    {
        _gitLab.CallsPerMinute = 2;
        var scope = Scope("my-group", null);
        for (var i = 0; i < 2; i++)
        {
            await _registry.ListAsync(scope, TimeSpan.Zero, default);
        }

        var refused = await Assert.ThrowsAsync<RegistryException>(() => _registry.ListAsync(scope, TimeSpan.Zero, default));
        var calls = _calls.Count("gitlab:Query");
        await Assert.ThrowsAsync<RegistryException>(() => _registry.ListAsync(scope, TimeSpan.Zero, default));
        var callsInPause = _calls.Count("gitlab:Query");
        _clock.Advance(TimeSpan.FromMinutes(1));
        await _registry.ListAsync(scope, TimeSpan.Zero, default);

        Assert.Equal((GitLabErrors.RateLimited, TimeSpan.FromMinutes(1), calls), (refused.Reason, refused.RetryAfter, callsInPause));
    }

    [Fact]
    public async Task ManyRunners_AreAllListed_AndTheLimitIsSaidToBeReached()
    {
        var scope = Scope("my-group", null);
        var client = _connections.Get(scope.Target, scope.Credentials);
        for (var i = 0; i < 130; i++)
        {
            await _registry.RegisterAsync(scope, new($"r-{i}", ["a"], "_work"), default);
        }

        _gitLab.RunnerLimit = 130;
        var failure = await Assert.ThrowsAsync<RegistryException>(() => _registry.RegisterAsync(scope, new("r-130", ["a"], "_work"), default));

        Assert.Equal(130, (await _registry.ListAsync(scope, TimeSpan.Zero, default)).ById.Count);
        Assert.Equal(GitLabErrors.InvalidRequest, failure.Reason);
        Assert.Equal(["create_runner", "manage_runner", "read_api"], (await client.GetTokenAsync(scope.Target, default))!.Scopes);
    }

    [Fact]
    public async Task PendingJobs_OfMoreThanAPage_AreAllFound_WithTheirTags()
    {
        var scope = Scope("my-group", null);
        var client = _connections.Get(scope.Target, scope.Credentials);
        for (var i = 0; i < 120; i++)
        {
            _gitLab.QueueJob("my-group/app", ["a"], TimeSpan.FromMinutes(1));
        }

        var jobs = await client.ListPendingJobsAsync(scope.Target, "my-group/app", default);

        Assert.Equal(120, jobs.Count);
        Assert.All(jobs, job => Assert.True(job is { IsPending: true, TagList: ["a"], Pipeline.Id: > 0 }));
        Assert.Equal(["my-group/app"], await client.ListProjectsWithPendingJobsAsync(scope.Target, default));
        for (var i = 0; i < 41; i++)
        {
            _gitLab.AddProject($"my-group/sub/p{i}");
        }

        _gitLab.QueueJob("my-group/sub/p39", ["a"], TimeSpan.FromMinutes(1));
        var before = _calls.Count("gitlab:Quer");
        Assert.Equal(["my-group/app", "my-group/sub/p39"], await client.ListProjectsWithPendingJobsAsync(scope.Target, default));
        Assert.Equal(4, _calls.Count("gitlab:Quer") - before); // one page of projects, and some twenty projects a call
        Assert.Null(await client.GetJobAsync(scope.Target, "my-group/app", 1, default));
    }

    // What a query is refused for, the project's own list of jobs tells; without jobs, the token may not see them.
    [Fact]
    public async Task Project_WhoseQueryIsRefused_CountsAsOneWithPendingJobs()
    {
        var scope = Scope("my-group", null);
        var client = _connections.Get(scope.Target, scope.Credentials);
        _gitLab.AddProject("my-group/other");
        _gitLab.AddProject("my-group/hidden");
        _faults.On("gitlab:Queries").Answer(200, """[{"data":{"project":{"jobs":{"nodes":[]}}}},{"errors":[{"message":"\"jobs\" field can be requested only for 1 Project(s) at a time."}]},{"data":{"project":{"jobs":null}}}]""");

        Assert.Equal(["my-group/other"], await client.ListProjectsWithPendingJobsAsync(scope.Target, default));
    }

    // As gitlab-runner speaks: a job is requested, its log appended, its end reported.
    [Fact]
    public async Task RunnerProtocol_FromTheRequestToTheEndOfTheLog()
    {
        var created = await _registry.RegisterAsync(Scope("my-group", null), new("r-1", ["a"], "_work"), default);
        using var http = new HttpClient { BaseAddress = new Uri(_gitLab.Address, "api/v4/") };
        var ask = new JsonObject { ["token"] = created.StartSecret, ["system_id"] = "s_0123456789ab" };

        var none = await http.PostAsJsonAsync("jobs/request", ask);
        _gitLab.QueueJob("my-group/app", ["a"], TimeSpan.FromMinutes(1));
        var given = await http.PostAsJsonAsync("jobs/request", ask);
        var job = await given.Content.ReadFromJsonAsync<JsonObject>();
        var refused = await http.PostAsJsonAsync("jobs/request", new JsonObject { ["token"] = "glrt-other" });
        var first = await AppendAsync(http, job!, "0-4", "hello");
        var early = await AppendAsync(http, job!, "7-8", "xx");
        var end = await http.PutAsJsonAsync($"jobs/{job!["id"]}", new JsonObject { ["token"] = job["token"]!.ToString(), ["state"] = "success" });

        Assert.Equal((204, 201, 403), ((int)none.StatusCode, (int)given.StatusCode, (int)refused.StatusCode));
        Assert.True(none.Headers.Contains("X-GitLab-Last-Update"));
        Assert.Equal(("202 0-5", "416 0-5"), (first, early));
        Assert.Equal((200, "success", "hello"), ((int)end.StatusCode, Assert.Single(_gitLab.Jobs).Status, _gitLab.Jobs[0].Trace));
    }

    [Fact]
    public void JobWithoutRunner_IsDroppedAfterAnHour_OneOfALostMachineToo()
    {
        _gitLab.QueueJob("my-group/app", ["none"], TimeSpan.FromMinutes(1));
        _clock.Advance(TimeSpan.FromMinutes(61));

        Assert.Equal(("failed", "stuck_pending_no_matching_runners"), (_gitLab.Jobs[0].Status, _gitLab.Jobs[0].FailureReason));
    }

    private static async Task<string> AppendAsync(HttpClient http, JsonObject job, string range, string text)
    {
        using var request = new HttpRequestMessage(HttpMethod.Patch, $"jobs/{job["id"]}/trace") { Content = new ByteArrayContent(Encoding.UTF8.GetBytes(text)) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("text/plain");
        request.Content.Headers.TryAddWithoutValidation("Content-Range", range);
        request.Headers.Add("JOB-TOKEN", job["token"]!.ToString());
        using var answer = await http.SendAsync(request);
        return $"{(int)answer.StatusCode} {answer.Headers.GetValues("Range").Single()}";
    }

    private Ended Started(NewRunner runner) => new(_gitLab.Start(runner.StartSecret!, () => { }, _ => { })!);

    private GitLabScope Scope(string? group, string? project)
    {
        Assert.True(GitLabTarget.TryCreate(_gitLab.Address.AbsoluteUri, group, project, out var target, out var problem), problem);
        return new GitLabScope(target, new GitLabCredentials(Token));
    }

    private sealed class Ended(IRunnerProcess process) : IDisposable
    {
        public void Dispose() => process.Kill();
    }
}

using Operator.Forges;
using Operator.GitHub;
using Operator.GitHub.Registrations;
using Operator.GitHub.Rest;
using Operator.Tests.GitHub.Rest;

namespace Operator.Tests.GitHub.Registrations;

public sealed class GitHubRunnerRegistryTests
{
    private const string Runners = "/orgs/my-org/actions/runners";
    private const string Jit = $"POST {Runners}/generate-jitconfig";
    private const string List = $"GET {Runners}?per_page=100&page=1";
    private const string ByName = $"GET {Runners}?name=r-1&per_page=100";
    private const string Delete = $"DELETE {Runners}/9";
    private const string Groups = "GET /orgs/my-org/actions/runner-groups?per_page=100&page=1";
    private const string TwoGroups = """{"total_count":2,"runner_groups":[{"id":1,"name":"Default","default":true},{"id":6,"name":"Fast","default":false}]}""";
    private const string Config = """{"runner":{"id":7,"name":"r-1"},"encoded_jit_config":"abc"}""";
    private const string Conflict = """{"message":"Already exists"}""";
    private readonly StubGitHub _stub = new();
    private readonly GitHubRunnerRegistry _registry;

    public GitHubRunnerRegistryTests()
    {
        _stub.On(Groups, 200, TwoGroups);
        _registry = new GitHubRunnerRegistry(_stub.Connections, new(_stub.Clock), _stub.Clock);
    }

    [Fact]
    public async Task Register_Created_AnswersTheRunner()
    {
        _stub.On(Jit, 201, Config);

        Assert.Equal(new NewRunner(7, "r-1", "abc"), await RegisterAsync("fast"));
        Assert.Contains("\"runner_group_id\":6", _stub.Sent[^1].Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Register_ManyOfOneGroup_LooksTheGroupUpOnceInAWhile()
    {
        _stub.On(Jit, 201, Config);

        await RegisterAsync();
        await RegisterAsync();
        Assert.Equal(1, _stub.Count(Groups));
        _stub.Clock.Advance(TimeSpan.FromMinutes(11));
        await RegisterAsync();
        Assert.Equal(2, _stub.Count(Groups));
    }

    [Fact]
    public async Task Register_GitHubKnowsTheGroupNoMore_LooksItUpAgainNextTime()
    {
        _stub.On(Jit, 404, """{"message":"Not Found"}""").On(Jit, 201, Config);

        await Assert.ThrowsAsync<RegistryException>(() => RegisterAsync());
        await RegisterAsync();
        Assert.Equal(2, _stub.Count(Groups));
    }

    [Theory]
    [InlineData("https://github.com/my-org", "create it at https://github.com/my-org")]
    [InlineData("https://github.com/my-org/app", "remove spec.github.runnerGroup")]
    public async Task Register_NoSuchGroup_SaysWhatToDo(string url, string remedy)
    {
        var scope = new GitHubScope(StubGitHub.Target(url), StubGitHub.PersonalToken, "slow");

        var failure = await Assert.ThrowsAsync<RegistryException>(() => _registry.RegisterAsync(scope, new("r-1", ["l"], "_work"), default));

        Assert.Equal((GitHubRunnerRegistry.RunnerGroupNotFound, true), (failure.Reason, failure.IsPermanent));
        Assert.Contains(remedy, failure.Message, StringComparison.Ordinal);
        Assert.Equal(0, _stub.Count(Jit));
    }

    [Theory]
    [InlineData("""{"total_count":1,"runners":[{"id":9,"name":"r-1","busy":false}]}""", 1)]
    [InlineData("""{"total_count":1,"runners":[{"id":8,"name":"r-10","busy":false}]}""", 0)]
    [InlineData("""{"total_count":0,"runners":[]}""", 0)]
    public async Task Register_NameTakenByALeftover_ReplacesIt(string found, int deletions)
    {
        _stub.On(Jit, 409, Conflict).On(Jit, 201, Config).On(ByName, 200, found).On(Delete, 204);

        Assert.Equal(7, (await RegisterAsync()).Id);
        Assert.Equal((deletions, 2), (_stub.Count(Delete), _stub.Count(Jit)));
    }

    [Theory]
    [InlineData(true, 422)]
    [InlineData(false, 422)]
    public async Task Register_NameTakenByABusyRunner_LeavesItAlone(bool busy, int deleteStatus)
    {
        _stub.On(Jit, 409, Conflict).On(Delete, deleteStatus)
            .On(ByName, 200, $$"""{"total_count":1,"runners":[{"id":9,"name":"r-1","busy":{{(busy ? "true" : "false")}}}]}""");

        var registered = await RegisterAsync();

        Assert.Equal((9L, "r-1", (string?)null), (registered.Id, registered.Name, registered.StartSecret));
        Assert.Equal((busy ? 0 : 1, 1), (_stub.Count(Delete), _stub.Count(Jit)));
    }

    [Fact]
    public async Task Register_NameTakenAgain_FailsAfterOneMoreTry()
    {
        _stub.On(Jit, 409, Conflict).On(ByName, 200, """{"total_count":0,"runners":[]}""");

        var failure = await Assert.ThrowsAsync<RegistryException>(() => RegisterAsync());

        Assert.Equal(GitHubErrors.NameTaken, failure.Reason);
        Assert.Equal(2, _stub.Count(Jit));
    }

    [Theory]
    [InlineData(204, RemovalOutcome.Removed)]
    [InlineData(404, RemovalOutcome.AlreadyGone)]
    [InlineData(422, RemovalOutcome.Busy)]
    internal async Task Remove_Answered_TellsTheOutcome(int status, RemovalOutcome outcome)
    {
        _stub.On(Delete, status).On($"GET {Runners}?per_page=1", 200, """{"total_count":0,"runners":[]}""");

        Assert.Equal(outcome, await _registry.RemoveAsync(Scope(), 9, default));
    }

    [Fact]
    public async Task Find_Gone_IsNull()
    {
        _stub.On($"GET {Runners}/9", 200, """{"id":9,"name":"r-1","status":"online","busy":true,"labels":[{"id":1,"name":"l","type":"custom"}]}""")
            .On($"GET {Runners}/9", 404);

        var runner = await _registry.FindAsync(Scope(), 9, default);

        Assert.Equal((9L, "r-1", true, true, "l"), (runner!.Id, runner.Name, runner.Online, runner.Busy, runner.Labels[0]));
        Assert.Null(await _registry.FindAsync(Scope(), 9, default));
    }

    [Fact]
    public async Task List_ManyAtOnce_ShareOneRequest()
    {
        var answer = new TaskCompletionSource<HttpResponseMessage>();
        _stub.On(List, _ => answer.Task);
        var asked = _stub.Clock.GetUtcNow();

        var calls = Enumerable.Range(0, 10).Select(i => _registry.ListAsync(Scope($"group {i}"), TimeSpan.Zero, default)).ToList();
        answer.SetResult(StubGitHub.Answer(200, """{"total_count":2,"runners":[{"id":1,"name":"a","status":"online"},{"id":2,"name":"b","status":"offline"}]}"""));
        var lists = await Task.WhenAll(calls);

        Assert.All(lists, list => Assert.Same(lists[0], list));
        Assert.Equal(1, _stub.Count(List));
        Assert.Equal(asked, lists[0].TakenAt);
        Assert.Equal((2, "a", 2L), (lists[0].ById.Count, lists[0].ById[1].Name, lists[0].ByName["b"].Id));
        Assert.Equal((true, false), (lists[0].ById[1].Online, lists[0].ById[2].Online));
    }

    [Fact]
    public async Task List_WithAMaxAge_TakesAnAnswerThatIsYoungEnough()
    {
        _stub.On(List, 200, """{"total_count":0,"runners":[]}""");
        var first = await _registry.ListAsync(Scope(), TimeSpan.Zero, default);
        _stub.Clock.Advance(TimeSpan.FromSeconds(30));

        Assert.Same(first, await _registry.ListAsync(Scope(), TimeSpan.FromSeconds(30), default));
        Assert.Same(first, await _registry.ListInBackgroundAsync(Scope(), TimeSpan.FromSeconds(30), default));
        Assert.NotSame(first, await _registry.ListAsync(Scope(), TimeSpan.FromSeconds(29), default));
        Assert.NotSame(first, await _registry.ListAsync(Scope(), TimeSpan.Zero, default));
        Assert.Equal(3, _stub.Count(List));
    }

    [Fact]
    public async Task List_OfOthers_IsNotShared()
    {
        _stub.On(List, 200, """{"total_count":0,"runners":[]}""");

        await _registry.ListAsync(Scope(), TimeSpan.FromHours(1), default);
        await _registry.ListAsync(new GitHubScope(StubGitHub.Organization, new GitHubCredentials.Token("another"), "default"), TimeSpan.FromHours(1), default);

        Assert.Equal(2, _stub.Count(List));
    }

    [Fact]
    public async Task List_Failed_TriesAgainNextTime()
    {
        _stub.On(List, 502).On(List, 200, """{"total_count":0,"runners":[]}""");

        var failure = await Assert.ThrowsAsync<RegistryException>(() => _registry.ListAsync(Scope(), TimeSpan.Zero, default));
        Assert.Equal((GitHubErrors.ServerError, false, null), (failure.Reason, failure.IsPermanent, failure.RetryAfter));
        Assert.Empty((await _registry.ListAsync(Scope(), TimeSpan.Zero, default)).ById);
    }

    [Fact]
    public async Task Remove_RateLimited_TellsWhenToTryAgain()
    {
        _stub.On(Delete, 429, "", ("Retry-After", "70"));

        var failure = await Assert.ThrowsAsync<RegistryException>(() => _registry.RemoveAsync(Scope(), 9, default));

        Assert.Equal((GitHubErrors.RateLimited, TimeSpan.FromSeconds(70), false), (failure.Reason, failure.RetryAfter, failure.IsPermanent));
    }

    [Fact]
    public async Task Remove_Forbidden_NamesThePlaceAndTheRemedy()
    {
        _stub.On(Delete, 403, """{"message":"Resource not accessible by integration"}""");

        var failure = await Assert.ThrowsAsync<RegistryException>(() => _registry.RemoveAsync(Scope(), 9, default));

        Assert.True(failure.IsPermanent);
        Assert.Contains("https://github.com/my-org: ", failure.Message, StringComparison.Ordinal);
        Assert.Contains("Resource not accessible by integration", failure.Message, StringComparison.Ordinal);
        Assert.Contains("Self-hosted runners", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(StubGitHub.Token, failure.ToString(), StringComparison.Ordinal);
    }

    // What began before the host was seen to be slow is not waited for; but whether the runner was still there must not get lost.
    [Fact]
    public async Task Remove_AnsweredWhenNobodyWaitsAnyMore_TheAnswerIsThatOfTheNextWhoAsks()
    {
        var (others, deletion) = (new TaskCompletionSource(), new TaskCompletionSource<HttpResponseMessage>());
        for (var id = 101; id <= 100 + ForgeBulkhead.MostCalls; id++)
        {
            var found = $$"""{"id":{{id}},"name":"r"}""";
            _stub.On($"GET /orgs/my-org/actions/runners/{id}", async _ =>
            {
                await others.Task;
                return StubGitHub.Answer(200, found);
            });
        }

        _stub.On("DELETE /orgs/my-org/actions/runners/7", _ => deletion.Task).On("DELETE /orgs/my-org/actions/runners/7", 404);
        var waiting = Enumerable.Range(101, ForgeBulkhead.MostCalls).Select(id => _registry.FindAsync(Scope(), id, default)).ToList();
        var removal = _registry.RemoveAsync(Scope(), 7, default);
        _stub.Clock.Advance(TimeSpan.FromSeconds(3));
        Assert.Equal(ForgeBulkhead.Reason, (await Assert.ThrowsAsync<RegistryException>(() => removal)).Reason);

        deletion.SetResult(StubGitHub.Answer(204, ""));
        others.SetResult();
        await Task.WhenAll(waiting);

        Assert.Equal(RemovalOutcome.Removed, await _registry.RemoveAsync(Scope(), 7, default));
        Assert.Equal(RemovalOutcome.AlreadyGone, await _registry.RemoveAsync(Scope(), 7, default));
    }

    private static GitHubScope Scope(string group = "default") => new(StubGitHub.Organization, StubGitHub.PersonalToken, group);

    private Task<NewRunner> RegisterAsync(string group = "default") =>
        _registry.RegisterAsync(Scope(group), new("r-1", ["l"], "_work"), default);
}

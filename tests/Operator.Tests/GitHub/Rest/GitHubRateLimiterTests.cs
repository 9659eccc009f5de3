using System.Globalization;
using Operator.GitHub.Rest;

namespace Operator.Tests.GitHub.Rest;

public sealed class GitHubRateLimiterTests
{
    private const string Runners = "/orgs/my-org/actions/runners";
    private const string Get = $"GET {Runners}/7";
    private const string Jit = $"POST {Runners}/generate-jitconfig";
    private const string Runner = """{"id":7,"name":"r"}""";
    private const string Config = """{"runner":{"id":7,"name":"r"},"encoded_jit_config":"abc"}""";
    private readonly StubGitHub _stub = new();

    [Fact]
    public async Task Budget_AfterAnAnswer_IsKnown()
    {
        _stub.On(Get, 200, Runner, Budget(limit: 5000, remaining: 4321, TimeSpan.FromMinutes(20)));
        Assert.Null(Limiter.Remaining);

        await GetAsync();

        Assert.Equal(4321, Limiter.Remaining);
        Assert.Equal(new GitHubBudget(5000, 4321, _stub.Clock.GetUtcNow().AddMinutes(20)), Limiter.Budgets["core"]);
        _stub.Clock.Advance(TimeSpan.FromMinutes(21));
        Assert.Equal(5000, Limiter.Remaining);
    }

    [Fact]
    public async Task Budget_AnswersOvertakeEachOther_KeepsTheSmallest()
    {
        _stub.On(Get, 200, Runner, Budget(5000, 4000, TimeSpan.FromMinutes(20))).On(Get, 200, Runner, Budget(5000, 4001, TimeSpan.FromMinutes(20)));

        await GetAsync();
        await GetAsync();

        Assert.Equal(4000, Limiter.Remaining);
    }

    [Fact]
    public async Task Primary_UsedUp_FailsAtOnceUntilTheReset()
    {
        _stub.On(Get, 403, """{"message":"API rate limit exceeded"}""", Budget(5000, 0, TimeSpan.FromMinutes(20))).On(Get, 200, Runner);

        var refused = await Assert.ThrowsAsync<GitHubRateLimitedException>(GetAsync);
        Assert.Equal((TimeSpan.FromMinutes(20), 403, GitHubErrors.RateLimited), (refused.RetryAfter, refused.StatusCode, refused.Reason));

        _stub.Clock.Advance(TimeSpan.FromMinutes(5));
        var early = await Assert.ThrowsAsync<GitHubRateLimitedException>(GetAsync);
        Assert.Equal(TimeSpan.FromMinutes(15), early.RetryAfter);
        Assert.Equal(1, _stub.Count(Get));

        _stub.Clock.Advance(TimeSpan.FromMinutes(15));
        Assert.NotNull(await GetAsync());
    }

    [Fact]
    public async Task Primary_ResetsWithinTwoSeconds_Waits()
    {
        _stub.On(Get, 200, Runner, Budget(5000, 0, TimeSpan.FromSeconds(2))).On(Get, 200, Runner);
        await GetAsync();

        var waiting = GetAsync();
        Assert.False(waiting.IsCompleted);
        _stub.Clock.Advance(TimeSpan.FromSeconds(2));

        Assert.NotNull(await waiting);
    }

    [Fact]
    public async Task Primary_NearlyUsedUp_IsKeptForRegistrations()
    {
        _stub.On(Get, 200, Runner, Budget(5000, 250, TimeSpan.FromMinutes(20))).On(Jit, 201, Config);
        await GetAsync();

        await Assert.ThrowsAsync<GitHubRateLimitedException>(GetAsync);
        Assert.NotNull(await RegisterAsync());
    }

    [Fact]
    public async Task Primary_OfRegistrationsUsedUp_LeavesOtherCallsAlone()
    {
        _stub.On(Jit, 201, Config, [.. Budget(10_000, 0, TimeSpan.FromMinutes(20)), ("x-ratelimit-resource", "actions_runner_registration")])
            .On(Get, 200, Runner, Budget(5000, 4000, TimeSpan.FromMinutes(20)));
        await RegisterAsync();

        await Assert.ThrowsAsync<GitHubRateLimitedException>(RegisterAsync);
        Assert.NotNull(await GetAsync());
        Assert.Equal((0, 4000), (Limiter.Budgets["actions_runner_registration"].Remaining, Limiter.Budgets["core"].Remaining));
    }

    [Theory]
    [InlineData(403)]
    [InlineData(429)]
    public async Task Secondary_WithRetryAfter_PausesTheWholeConnection(int status)
    {
        _stub.On(Get, status, """{"message":"You have exceeded a secondary rate limit."}""", ("Retry-After", "90")).On(Jit, 201, Config);

        Assert.Equal(TimeSpan.FromSeconds(90), (await Assert.ThrowsAsync<GitHubRateLimitedException>(GetAsync)).RetryAfter);
        await Assert.ThrowsAsync<GitHubRateLimitedException>(RegisterAsync);
        _stub.Clock.Advance(TimeSpan.FromSeconds(90));
        Assert.NotNull(await RegisterAsync());
    }

    [Theory]
    [InlineData("0", 1)]
    [InlineData("-5", 1)]
    [InlineData("Thu, 01 Jan 2015 00:00:00 GMT", 1)]
    [InlineData("2147483647", 900)]
    [InlineData("99999999999999999999", 900)]
    [InlineData("Fri, 31 Dec 9999 23:59:59 GMT", 900)]
    [InlineData("a while", 60)]
    public async Task Secondary_WithAnOddRetryAfter_PausesWithinBounds(string retryAfter, int seconds)
    {
        _stub.On(Get, 429, "", ("Retry-After", retryAfter)).On(Get, 200, Runner);

        Assert.Equal(TimeSpan.FromSeconds(seconds), (await Assert.ThrowsAsync<GitHubRateLimitedException>(GetAsync)).RetryAfter);
        _stub.Clock.Advance(TimeSpan.FromSeconds(seconds));
        Assert.NotNull(await GetAsync());
    }

    [Theory]
    [InlineData("9223372036854775807")]
    [InlineData("32503680000")]
    public async Task Primary_ThatEndsInYears_EndsWithinTheHour(string reset)
    {
        _stub.On(Get, 403, """{"message":"API rate limit exceeded"}""", ("x-ratelimit-limit", "99999999999"), ("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", reset))
            .On(Get, 200, Runner);

        Assert.Equal(TimeSpan.FromHours(1), (await Assert.ThrowsAsync<GitHubRateLimitedException>(GetAsync)).RetryAfter);
        _stub.Clock.Advance(TimeSpan.FromHours(1));
        Assert.NotNull(await GetAsync());
    }

    [Fact]
    public async Task Secondary_WithoutRetryAfter_GrowsFromAMinuteAndEndsWithASuccess()
    {
        const string message = """{"message":"You have exceeded a secondary rate limit."}""";
        _stub.On(Get, 403, message).On(Get, 403, message).On(Get, 429).On(Get, 200, Runner).On(Get, 403, message);

        foreach (var minutes in (int[])[1, 2, 4])
        {
            var pause = (await Assert.ThrowsAsync<GitHubRateLimitedException>(GetAsync)).RetryAfter;
            Assert.Equal(TimeSpan.FromMinutes(minutes), pause);
            _stub.Clock.Advance(pause);
        }

        await GetAsync();
        Assert.Equal(TimeSpan.FromMinutes(1), (await Assert.ThrowsAsync<GitHubRateLimitedException>(GetAsync)).RetryAfter);
    }

    [Fact]
    public async Task Secondary_ManyRefusalsOfOneMoment_CountAsOne()
    {
        var answers = Enumerable.Range(0, 5).Select(_ => new TaskCompletionSource<HttpResponseMessage>()).ToList();
        answers.ForEach(answer => _stub.On(Get, _ => answer.Task));
        var calls = answers.Select(_ => GetAsync()).ToList();

        answers.ForEach(answer => answer.SetResult(StubGitHub.Answer(429, "")));

        foreach (var call in calls)
        {
            Assert.Equal(TimeSpan.FromMinutes(1), (await Assert.ThrowsAsync<GitHubRateLimitedException>(() => call)).RetryAfter);
        }
    }

    [Fact]
    public async Task Concurrency_AHundredUnderWay_OthersWaitAndRegistrationsGoFirst()
    {
        var (one, rest) = (new TaskCompletionSource(), new TaskCompletionSource());
        _stub.On(Get, _ => AfterAsync(one)).On(Get, _ => AfterAsync(rest)).On(Jit, 201, Config);
        var first = Enumerable.Range(0, 100).Select(_ => GetAsync()).ToList();
        var low = GetAsync();
        var high = RegisterAsync();
        Assert.Equal((100, 0), (_stub.Count(Get), _stub.Count(Jit)));

        one.SetResult();
        await high;
        Assert.Equal(Jit, _stub.Sent[100].Call);

        rest.SetResult();
        await Task.WhenAll([.. first, low]);
        Assert.Equal(101, _stub.Count(Get));
    }

    [Fact]
    public async Task Gate_WaiterGaveUp_ItsPlaceGoesToTheNext()
    {
        var gate = new PriorityGate(1);
        var slot = await gate.EnterAsync(GitHubPriority.Low, default);
        using var source = new CancellationTokenSource();
        var impatient = gate.EnterAsync(GitHubPriority.High, source.Token);
        var patient = gate.EnterAsync(GitHubPriority.Low, default);

        await source.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => impatient);
        slot.Dispose();
        slot.Dispose();

        using var mine = await patient;
        Assert.False(gate.EnterAsync(GitHubPriority.High, default).IsCompleted);
    }

    private GitHubRateLimiter Limiter => _stub.Client().RateLimiter;

    private Task<GitHubRunner?> GetAsync() => _stub.Client().GetRunnerAsync(StubGitHub.Organization, 7, default);

    private Task<GitHubJitConfig> RegisterAsync() => _stub.Client().GenerateJitConfigAsync(
        StubGitHub.Organization, new GitHubJitConfigRequest("r", 1, ["l"], "_work"), default);

    private (string, string)[] Budget(int limit, int remaining, TimeSpan reset) =>
    [
        ("x-ratelimit-limit", limit.ToString(CultureInfo.InvariantCulture)),
        ("x-ratelimit-remaining", remaining.ToString(CultureInfo.InvariantCulture)),
        ("x-ratelimit-reset", (_stub.Clock.GetUtcNow() + reset).ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture)),
    ];

    private static async Task<HttpResponseMessage> AfterAsync(TaskCompletionSource signal)
    {
        await signal.Task;
        return StubGitHub.Answer(200, Runner);
    }
}

using System.Net;
using Operator.Simulator.GitHub;

namespace Operator.Simulator.Tests.GitHub;

public sealed class LimitTests : GitHubFixture
{
    private const string Runners = $"{Org}/actions/runners";

    protected override SimulatedGitHubOptions Options { get; } = new()
    {
        Limits = new GitHubLimits
        {
            CorePerHour = 5,
            RunnerRegistrationPerHour = 6,
            PointsPerMinute = 12,
            Concurrent = 1,
            RegistrationsPerFiveMinutes = 3,
        },
    };

    [Fact]
    public async Task Core_UsedUp_Is403UntilTheHourIsOver()
    {
        for (var left = 4; left >= 0; left--)
        {
            Assert.Equal((200, left, "core"), await CallAsync());
        }

        Assert.Equal((403, 0, "core"), await CallAsync());
        Clock.Advance(TimeSpan.FromMinutes(59));
        Assert.Equal((403, 0, "core"), await CallAsync());
        Clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal((200, 4, "core"), await CallAsync());
    }

    [Fact]
    public async Task Core_OfOneToken_IsNotTheOthers()
    {
        await CallAsync();
        GitHub.AddPersonalAccessToken("another");
        using var other = Client("another");
        using var answer = await other.GetAsync(new Uri(Runners, UriKind.Relative));

        Assert.Equal("4", answer.Headers.GetValues("x-ratelimit-remaining").Single());
    }

    [Fact]
    public async Task Registrations_Counted_HaveTheirOwnBudget()
    {
        using var answer = await PostJitAsync(Org, "r-1", "large");

        Assert.Equal("actions_runner_registration", answer.Headers.GetValues("x-ratelimit-resource").Single());
        Assert.Equal("5", answer.Headers.GetValues("x-ratelimit-remaining").Single());
        Assert.Equal((200, 4, "core"), await CallAsync());
    }

    [Fact]
    public async Task Points_UsedUp_IsASecondaryLimitForAMinute()
    {
        await RegisterAsync("r-1", "large");
        await RegisterAsync("r-2", "large");
        Assert.Equal(200, (await CallAsync()).Status);
        Assert.Equal(200, (await CallAsync()).Status);

        using var refused = await Http.GetAsync(new Uri(Runners, UriKind.Relative));
        Assert.Equal((HttpStatusCode.Forbidden, TimeSpan.FromMinutes(1)), (refused.StatusCode, refused.Headers.RetryAfter?.Delta));
        Clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(200, (await CallAsync()).Status);
    }

    [Fact]
    public async Task Registrations_TooManyInOnePlace_WaitForFiveMinutes()
    {
        for (var i = 0; i < 3; i++)
        {
            await RegisterAsync($"r-{i}", "large");
            Clock.Advance(TimeSpan.FromMinutes(1));
        }

        using var refused = await PostJitAsync(Org, "r-3", "large");
        Assert.Equal((HttpStatusCode.Forbidden, TimeSpan.FromMinutes(2)), (refused.StatusCode, refused.Headers.RetryAfter?.Delta));
        using var elsewhere = await PostJitAsync($"repos/{Repo}", "r-3", "large");
        Assert.Equal(HttpStatusCode.Created, elsewhere.StatusCode);
        Clock.Advance(TimeSpan.FromMinutes(2));
        await RegisterAsync("r-3", "large");
    }

    private async Task<(int Status, int Remaining, string Resource)> CallAsync()
    {
        using var answer = await Http.GetAsync(new Uri(Runners, UriKind.Relative));
        return (
            (int)answer.StatusCode,
            int.Parse(answer.Headers.GetValues("x-ratelimit-remaining").Single(), System.Globalization.CultureInfo.InvariantCulture),
            answer.Headers.GetValues("x-ratelimit-resource").Single());
    }
}

public sealed class NoLimitTests : GitHubFixture
{
    protected override SimulatedGitHubOptions Options { get; } = new() { Limits = GitHubLimits.None };

    [Fact]
    public async Task Answers_WithoutLimits_SayNothingOfThem()
    {
        using var answer = await Http.GetAsync(new Uri($"{Org}/actions/runners", UriKind.Relative));

        Assert.False(answer.Headers.Contains("x-ratelimit-remaining"));
    }
}

public sealed class ConcurrencyLimitTests : GitHubFixture
{
    private static readonly Uri Runners = new($"{Org}/actions/runners", UriKind.Relative);
    private readonly WatchedClock _watched;

    public ConcurrencyLimitTests() => _watched = new WatchedClock(Clock);

    protected override SimulatedGitHubOptions Options { get; } = new() { Limits = new GitHubLimits { Concurrent = 1 } };

    protected override TimeProvider ServiceClock => _watched;

    [Fact]
    public async Task Calls_TooManyAtOnce_AreASecondaryLimit()
    {
        Faults.On("github:GetRunner").Delay(TimeSpan.FromSeconds(10));
        var slow = Http.GetAsync(new Uri($"{Runners}/1", UriKind.Relative));
        await _watched.TimerMade;

        using var refused = await Http.GetAsync(Runners);
        Assert.Equal((HttpStatusCode.Forbidden, TimeSpan.FromMinutes(1)), (refused.StatusCode, refused.Headers.RetryAfter?.Delta));
        Clock.Advance(TimeSpan.FromSeconds(10));
        using var answer = await slow;
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
    }

    /// <summary>Signals when the service begins to wait.</summary>
    private sealed class WatchedClock(TimeProvider clock) : TimeProvider
    {
        private readonly TaskCompletionSource _timerMade = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task TimerMade => _timerMade.Task;

        public override DateTimeOffset GetUtcNow() => clock.GetUtcNow();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            var timer = clock.CreateTimer(callback, state, dueTime, period);
            _timerMade.TrySetResult();
            return timer;
        }
    }
}

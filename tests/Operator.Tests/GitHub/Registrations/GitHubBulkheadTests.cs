using Operator.GitHub;
using Operator.GitHub.Registrations;
using Operator.Simulator.Time;

namespace Operator.Tests.GitHub.Registrations;

public sealed class GitHubBulkheadTests
{
    private const int Enough = 8;

    private readonly ManualTimeProvider _clock = new();
    private readonly TaskCompletionSource<int> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly GitHubBulkhead _places;

    public GitHubBulkheadTests() => _places = new(_clock);

    [Fact]
    public async Task Calls_ThatAreAnswered_AreNeverTooMany()
    {
        for (var i = 0; i < 100; i++)
        {
            _clock.Advance(TimeSpan.FromSeconds(1));
            Assert.Equal(1, await _places.CallAsync(Place("quick"), () => Task.FromResult(1)));
        }
    }

    [Fact]
    public async Task Calls_OfABurst_AllGoOut()
    {
        var calls = Enumerable.Range(0, 100).Select(_ => CallAsync("slow")).ToList();
        _answer.SetResult(1);

        Assert.Equal(100, (await Task.WhenAll(calls)).Sum());
    }

    [Fact]
    public async Task Calls_ToASlowPlace_AreRefusedOnceEnoughWait_AndOtherPlacesAreServed()
    {
        var waiting = Enumerable.Range(0, Enough).Select(_ => CallAsync("slow")).ToList();
        _clock.Advance(TimeSpan.FromSeconds(3));

        var refused = await Assert.ThrowsAsync<RegistryException>(() => CallAsync("slow"));
        Assert.Equal((GitHubBulkhead.Reason, TimeSpan.FromSeconds(5), false), (refused.Reason, refused.RetryAfter, refused.IsPermanent));
        Assert.Equal(1, await _places.CallAsync(Place("quick"), () => Task.FromResult(1)));

        _answer.SetResult(1);
        await Task.WhenAll(waiting);
        Assert.Equal(1, await CallAsync("slow"));
    }

    [Fact]
    public async Task Calls_ThatFail_AreOver()
    {
        for (var i = 0; i < 2 * Enough; i++)
        {
            _clock.Advance(TimeSpan.FromSeconds(1));
            await Assert.ThrowsAsync<TimeoutException>(() => _places.CallAsync<int>(Place("slow"), () => throw new TimeoutException()));
        }
    }

    private Task<int> CallAsync(string organization) => _places.CallAsync(Place(organization), () => _answer.Task);

    private static GitHubTarget Place(string organization) =>
        GitHubTarget.TryParse($"https://github.com/{organization}", out var target, out _) ? target : throw new InvalidOperationException();
}

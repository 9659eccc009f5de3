using Operator.Common;
using Operator.Simulator.Time;

namespace Operator.Tests.Common;

/// <summary>Answers are cached for their lifetime, failures are not.</summary>
public sealed class ExpiringCacheTests
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);
    private readonly ManualTimeProvider _clock = new();
    private readonly ExpiringCache<string, int> _cache;
    private int _loads;

    public ExpiringCacheTests() => _cache = new(_clock);

    [Fact]
    public async Task Answer_IsKeptForItsTime_AndNoLonger()
    {
        Assert.Equal(1, await GetAsync("a", Hour));
        _clock.Advance(Hour - TimeSpan.FromSeconds(1));
        Assert.Equal(1, await GetAsync("a", Hour));
        _clock.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(2, await GetAsync("a", Hour));
    }

    [Fact]
    public async Task AnswerForEver_StaysUntilItIsForgotten()
    {
        await GetAsync("a", Timeout.InfiniteTimeSpan);
        await GetAsync("b", Timeout.InfiniteTimeSpan);
        _clock.Advance(TimeSpan.FromDays(400));
        Assert.Equal(1, await GetAsync("a", Timeout.InfiniteTimeSpan));

        _cache.Forget(key => key == "a");

        Assert.Equal(3, await GetAsync("a", Timeout.InfiniteTimeSpan));
        Assert.Equal(2, await GetAsync("b", Timeout.InfiniteTimeSpan));
    }

    [Fact]
    public async Task Absence_IsKeptShortly()
    {
        Task<int> FindAsync() => _cache.GetAsync("a", Hour, _ => throw new SubnetNotFoundException($"none, asked {++_loads} times"), CancellationToken.None);

        var first = await Assert.ThrowsAnyAsync<ResourceNotFoundException>(FindAsync);
        Assert.Equal(first.Message, (await Assert.ThrowsAnyAsync<ResourceNotFoundException>(FindAsync)).Message);
        _clock.Advance(CacheDurations.NotFound);

        Assert.NotEqual(first.Message, (await Assert.ThrowsAnyAsync<ResourceNotFoundException>(FindAsync)).Message);
    }

    // A region that does not answer takes a minute for each call: who waits in a row would wait for hours.
    [Fact]
    public async Task Failure_IsSharedByAllWhoWaited_AndNotKept()
    {
        var answer = new TaskCompletionSource<int>();
        var waiting = Enumerable.Range(0, 5).Select(_ => _cache.GetAsync("a", Hour, _ => LoadAsync(answer.Task), CancellationToken.None)).ToList();

        answer.SetException(new TimeoutException());

        foreach (var one in waiting)
        {
            await Assert.ThrowsAsync<TimeoutException>(() => one);
        }

        Assert.Equal(1, _loads);
        Assert.Equal(2, await GetAsync("a", Hour));
    }

    [Fact]
    public async Task WhoGivesUp_DoesNotEndTheCallForOthers()
    {
        var answer = new TaskCompletionSource<int>();
        using var stop = new CancellationTokenSource();
        var impatient = _cache.GetAsync("a", Hour, _ => LoadAsync(answer.Task), stop.Token);
        var patient = _cache.GetAsync("a", Hour, _ => LoadAsync(answer.Task), CancellationToken.None);

        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => impatient);
        answer.SetResult(7);

        Assert.Equal(7, await patient);
        Assert.Equal(1, _loads);
    }

    private Task<int> LoadAsync(Task<int> answer)
    {
        _loads++;
        return answer;
    }

    private Task<int> GetAsync(string key, TimeSpan duration) => _cache.GetAsync(key, duration, _ => Task.FromResult(++_loads), CancellationToken.None);
}

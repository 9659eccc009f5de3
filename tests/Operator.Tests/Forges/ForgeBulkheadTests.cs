using Operator.Forges;
using Operator.GitHub;
using Operator.Simulator.Time;

namespace Operator.Tests.Forges;

public sealed class ForgeBulkheadTests
{
    private const int Enough = 8;

    private readonly ManualTimeProvider _clock = new();
    private readonly TaskCompletionSource<int> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ForgeBulkhead _hosts;

    public ForgeBulkheadTests() => _hosts = new(_clock);

    [Fact]
    public async Task Calls_ThatAreAnswered_AreNeverTooMany()
    {
        for (var i = 0; i < 100; i++)
        {
            _clock.Advance(TimeSpan.FromSeconds(1));
            Assert.Equal(1, await _hosts.CallAsync(Target("quick"), _ => Task.FromResult(1), default));
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
    public async Task Calls_ToASlowHost_AreRefusedOnceEnoughWait_WhateverTheOrganization_AndOtherHostsAreServed()
    {
        var waiting = Enumerable.Range(0, Enough).Select(i => CallAsync("slow", i)).ToList();
        _clock.Advance(TimeSpan.FromSeconds(3));

        var refused = await Assert.ThrowsAsync<RegistryException>(() => CallAsync("slow", 99));
        Assert.Equal((ForgeBulkhead.Reason, TimeSpan.FromSeconds(5), false), (refused.Reason, refused.RetryAfter, refused.IsPermanent));
        Assert.Equal(1, await _hosts.CallAsync(Target("quick"), _ => Task.FromResult(1), default));

        _answer.SetResult(1);
        await Task.WhenAll(waiting);
        Assert.Equal(1, await CallAsync("slow"));
    }

    // They began before the failure was known.
    [Fact]
    public async Task Calls_OfABurstToASlowHost_AreEndedButForAShare()
    {
        var calls = Enumerable.Range(0, 64).Select(i => CallAsync("slow", i)).ToList();

        _clock.Advance(TimeSpan.FromSeconds(3));
        var ended = await Task.WhenAll(calls.Skip(Enough).Select(call => Assert.ThrowsAsync<RegistryException>(() => call)));
        Assert.All(ended, failure => Assert.Equal(ForgeBulkhead.Reason, failure.Reason));
        Assert.All(calls.Take(Enough), call => Assert.False(call.IsCompleted));

        _answer.SetResult(1);
        Assert.Equal(Enough, (await Task.WhenAll(calls.Take(Enough))).Sum());
    }

    [Fact]
    public async Task Calls_ThatFail_AreOver()
    {
        for (var i = 0; i < 2 * Enough; i++)
        {
            _clock.Advance(TimeSpan.FromSeconds(1));
            await Assert.ThrowsAsync<TimeoutException>(() => _hosts.CallAsync<int>(Target("slow"), _ => throw new TimeoutException(), default));
        }
    }

    private Task<int> CallAsync(string host, int organization = 0) => _hosts.CallAsync(Target(host, organization), token => _answer.Task.WaitAsync(token), default);

    private static GitHubTarget Target(string host, int organization = 0) =>
        GitHubTarget.TryParse($"https://{host}.example.com/org-{organization}", out var target, out _) ? target : throw new InvalidOperationException();
}

using Microsoft.Extensions.Logging.Abstractions;
using Operator.Demand.ScaleSets;
using Operator.GitHub.Rest;
using Operator.Runtime.Controllers;

namespace Operator.Tests.Demand;

public sealed class ScaleSetSupervisorTests : IAsyncDisposable
{
    private readonly ListenerWorld _world = new();
    private readonly CancellationTokenSource _stop = new();
    private Task _running = Task.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _stop.Dispose();
        await _world.DisposeAsync();
    }

    [Fact]
    public async Task ListenerThatEndsInError_IsStartedAgain_AndNobodyIsToldMeanwhileThatItListens()
    {
        var loops = Start(throws: 1);
        await Eventually.IsTrueAsync(() => _world.Clock.NextDue is not null, "the end");
        Assert.Equal("Opening", _world.Facts.State.Reason);

        _world.Clock.Advance(TimeSpan.FromSeconds(1));
        await _world.UntilAskedAsync("poll 0 5");
        Assert.True(_world.Facts.State.IsOpen);
        Assert.Empty(loops.FindStuck());
    }

    [Fact]
    public async Task ListenerThatEndsAgainAndAgain_IsStuck_AndNamed()
    {
        var loops = Start(throws: int.MaxValue);
        for (var ends = 1; ends <= LoopSupervisor.EndsUntilStuck; ends++)
        {
            await Eventually.IsTrueAsync(() => _world.Count("open") == ends && _world.Clock.NextDue is not null, $"end {ends}");
            Assert.Equal(ends == LoopSupervisor.EndsUntilStuck, loops.FindStuck().Any());
            _world.Clock.Advance(_world.Clock.NextDue!.Value - _world.Clock.GetUtcNow());
        }

        Assert.StartsWith($"{nameof(ScaleSetListener)} default/linux:", Assert.Single(loops.FindStuck()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stop_EndsTheListenersWithIt()
    {
        Start(throws: 0);
        await _world.UntilAskedAsync("poll 0 5");

        await _stop.CancelAsync();
        await _running;
        Assert.Equal("close", _world.Service.Asked[^1]);
    }

    // What a listener's own failure handling draws throws: that is how one ended.
    private LoopSupervisor Start(int throws)
    {
        if (throws > 0)
        {
            _world.Service.Sessions.Clear();
            _world.Service.Sessions.Enqueue(new GitHubApiException(GitHubErrors.ServerError, "500") { StatusCode = 500 });
            if (throws == 1)
            {
                _world.Service.Sessions.Enqueue(null);
            }
        }

        var loops = new LoopSupervisor(_world.Environment(() => 0));
        var supervisor = new ScaleSetSupervisor(
            _world.Pools,
            _world.Connector,
            _world.States,
            _ => _world.CreateListener(_world.Environment(() => throws-- > 0 ? throw new InvalidOperationException("no") : 0)),
            loops,
            NullLogger<ScaleSetSupervisor>.Instance);
        _world.ApplyPool();
        _running = supervisor.RunAsync(_stop.Token).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        return loops;
    }
}

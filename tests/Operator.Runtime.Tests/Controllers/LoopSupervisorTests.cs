using Operator.Runtime.Controllers;
using Operator.Runtime.Queues;

namespace Operator.Runtime.Tests.Controllers;

public sealed class LoopSupervisorTests : IAsyncDisposable
{
    private readonly TestEnvironment _environment = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly LoopSupervisor _supervisor;
    private int _begun;
    private Task _running = Task.CompletedTask;

    public LoopSupervisorTests() => _supervisor = new(_environment.Runtime);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running.Soon();
        _stop.Dispose();
    }

    [Fact]
    public async Task EndInError_IsLoggedOnce_AndStartedAgainAfterABackOff()
    {
        Start(run => run == 1 ? Task.FromException(new InvalidOperationException("no")) : Task.Delay(Timeout.InfiniteTimeSpan, _environment.Time, _stop.Token));
        await _environment.Time.WaitedForAsync(BackOff.ForConnections.Base);
        Assert.Equal(1, _begun);
        Assert.Empty(_supervisor.FindStuck()); // once is no reason for a restart

        _environment.Advance(BackOff.ForConnections.Base);
        await Eventually.IsTrueAsync(() => _begun == 2, "the second run");
        Assert.Empty(_supervisor.FindStuck());
        var error = Assert.Single(_environment.Warnings);
        Assert.Equal("Listener default/linux failed and is being restarted", error.Text);
        Assert.IsType<InvalidOperationException>(error.Exception);
    }

    [Fact]
    public async Task EndsAgainAndAgain_AreStuck_UntilARunLasts()
    {
        Start(run => run <= 6 ? throw new InvalidOperationException("no") : Task.Delay(Timeout.InfiniteTimeSpan, _environment.Time, _stop.Token));
        for (var run = 1; run <= 6; run++)
        {
            await Eventually.IsTrueAsync(() => _begun == run && _environment.Clock.NextDue is not null, $"run {run}");
            Assert.Equal(run >= LoopSupervisor.EndsUntilStuck, _supervisor.FindStuck().Any());
            AdvanceToNext();
        }

        Assert.Equal(
            "Listener default/linux: has ended 6 times in a row, the last time with InvalidOperationException; see the log", Assert.Single(_supervisor.FindStuck()));
        await Eventually.IsTrueAsync(() => _begun == 7, "the run that lasts");
        _environment.Advance(LoopSupervisor.StuckAfter + TimeSpan.FromSeconds(1));
        Assert.Empty(_supervisor.FindStuck());
    }

    [Fact]
    public async Task EndAfterALongRun_IsTheFirstAgain()
    {
        Start(async _ =>
        {
            await Task.Delay(TimeSpan.FromMinutes(2), _environment.Time, _stop.Token);
            throw new InvalidOperationException("no");
        });
        for (var run = 1; run <= 2 * LoopSupervisor.EndsUntilStuck; run++)
        {
            await Eventually.IsTrueAsync(() => _begun == run && _environment.Clock.NextDue is not null, $"run {run}");
            _environment.Advance(TimeSpan.FromMinutes(2));
            await Eventually.IsTrueAsync(() => _environment.Warnings.Count() == run && _environment.Clock.NextDue is not null, $"end {run}");
            Assert.Equal(_environment.Clock.GetUtcNow() + BackOff.ForConnections.Base, _environment.Clock.NextDue);
            Assert.Empty(_supervisor.FindStuck());
            _environment.Advance(BackOff.ForConnections.Base);
        }
    }

    [Fact]
    public async Task TimeOutOfItsOwn_IsAnEndInError()
    {
        Start(run => run == 1 ? throw new OperationCanceledException("nobody had asked it to stop") : Task.Delay(Timeout.InfiniteTimeSpan, _environment.Time, _stop.Token));
        await _environment.Time.WaitedForAsync(BackOff.ForConnections.Base);
        _environment.Advance(BackOff.ForConnections.Base);
        await Eventually.IsTrueAsync(() => _begun == 2, "the second run");
    }

    [Fact]
    public async Task Return_IsTheEnd()
    {
        Start(_ => Task.CompletedTask);
        await _running.Soon();
        Assert.Empty(_environment.Warnings);
    }

    [Fact]
    public async Task Stop_WhateverIsThrownThen_IsTheEnd()
    {
        Start(async _ =>
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, _environment.Time, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw new InvalidOperationException("cut off in the middle");
        });
        await Eventually.IsTrueAsync(() => _begun == 1, "the run");
        await _stop.CancelAsync();
        await _running.Soon();
        Assert.Empty(_environment.Warnings);
    }

    // It throws nothing, ends nothing and logs nothing.
    [Fact]
    public void LoopThatDoesNotComeRound_IsStuck_UntilItDoes()
    {
        var progress = new LoopProgress(_environment.Time, TimeSpan.FromMinutes(10));
        _running = _supervisor.RunAsync("Sweep", null, _ => Task.Delay(Timeout.InfiniteTimeSpan, _environment.Time, _stop.Token), _stop.Token, progress);
        _environment.Advance(TimeSpan.FromMinutes(10));
        Assert.Empty(_supervisor.FindStuck());

        _environment.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal("Sweep: has made no progress for 11 min", Assert.Single(_supervisor.FindStuck()));

        progress.ComeRound();
        Assert.Empty(_supervisor.FindStuck());
    }

    // The loop makes progress, but the task it started hangs.
    [Fact]
    public void StepThatDoesNotEnd_IsStuck_UntilItDoes()
    {
        var progress = new LoopProgress(_environment.Time, TimeSpan.FromMinutes(10));
        _running = _supervisor.RunAsync("Sweep", null, _ => Task.Delay(Timeout.InfiniteTimeSpan, _environment.Time, _stop.Token), _stop.Token, progress);
        var step = progress.Follow("the sweep of eu-west-1");
        for (var minute = 0; minute < 11; minute++)
        {
            Assert.Empty(_supervisor.FindStuck());
            _environment.Advance(TimeSpan.FromMinutes(1));
            progress.ComeRound();
        }

        Assert.Equal("Sweep: the sweep of eu-west-1 has not ended for 11 min", Assert.Single(_supervisor.FindStuck()));
        step.Dispose();
        Assert.Empty(_supervisor.FindStuck());
    }

    [Fact]
    public async Task LoopOfAManager_ThatEndsAgainAndAgain_IsInItsHealth()
    {
        using var manager = new ControllerManager(new() { Informers = [], BeginTerm = () => new() { Controllers = [], Services = [new Broken()] } }, _environment.Runtime);
        await manager.StartAsync(CancellationToken.None);
        for (var ends = 1; ends <= LoopSupervisor.EndsUntilStuck; ends++)
        {
            await Eventually.IsTrueAsync(() => _environment.Warnings.Count() == ends && _environment.Clock.NextDue is not null, $"end {ends}");
            Assert.Equal(ends == LoopSupervisor.EndsUntilStuck, manager.FindStuck().Count == 1);
            AdvanceToNext();
        }

        await manager.StopAsync(CancellationToken.None).Soon();
    }

    // Not further: the loop would run several times.
    private void AdvanceToNext() => _environment.Advance(_environment.Clock.NextDue!.Value - _environment.Clock.GetUtcNow());

    private void Start(Func<int, Task> run) =>
        _running = _supervisor.RunAsync("Listener", "default/linux", _ => run(Interlocked.Increment(ref _begun)), _stop.Token);

    private sealed class Broken : ILeaderService
    {
        public Task RunAsync(CancellationToken cancellationToken) => throw new InvalidOperationException("no");
    }
}

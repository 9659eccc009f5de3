using Operator.Runtime.Controllers;

namespace Operator.Runtime.Tests.Controllers;

public sealed class LivenessTests
{
    private readonly TestEnvironment _environment = new();

    [Fact]
    public async Task Pass_ThatDoesNotEndAfterItsTimeOut_IsStuck_AndNamed()
    {
        var stuck = new StuckReconciler();
        using var controller = new ControllerBuilder("lease.lifecycle", new(), _environment.Runtime).Build(stuck);
        using var stop = new CancellationTokenSource();
        var running = controller.RunAsync(stop.Token, stop.Token);
        controller.Queue.Add(new("default", "runners-0"));
        await stuck.Begun.Task.Soon();

        _environment.Advance(Liveness.StuckAfter);
        Assert.Empty(Liveness.FindStuck(controller));
        _environment.Advance(TimeSpan.FromMinutes(1));

        Assert.Equal(["lease.lifecycle: the reconcile of default/runners-0 has not ended for 6 min"], Liveness.FindStuck(controller));
        stuck.Go.SetResult();
        await stop.CancelAsync();
        await running.Soon();
        Assert.Empty(Liveness.FindStuck(controller));
    }

    [Fact]
    public async Task ReadyKeys_ThatNobodyTakes_AreStuck()
    {
        using var controller = new ControllerBuilder("pool.capacity", new() { Workers = 0 }, _environment.Runtime).Build(new StuckReconciler());
        controller.Queue.Add(new("default", "before"));
        _environment.Advance(TimeSpan.FromHours(1));
        Assert.Empty(Liveness.FindStuck(controller)); // it only stands by

        await controller.RunAsync(CancellationToken.None, CancellationToken.None);
        Assert.Empty(Liveness.FindStuck(controller));
        _environment.Advance(TimeSpan.FromMinutes(6));

        Assert.Contains("1 keys are ready", Assert.Single(Liveness.FindStuck(controller)), StringComparison.Ordinal);
    }

    // Heeds no cancellation, as code does that waits for something synchronously.
    private sealed class StuckReconciler : IReconciler
    {
        public TaskCompletionSource Begun { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource Go { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public async Task<ReconcileResult> ReconcileAsync(NamespacedName key, CancellationToken cancellationToken)
        {
            Begun.SetResult();
            await Go.Task;
            return ReconcileResult.Done;
        }
    }
}

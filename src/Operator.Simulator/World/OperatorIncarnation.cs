using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Operator.Entities.ResourceClasses;
using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerPools;
using Operator.Runtime.Controllers;
using Operator.Runtime.Informers;

namespace Operator.Simulator.World;

/// <summary>One operator process, from its start to its end.</summary>
public sealed class OperatorIncarnation : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ControllerManager _manager;
    private readonly IInformer[] _informers;

    internal OperatorIncarnation(WebApplication app, CallGate gate)
    {
        _app = app;
        Gate = gate;
        _manager = app.Services.GetRequiredService<ControllerManager>();
        _informers =
        [
            app.Services.GetRequiredService<IInformer<V1Alpha1RunnerPool>>(),
            app.Services.GetRequiredService<IInformer<V1Alpha1RunnerLease>>(),
            app.Services.GetRequiredService<IInformer<V1Alpha1ResourceClass>>(),
        ];
    }

    /// <summary>Between this process and the world.</summary>
    public CallGate Gate { get; }

    /// <summary>Where it serves health, metrics and webhooks.</summary>
    public Uri Address => new(_app.Urls.First());

    /// <summary>Whether it leads and its stores are filled.</summary>
    public bool IsLeading => _manager.IsLeading;

    /// <summary>Whether it has nothing to do until something changes or time passes.</summary>
    public bool IsIdle => Gate.IsDead || (Gate.IsQuiet && _manager.IsIdle && _informers.All(informer => informer.LastError is null));

    /// <summary>Whether no call is under way: a pass may still wait for the clock, as a launch waits for others to join it.</summary>
    public bool IsQuiet => Gate.IsDead || Gate.IsQuiet;

    /// <summary>Ends it as SIGTERM does.</summary>
    public async Task StopAsync()
    {
        await _app.StopAsync(CancellationToken.None);
        await _app.DisposeAsync();
    }

    /// <summary>Ends it as SIGKILL does: nothing more reaches the outside.</summary>
    public async Task KillAsync()
    {
        Gate.Kill();
        await _app.StopAsync(new CancellationToken(canceled: true)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _app.DisposeAsync();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await KillAsync();
}

using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Operator.Runtime.Controllers;

namespace Operator.Simulator.World;

/// <summary>One operator process, from its start to its end.</summary>
public sealed class OperatorIncarnation : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ControllerManager _manager;

    internal OperatorIncarnation(WebApplication app, CallGate gate)
    {
        _app = app;
        Gate = gate;
        _manager = app.Services.GetRequiredService<ControllerManager>();
    }

    /// <summary>Between this process and the world.</summary>
    public CallGate Gate { get; }

    /// <summary>Where it serves health, metrics and webhooks.</summary>
    public Uri Address => new(_app.Urls.First());

    /// <summary>Where it serves the lease API; null where it does not.</summary>
    public Uri? LeaseApi { get; init; }

    /// <summary>Where it serves the dashboard; null where it does not.</summary>
    public Uri? Dashboard { get; init; }

    /// <summary>Whether it leads and its stores are filled.</summary>
    public bool IsLeading => _manager.IsLeading;

    /// <summary>The root of everything in the process; a test searches it for leaks.</summary>
    public object Held => _manager;

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

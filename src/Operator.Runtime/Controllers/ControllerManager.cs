using Microsoft.Extensions.Hosting;
using Operator.Runtime.Events;
using Operator.Runtime.Informers;

namespace Operator.Runtime.Controllers;

/// <summary>
/// Starts everything in order: informers, their first sync, leader election, then controllers and leader services; stops in reverse. A stop
/// waits for reconciles in progress, releases leadership and writes the last events. Cancelling its token cuts this short, like a kill;
/// <see cref="BackgroundService.ExecuteTask"/> then completes when everything has ended.
/// </summary>
public sealed partial class ControllerManager(ControllerManagerOptions options, RuntimeEnvironment environment) : BackgroundService
{
    private readonly ILogger _logger = environment.Loggers.CreateLogger<ControllerManager>();
    private readonly LoopSupervisor _supervisor = options.Supervisor ?? new(environment);
    private readonly CancellationTokenSource _killed = new();
    private volatile LeaderTerm? _term;

    /// <summary>The informers, which run on every replica.</summary>
    public IReadOnlyList<IInformer> Informers => options.Informers;

    /// <summary>Whether the stores are filled.</summary>
    public bool HasSynced => options.Informers.All(informer => informer.HasSynced);

    /// <summary>Why it can neither lead nor stand by, for users; null if it can.</summary>
    public string? FindUnready() => HasSynced ? options.Health?.FindProblem() : "the caches are not synced yet";

    /// <summary>Whether the controllers run in this process.</summary>
    public bool IsLeading => _term is not null;

    /// <summary>
    /// What is stuck and can only be fixed by a restart, for users; see <see cref="Liveness"/> and <see cref="LoopSupervisor"/>. A standby
    /// runs few loops and no controllers.
    /// </summary>
    public IReadOnlyList<string> FindStuck() =>
        [.. _term?.Controllers.SelectMany(Liveness.FindStuck) ?? [], .. _supervisor.FindStuck()];

    /// <inheritdoc/>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await using var kill = cancellationToken.Register(_killed.Cancel);
        await base.StopAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        base.Dispose();
        _killed.Dispose();
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var background = CancellationTokenSource.CreateLinkedTokenSource(_killed.Token);
        var informers = Task.WhenAll(options.Informers.Select(informer => RunAsync("Informer", informer.Kind, informer.RunAsync, background.Token)));
        var events = options.Events is { } recorder ? RunAsync(nameof(EventRecorder), subject: null, recorder.RunAsync, background.Token) : Task.CompletedTask;
        try
        {
            await Task.WhenAll(options.Informers.Select(informer => informer.WaitForSyncAsync(stoppingToken)));
            LogSynced(options.Informers.Count);
            await (options.Elector?.RunAsync(lost => LeadAsync(lost, stoppingToken), stoppingToken, _killed.Token)
                ?? LeadAsync(CancellationToken.None, stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
        }

        await FinishEventsAsync(events);
        await background.CancelAsync();
        await Task.WhenAll(informers, events);
        LogStopped();
    }

    private async Task LeadAsync(CancellationToken lost, CancellationToken stopping)
    {
        using var abort = CancellationTokenSource.CreateLinkedTokenSource(lost, _killed.Token);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(abort.Token, stopping);
        await using var term = options.BeginTerm();
        _term = term;
        LogLeading(term.Controllers.Count);
        var work = Task.WhenAll(
        [
            .. term.Controllers.Select(controller => controller.RunAsync(stop.Token, abort.Token, _supervisor)),
            .. term.Services.Select(service => RunAsync(service.GetType().Name, subject: null, service.RunAsync, stop.Token, service.Progress)),
        ]);

        await Task.Delay(Timeout.InfiniteTimeSpan, environment.Time, stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await Task.WhenAny(work, Task.Delay(options.StopGrace, environment.Time, abort.Token));
        await abort.CancelAsync();
        await work;
        _term = null;
    }

    private Task RunAsync(
        string name, string? subject, Func<CancellationToken, Task> run, CancellationToken cancellationToken, LoopProgress? progress = null) =>
        Task.Run(() => _supervisor.RunAsync(name, subject, run, cancellationToken, progress), CancellationToken.None);

    private async Task FinishEventsAsync(Task events)
    {
        options.Events?.Complete();
        var patience = Task.Delay(options.StopGrace, environment.Time, _killed.Token);
        await Task.WhenAny(events, patience);
    }

    [LoggerMessage(LogLevel.Debug, "All {Count} informers are synced")]
    private partial void LogSynced(int count);

    [LoggerMessage(LogLevel.Information, "Running {Count} controllers")]
    private partial void LogLeading(int count);

    [LoggerMessage(LogLevel.Information, "Stopped")]
    private partial void LogStopped();
}

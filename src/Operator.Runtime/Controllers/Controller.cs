using Operator.Runtime.Client;
using Operator.Runtime.Metrics;
using Operator.Runtime.Queues;

namespace Operator.Runtime.Controllers;

/// <summary>Takes keys from a queue and reconciles them. All retries are handled here.</summary>
public sealed partial class Controller : IDisposable
{
    private static readonly Func<ILogger, string, string, string, Guid, IDisposable?> PassScope =
        LoggerMessage.DefineScope<string, string, string, Guid>("{Controller} {Namespace}/{Name} {ReconcileId}");

    private readonly IReconciler _reconciler;
    private readonly IReadOnlyList<IDisposable> _sources;
    private readonly ControllerOptions _options;
    private readonly RuntimeEnvironment _environment;
    private readonly ILogger _logger;
    private DateTimeOffset? _startedAt;

    internal Controller(
        string name,
        IReconciler reconciler,
        WorkQueue<NamespacedName> queue,
        IReadOnlyList<IDisposable> sources,
        ControllerOptions options,
        RuntimeEnvironment environment)
    {
        Name = name;
        Queue = queue;
        _reconciler = reconciler;
        _sources = sources;
        _options = options;
        _environment = environment;
        _logger = environment.Loggers.CreateLogger($"Operator.Controller.{name}");
        environment.Metrics.InitializeController(name);
    }

    /// <summary>Such as <c>runner.lifecycle</c>, for logs and metrics.</summary>
    public string Name { get; }

    /// <summary>Time since it was last started; null for never.</summary>
    public TimeSpan? RunsFor => _startedAt is { } started ? _environment.Time.GetUtcNow() - started : null;

    /// <summary>The queue. Anyone may add keys.</summary>
    public WorkQueue<NamespacedName> Queue { get; }

    /// <summary>Runs until stopped, then waits for reconciles in progress.</summary>
    /// <param name="stopping">Take no more keys.</param>
    /// <param name="abort">Cancel reconciles in progress.</param>
    /// <param name="supervisor">Keeps the workers running; null creates one.</param>
    public Task RunAsync(CancellationToken stopping, CancellationToken abort, LoopSupervisor? supervisor = null)
    {
        _startedAt = _environment.Time.GetUtcNow();
        supervisor ??= new(_environment);
        return Task.WhenAll(Enumerable.Range(0, _options.Workers).Select(_ => Task.Run(
            () => supervisor.RunAsync("Worker", Name, token => WorkAsync(token, abort), stopping), CancellationToken.None)));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var source in _sources)
        {
            source.Dispose();
        }

        Queue.Dispose();
    }

    /// <summary>Reconciles a key once, and decides from the result when the next reconcile is due.</summary>
    internal async Task ProcessAsync(NamespacedName key, CancellationToken abort)
    {
        using var scope = PassScope(_logger, Name, key.Namespace, key.Name, _environment.NewId());
        var started = _environment.Time.GetTimestamp();
        _environment.Metrics.ReconcileStarted(Name);
        var outcome = ReconcileOutcome.Error;
        try
        {
            outcome = await PassAsync(key, abort);
        }
        finally
        {
            Queue.Done(key);
            _environment.Metrics.ReconcileEnded(Name, outcome, _environment.Time.GetElapsedTime(started));
        }
    }

    private async Task WorkAsync(CancellationToken stopping, CancellationToken abort)
    {
        try
        {
            while (true)
            {
                await ProcessAsync(await Queue.TakeAsync(stopping), abort);
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
        }
    }

    private async Task<ReconcileOutcome> PassAsync(NamespacedName key, CancellationToken abort)
    {
        try
        {
            LogPass(key);
            var result = await ReconcileAsync(key, abort);
            Queue.Forget(key);
            if (result.RequeueAfter is not { } delay)
            {
                return ReconcileOutcome.Done;
            }

            Queue.AddAfter(key, delay);
            return ReconcileOutcome.After;
        }
        catch (Exception) when (abort.IsCancellationRequested)
        {
            return ReconcileOutcome.Stopped;
        }
        catch (TerminalReconcileException e)
        {
            Queue.Forget(key);
            LogTerminal(e, key);
            return ReconcileOutcome.Terminal;
        }
        catch (KubernetesApiException e) when (e.IsConflict || e.IsAlreadyExists)
        {
            Queue.AddRateLimited(key); // decided on an outdated state; the new one is on its way
            LogConflict(key, e.Message);
            return ReconcileOutcome.Conflict;
        }
        catch (Exception e)
        {
            Queue.AddRateLimited(key);
            LogFailed(e, key);
            return ReconcileOutcome.Error;
        }
    }

    private async Task<ReconcileResult> ReconcileAsync(NamespacedName key, CancellationToken abort)
    {
        using var patience = new CancellationTokenSource(_options.Timeout, _environment.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(abort, patience.Token);
        try
        {
            return await _reconciler.ReconcileAsync(key, either.Token);
        }
        catch (OperationCanceledException e) when (patience.IsCancellationRequested && !abort.IsCancellationRequested)
        {
            throw new TimeoutException($"The pass took longer than {_options.Timeout.TotalSeconds} s.", e);
        }
    }

    [LoggerMessage(LogLevel.Trace, "Reconciling {Key}")]
    private partial void LogPass(NamespacedName key);

    [LoggerMessage(LogLevel.Debug, "Reconciling {Key} met a conflict; retrying: {Error}")]
    private partial void LogConflict(NamespacedName key, string error);

    [LoggerMessage(LogLevel.Error, "Reconciling {Key} failed permanently; waiting for a change")]
    private partial void LogTerminal(Exception exception, NamespacedName key);

    [LoggerMessage(LogLevel.Error, "Reconciling {Key} failed; retrying later")]
    private partial void LogFailed(Exception exception, NamespacedName key);
}

using Prometheus;

namespace Operator.Runtime.Metrics;

/// <summary>The runtime's instruments. Durations are in seconds.</summary>
public sealed class RuntimeMetrics
{
    private readonly Counter _reconciles;
    private readonly Histogram _reconcileDuration;
    private readonly Gauge _activeWorkers;
    private readonly Gauge _queueDepth;
    private readonly Counter _queueAdds;
    private readonly Counter _queueRetries;
    private readonly Histogram _queueWait;
    private readonly Counter _relists;
    private readonly Counter _malformedObjects;
    private readonly Counter _droppedEvents;
    private readonly Counter _loopRestarts;

    /// <summary>Creates the instruments.</summary>
    /// <param name="instruments">The registry of instruments.</param>
    public RuntimeMetrics(Instruments instruments)
    {
        _reconciles = instruments.CreateCounter(
            "controller_reconciles_total", "Reconciles by controller and result: Done, After (again later), Conflict, Error, Terminal, Stopped.", "controller", "result");
        _reconcileDuration = instruments.CreateHistogram("controller_reconcile_duration_seconds", "Duration of reconciles.", "controller");
        _activeWorkers = instruments.CreateGauge("controller_active_workers", "Reconciles in progress.", "controller");
        _queueDepth = instruments.CreateGauge("workqueue_depth", "Keys waiting for a worker.", "queue");
        _queueAdds = instruments.CreateCounter("workqueue_adds_total", "Keys added.", "queue");
        _queueRetries = instruments.CreateCounter("workqueue_retries_total", "Keys added again after a failure.", "queue");
        _queueWait = instruments.CreateHistogram("workqueue_wait_duration_seconds", "Time that keys wait for a worker.", "queue");
        _relists = instruments.CreateCounter("informer_relists_total", "Full lists, including the first one.", "kind");
        _malformedObjects = instruments.CreateCounter(
            "informer_malformed_objects_total", "Object versions that could not be parsed and are ignored.", "kind");
        _loopRestarts = instruments.CreateCounter(
            "loop_restarts_total", "Loops that failed and were restarted, by loop. The log has the error.", "loop");
        _droppedEvents = instruments.CreateCounter("events_dropped_total", "Events not written, by reason.", "reason");
    }

    // Series that exist from the start let alerts distinguish "none yet" from "not measured".
    internal void InitializeController(string controller)
    {
        foreach (var result in Enum.GetNames<ReconcileOutcome>())
        {
            _reconciles.WithLabels(controller, result);
        }

        _queueDepth.WithLabels(controller);
        _queueRetries.WithLabels(controller);
    }

    internal void ReconcileStarted(string controller) => _activeWorkers.WithLabels(controller).Inc();

    internal void ReconcileEnded(string controller, ReconcileOutcome outcome, TimeSpan duration)
    {
        _activeWorkers.WithLabels(controller).Dec();
        _reconciles.WithLabels(controller, outcome.ToString()).Inc();
        _reconcileDuration.WithLabels(controller).Observe(duration.TotalSeconds);
    }

    internal void KeyReady(string queue)
    {
        _queueAdds.WithLabels(queue).Inc();
        _queueDepth.WithLabels(queue).Inc();
    }

    internal void KeyTaken(string queue, TimeSpan waited)
    {
        _queueDepth.WithLabels(queue).Dec();
        _queueWait.WithLabels(queue).Observe(waited.TotalSeconds);
    }

    internal void KeysDropped(string queue, int count) => _queueDepth.WithLabels(queue).Dec(count);

    internal void KeyRetried(string queue) => _queueRetries.WithLabels(queue).Inc();

    internal void Relisted(string kind) => _relists.WithLabels(kind).Inc();

    internal void MalformedObject(string kind) => _malformedObjects.WithLabels(kind).Inc();

    internal void EventDropped(string reason) => _droppedEvents.WithLabels(reason).Inc();

    internal void InitializeInformer(string kind) => _malformedObjects.WithLabels(kind);

    internal void InitializeLoop(string loop) => _loopRestarts.WithLabels(loop);

    internal void LoopRestarted(string loop) => _loopRestarts.WithLabels(loop).Inc();
}

/// <summary>The result of a reconcile; the <c>result</c> label.</summary>
internal enum ReconcileOutcome
{
    Done,
    After,
    Conflict,
    Error,
    Terminal,
    Stopped,
}

using System.Diagnostics.Metrics;

namespace Operator.Runtime.Metrics;

/// <summary>The runtime's instruments. Durations are in seconds. Free of cost while nobody listens.</summary>
public sealed class RuntimeMetrics : IDisposable
{
    /// <summary>The name under which a listener finds the instruments.</summary>
    public const string MeterName = "Operator.Runtime";

    private readonly Counter<long> _reconciles;
    private readonly Histogram<double> _reconcileDuration;
    private readonly UpDownCounter<long> _activeWorkers;
    private readonly UpDownCounter<long> _queueDepth;
    private readonly Counter<long> _queueAdds;
    private readonly Counter<long> _queueRetries;
    private readonly Histogram<double> _queueWait;
    private readonly Counter<long> _relists;
    private readonly Counter<long> _malformedObjects;
    private readonly Counter<long> _droppedEvents;
    private readonly Counter<long> _loopRestarts;

    public RuntimeMetrics()
    {
        Meter = new Meter(MeterName);
        _reconciles = Count("controller.reconciles", "Passes by controller and result: Done, After (again later), Conflict, Error, Terminal, Stopped.", "controller", "result");
        _reconcileDuration = Time("controller.reconcile.duration", "How long passes take.", "controller");
        _activeWorkers = Level("controller.active_workers", "Passes under way.", "controller");
        _queueDepth = Level("workqueue.depth", "Keys that wait for a worker.", "queue");
        _queueAdds = Count("workqueue.adds", "Keys added.", "queue");
        _queueRetries = Count("workqueue.retries", "Keys added again after a failure.", "queue");
        _queueWait = Time("workqueue.wait.duration", "How long keys wait for a worker.", "queue");
        _relists = Count("informer.relists", "Full lists read, the first one included.", "kind");
        _malformedObjects = Count("informer.malformed_objects", "Versions of objects that could not be read, and so are left alone.", "kind");
        _loopRestarts = Count("loop.restarts", "Loops that ended with an error and were started again, by loop. An error in the log says why.", "loop");
        _droppedEvents = Count("events.dropped", "Events that were not written, by reason.", "reason");
    }

    /// <summary>The meter of all of them.</summary>
    public Meter Meter { get; }

    /// <inheritdoc/>
    public void Dispose() => Meter.Dispose();

    // Series that exist from the start let an alert tell "none yet" from "not measured".
    internal void InitializeController(string controller)
    {
        foreach (var result in Enum.GetNames<ReconcileOutcome>())
        {
            _reconciles.Add(0, Tag("controller", controller), Tag("result", result));
        }

        _queueDepth.Add(0, Tag("queue", controller));
        _queueRetries.Add(0, Tag("queue", controller));
    }

    internal void ReconcileStarted(string controller) => _activeWorkers.Add(1, Tag("controller", controller));

    internal void ReconcileEnded(string controller, ReconcileOutcome outcome, TimeSpan duration)
    {
        _activeWorkers.Add(-1, Tag("controller", controller));
        _reconciles.Add(1, Tag("controller", controller), Tag("result", outcome.ToString()));
        _reconcileDuration.Record(duration.TotalSeconds, Tag("controller", controller));
    }

    internal void KeyReady(string queue)
    {
        _queueAdds.Add(1, Tag("queue", queue));
        _queueDepth.Add(1, Tag("queue", queue));
    }

    internal void KeyTaken(string queue, TimeSpan waited)
    {
        _queueDepth.Add(-1, Tag("queue", queue));
        _queueWait.Record(waited.TotalSeconds, Tag("queue", queue));
    }

    internal void KeyRetried(string queue) => _queueRetries.Add(1, Tag("queue", queue));

    internal void Relisted(string kind) => _relists.Add(1, Tag("kind", kind));

    internal void MalformedObject(string kind) => _malformedObjects.Add(1, Tag("kind", kind));

    internal void EventDropped(string reason) => _droppedEvents.Add(1, Tag("reason", reason));

    internal void InitializeInformer(string kind) => _malformedObjects.Add(0, Tag("kind", kind));

    internal void InitializeLoop(string loop) => _loopRestarts.Add(0, Tag("loop", loop));

    internal void LoopRestarted(string loop) => _loopRestarts.Add(1, Tag("loop", loop));

    private Counter<long> Count(string name, string description, params string[] labels) =>
        Meter.CreateCounter<long>(name, unit: null, description, Labelled.By(labels));

    private UpDownCounter<long> Level(string name, string description, params string[] labels) =>
        Meter.CreateUpDownCounter<long>(name, unit: null, description, Labelled.By(labels));

    private Histogram<double> Time(string name, string description, params string[] labels) =>
        Meter.CreateHistogram<double>(name, "s", description, Labelled.By(labels));

    private static KeyValuePair<string, object?> Tag(string name, string value) => new(name, value);
}

/// <summary>How a pass ended; the <c>result</c> tag.</summary>
internal enum ReconcileOutcome
{
    Done,
    After,
    Conflict,
    Error,
    Terminal,
    Stopped,
}

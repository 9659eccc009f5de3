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
    private readonly UpDownCounter<long> _leading;

    public RuntimeMetrics()
    {
        Meter = new Meter(MeterName);
        _reconciles = Meter.CreateCounter<long>("controller.reconciles", description: "Passes by controller and result.");
        _reconcileDuration = Meter.CreateHistogram<double>("controller.reconcile.duration", "s", "How long passes take.");
        _activeWorkers = Meter.CreateUpDownCounter<long>("controller.active_workers", description: "Passes under way.");
        _queueDepth = Meter.CreateUpDownCounter<long>("workqueue.depth", description: "Keys that wait for a worker.");
        _queueAdds = Meter.CreateCounter<long>("workqueue.adds", description: "Keys added.");
        _queueRetries = Meter.CreateCounter<long>("workqueue.retries", description: "Keys added again after a failure.");
        _queueWait = Meter.CreateHistogram<double>("workqueue.wait.duration", "s", "How long keys wait for a worker.");
        _relists = Meter.CreateCounter<long>("informer.relists", description: "Full lists read, the first one included.");
        _malformedObjects = Meter.CreateCounter<long>("informer.malformed_objects", description: "Versions of objects that could not be read.");
        _droppedEvents = Meter.CreateCounter<long>("events.dropped", description: "Events that were not written, by reason.");
        _leading = Meter.CreateUpDownCounter<long>("leader_election.leading", description: "1 while this process leads.");
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

    internal void Leading(bool leading) => _leading.Add(leading ? 1 : -1);

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

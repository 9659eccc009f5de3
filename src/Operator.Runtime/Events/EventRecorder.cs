using System.Text.Json.Nodes;
using System.Threading.Channels;
using Operator.Runtime.Client;
using Operator.Runtime.LeaderElection;
using Operator.Runtime.Queues;
using Corev1Event = k8s.Models.Corev1Event;

namespace Operator.Runtime.Events;

/// <summary>
/// Writes events in the background. They are dropped and counted if too many are waiting, or the server refuses them or is unavailable.
/// Events that must not be lost are also logged when published, and are not rate-limited.
/// </summary>
public sealed partial class EventRecorder : IEventRecorder
{
    private const int MaxWaiting = 1000;
    private const int MaxTries = 3;

    private readonly IKubernetesClient _client;
    private readonly RuntimeEnvironment _environment;
    private readonly EventCorrelator _correlator;
    private readonly ILogger _logger;
    private readonly HashSet<string> _finalReasons;
    private readonly Channel<(EventReport Report, int Term)> _reports = Channel.CreateBounded<(EventReport, int)>(MaxWaiting);

    /// <param name="client">The API server.</param>
    /// <param name="component">The reporting component, such as the operator's name.</param>
    /// <param name="environment">Time, ids, logs and metrics.</param>
    /// <param name="finalReasons">The reasons that must not be lost.</param>
    public EventRecorder(IKubernetesClient client, string component, RuntimeEnvironment environment, params IEnumerable<string> finalReasons)
    {
        ArgumentNullException.ThrowIfNull(environment);
        _client = client;
        _environment = environment;
        _correlator = new(component, environment.NewId);
        _finalReasons = finalReasons.ToHashSet(StringComparer.Ordinal);
        _logger = environment.Loggers.CreateLogger<EventRecorder>();
    }

    /// <summary>Whether this process may still report: events from a lost term are dropped. Null for always.</summary>
    public Leadership? Leadership { get; init; }

    /// <inheritdoc/>
    public void Publish(IKubernetesObject about, EventType type, string reason, string message)
    {
        var report = EventReport.Create(about, type, reason, message, _environment.Time.GetUtcNow()) with { IsFinal = _finalReasons.Contains(reason) };
        if (report.IsFinal)
        {
            LogFinal(report.About.Kind, report.About.NamespaceProperty, report.About.Name, reason, report.Message);
        }

        if (!_reports.Writer.TryWrite((report, Leadership?.Term ?? 0)))
        {
            _environment.Metrics.EventDropped("QueueFull");
        }
    }

    /// <summary>Writes events until cancelled, or until all are written after <see cref="Complete"/>.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var (report, term) in _reports.Reader.ReadAllAsync(cancellationToken))
            {
                if (Leadership?.IsLapsed(term) == true)
                {
                    _environment.Metrics.EventDropped("LeadershipLost");
                }
                else
                {
                    await WriteAsync(report, cancellationToken);
                }
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
        }
    }

    /// <summary>Accepts no more events.</summary>
    public void Complete() => _reports.Writer.TryComplete();

    private async Task WriteAsync(EventReport report, CancellationToken cancellationToken)
    {
        var write = _correlator.Correlate(report);
        if (write is EventWrite.Drop)
        {
            _environment.Metrics.EventDropped("RateLimited");
            return;
        }

        for (var tries = 1; ; tries++)
        {
            try
            {
                await WriteAsync(write, cancellationToken);
                return;
            }
            catch (KubernetesApiException e) when (e.IsNotFound && write is EventWrite.Repeat)
            {
                write = _correlator.Restart(report); // the server has dropped the old one in the meantime
            }
            catch (Exception e) when (!cancellationToken.IsCancellationRequested)
            {
                if (tries == MaxTries || e is KubernetesApiException { IsTransient: false })
                {
                    _environment.Metrics.EventDropped("Failed");
                    LogFailed(e, report.Reason, report.About.NamespaceProperty, report.About.Name, report.Message);
                    return;
                }

                await Task.Delay(BackOff.ForConnections.Delay(tries - 1, _environment.Jitter()), _environment.Time, cancellationToken);
            }
        }
    }

    private Task WriteAsync(EventWrite write, CancellationToken cancellationToken) => write switch
    {
        EventWrite.Create create => _client.CreateAsync(create.Event, cancellationToken),
        EventWrite.Repeat repeat => _client.PatchAsync<Corev1Event>(
            repeat.Name,
            new JsonObject { ["count"] = repeat.Count, ["lastTimestamp"] = repeat.At.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'") },
            null,
            cancellationToken),
        _ => Task.CompletedTask,
    };

    [LoggerMessage(LogLevel.Warning, "{Kind} {Namespace}/{Name}, {Reason}: {Text}")]
    private partial void LogFinal(string? kind, string? @namespace, string? name, string reason, string text);

    [LoggerMessage(LogLevel.Warning, "Event {Reason} for {Namespace}/{Name} could not be written: {Text}")]
    private partial void LogFailed(Exception exception, string reason, string? @namespace, string? name, string text);
}

using Operator.Aws.Instances;
using Operator.Leases;

namespace Operator.Reruns;

/// <summary>Receives EC2's interruption notices from the queue, on the leader. A message is deleted once its content is stored.</summary>
internal sealed partial class InterruptionListener(
    InterruptionQueue queue, InterruptionRecorder recorder, LoopSupervisor supervisor, InterruptionMetrics metrics, TimeProvider timeProvider, ILogger<InterruptionListener> logger)
    : ILeaderService
{
    /// <summary>A queue that answers immediately does not support long polling.</summary>
    private static readonly TimeSpan ShortPoll = TimeSpan.FromSeconds(5);

    private string? _problem;

    public Task RunAsync(CancellationToken cancellationToken) =>
        queue.IsConfigured ? supervisor.RunAsync("interruption.queue", subject: null, ListenAsync, cancellationToken) : Task.CompletedTask;

    private async Task ListenAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            var begun = timeProvider.GetTimestamp();
            var pause = await ReceiveAsync(cancellationToken);
            if (pause is { } wait && timeProvider.GetElapsedTime(begun) < wait)
            {
                await Task.Delay(wait, timeProvider, cancellationToken);
            }
        }
    }

    // A missing queue or permission needs a person to fix it: machines and spot requests report notices too.
    private async Task<TimeSpan?> ReceiveAsync(CancellationToken cancellationToken)
    {
        try
        {
            var messages = await queue.ReceiveAsync(cancellationToken);
            foreach (var message in messages)
            {
                await HandleAsync(message, cancellationToken);
            }

            _problem = null;
            return messages.Count == 0 ? ShortPoll : null;
        }
        catch (Exception e) when (e is ProviderException or KubernetesApiException)
        {
            metrics.Handled("Failed");
            if (_problem != e.Message)
            {
                _problem = e.Message;
                LogFailed(logger, e.Message);
            }

            return (e as ProviderException)?.RetryAfter ?? ProviderException.DefaultRetry;
        }
    }

    private async Task HandleAsync(QueuedMessage message, CancellationToken cancellationToken)
    {
        var result = message.Message switch
        {
            null => "Unreadable",
            { InstanceId: { } id, Notice: { } notice } => await recorder.RecordAsync(id, notice, cancellationToken) ? "Notice" : "Foreign",
            _ => "Other",
        };
        await queue.DeleteAsync(message, cancellationToken);
        metrics.Handled(result);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The interruption queue cannot be read; trying again: {Problem}")]
    private static partial void LogFailed(ILogger logger, string problem);
}

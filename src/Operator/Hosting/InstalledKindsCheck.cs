using Microsoft.Extensions.Hosting;

namespace Operator.Hosting;

/// <summary>
/// Checks at startup whether the installed definitions have this version: if not, logs a line and records an event on the definition.
/// </summary>
internal sealed partial class InstalledKindsCheck(IKubernetesClient client, IEventRecorder events, WatchScope scope, ILogger<InstalledKindsCheck> logger) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            foreach (var problem in await InstalledKinds.FindProblemsAsync(client, stoppingToken))
            {
                LogProblem(logger, problem.Text, InstalledKinds.Remedy);
                if (problem.Installed is { } definition && scope.IsEverywhere)
                {
                    // An operator restricted to some namespaces may not write events in the default one.
                    events.Publish(definition, problem.IsFatal ? EventType.Warning : EventType.Normal, "OtherVersion", $"{problem.Text}; {InstalledKinds.Remedy}");
                }
            }
        }
        catch (KubernetesApiException e) when (e.IsForbidden)
        {
            LogForbidden(logger, e.Message);
        }
        catch (Exception e) when (e is KubernetesApiException or HttpRequestException or TimeoutException or OperationCanceledException)
        {
            // Best effort: the informers report an unavailable API server.
        }
        catch (Exception e)
        {
            LogFailed(logger, e); // an unhandled exception would stop the host
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Problem}; {Remedy}")]
    private static partial void LogProblem(ILogger logger, string problem, string remedy);

    [LoggerMessage(Level = LogLevel.Error, Message = "Checking the installed definitions failed")]
    private static partial void LogFailed(ILogger logger, Exception exception);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The installed definitions cannot be checked: {Error}; operator rbac prints the roles")]
    private static partial void LogForbidden(ILogger logger, string error);
}

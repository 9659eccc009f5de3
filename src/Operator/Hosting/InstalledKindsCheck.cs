using Microsoft.Extensions.Hosting;

namespace Operator.Hosting;

/// <summary>Looks at the start whether the kinds are those of this version: one log line, and an event at the definition, when they are not.</summary>
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
                    // Where the operator may write in some namespaces only, it may not in the one where such events are kept.
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
            // A look in passing: the informers will say it when the API server stays away.
        }
        catch (Exception e)
        {
            LogFailed(logger, e); // the host would end the whole process for it
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Problem}; {Remedy}")]
    private static partial void LogProblem(ILogger logger, string problem, string remedy);

    [LoggerMessage(Level = LogLevel.Error, Message = "Checking the installed definitions failed")]
    private static partial void LogFailed(ILogger logger, Exception exception);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The installed definitions cannot be checked: {Error}; operator rbac prints the roles")]
    private static partial void LogForbidden(ILogger logger, string error);
}

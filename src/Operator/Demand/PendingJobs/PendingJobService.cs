using System.Collections.Concurrent;
using Operator.Entities.Conditions;

namespace Operator.Demand.PendingJobs;

/// <summary>
/// Looks for the pending jobs of pools of GitLabs, each target by itself, so that a slow or failing one delays no other. GitLab gives jobs to runners that ask, and fails a job after an hour without one, so a pool
/// without runners has to look. Leader only.
/// </summary>
internal sealed partial class PendingJobService(PendingJobCheck check, PendingJobStatus status, RuntimeEnvironment environment, ILogger<PendingJobService> logger) : ILeaderService
{
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(1);

    /// <summary>A check reads one project after another: the slowest takes minutes.</summary>
    private static readonly TimeSpan Hanging = TimeSpan.FromHours(1);

    private readonly ConcurrentDictionary<string, Task> _running = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (DateTimeOffset Begun, DateTimeOffset Due)> _looks = new(StringComparer.Ordinal);

    public LoopProgress Progress { get; } = new(environment.Time, Hanging);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            Progress.ComeRound();
            var targets = PendingJobTarget.Group(check.Pools).ToList();
            foreach (var gone in _looks.Keys.Except(targets.Select(target => target.Key)).ToList())
            {
                _looks.Remove(gone);
                _running.TryRemove(gone, out _);
            }

            targets.ForEach(target => Start(target, cancellationToken));
            await Task.Delay(Tick, environment.Time, cancellationToken);
        }
    }

    private void Start(PendingJobTarget target, CancellationToken cancellationToken)
    {
        var now = environment.Time.GetUtcNow();
        if ((_looks.TryGetValue(target.Key, out var look) && now < look.Due && !(HeardJobs.AreNews(target, look.Begun) && now - look.Begun >= HeardJobs.Pace)) || (_running.TryGetValue(target.Key, out var last) && !last.IsCompleted))
        {
            return;
        }

        _looks[target.Key] = (now, now + (target.Interval * (0.9 + (0.2 * environment.Jitter()))));
        _running[target.Key] = RunAsync(target, cancellationToken);
    }

    private async Task RunAsync(PendingJobTarget target, CancellationToken cancellationToken)
    {
        using var underWay = Progress.Follow($"the check of {target.Target.WebUrl}");
        try
        {
            await check.RunAsync(target, cancellationToken);
            status.Checked(target, problem: null);
        }
        catch (Exception) when (cancellationToken.IsCancellationRequested)
        {
            // The process is stopping, or is no longer leader.
        }
        catch (ProviderException e)
        {
            status.Checked(target, e);
        }
        catch (Exception e)
        {
            LogFailed(logger, e, target.Target.WebUrl);
            status.Checked(target, new(RunnerPoolReasons.ResyncFailing, ErrorText.Stable(e.Message), e));
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Looking for the pending jobs of {Target} failed; retrying")]
    private static partial void LogFailed(ILogger logger, Exception exception, Uri target);
}

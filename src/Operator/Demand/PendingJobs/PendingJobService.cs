namespace Operator.Demand.PendingJobs;

/// <summary>
/// Looks for the pending jobs of pools of GitLabs, each target by itself, so that a slow or failing one delays no other. GitLab gives jobs to runners that ask, and fails a job after an hour without one, so a pool
/// without runners has to look. Leader only.
/// </summary>
internal sealed partial class PendingJobService(PendingJobCheck check, PendingJobStatus status, RuntimeEnvironment environment, ILogger<PendingJobService> logger) : ILeaderService
{
    /// <summary>What is heard of a job leads to a look this soon.</summary>
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(1);

    /// <summary>A new pool's target is checked this soon where there was none.</summary>
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(5);

    /// <summary>A check reads one project after another: the slowest takes minutes.</summary>
    private static readonly TimeSpan Hanging = TimeSpan.FromHours(1);

    public LoopProgress Progress { get; } = new(environment.Time, Hanging);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var checks = new TargetChecks(environment, Progress);
        while (!cancellationToken.IsCancellationRequested)
        {
            Progress.ComeRound();
            var targets = PendingJobTarget.Group(check.Pools).ToList();
            checks.KeepOnly(targets.Select(target => target.Key));
            targets.ForEach(target => checks.Start(CheckOf(target), cancellationToken));
            await Task.Delay(targets.Count > 0 ? Tick : Rest, environment.Time, cancellationToken);
        }
    }

    private TargetCheck CheckOf(PendingJobTarget target) => new(target.Key, target.Target.WebUrl, target.Interval)
    {
        RunAsync = token => check.RunAsync(target, token),
        Checked = problem => status.Checked(target, problem),
        Log = e => LogFailed(logger, e, target.Target.WebUrl),
        IsNeededSince = begun => environment.Time.GetUtcNow() - begun >= HeardJobs.Pace && HeardJobs.AreNews(target, begun),
    };

    [LoggerMessage(Level = LogLevel.Warning, Message = "Looking for the pending jobs of {Target} failed; retrying")]
    private static partial void LogFailed(ILogger logger, Exception exception, Uri target);
}

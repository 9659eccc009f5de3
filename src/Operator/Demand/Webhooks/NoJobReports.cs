namespace Operator.Demand.Webhooks;

/// <summary>Nobody listens: GitHub's list of runners tells who is busy.</summary>
internal sealed class NoJobReports : IJobReports
{
    public Task StartedAsync(NamespacedName pool, JobReport job, CancellationToken cancellationToken) => Task.CompletedTask;

    public Task CompletedAsync(NamespacedName pool, JobReport job, CancellationToken cancellationToken) => Task.CompletedTask;
}

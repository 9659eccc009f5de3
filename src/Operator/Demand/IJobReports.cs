namespace Operator.Demand;

/// <summary>What GitHub says of a job and the runner that it is on.</summary>
/// <param name="RunnerName">The runner's name at GitHub.</param>
/// <param name="JobId">GitHub's id of the job.</param>
/// <param name="Repository">The repository, such as <c>my-org/app</c>.</param>
/// <param name="RunId">The workflow run.</param>
/// <param name="Workflow">The workflow's name, or the reference to its file.</param>
/// <param name="At">When the runner took the job, or finished it; null when GitHub does not say.</param>
/// <param name="Result">How a completed job ended, such as <c>succeeded</c>; null while it runs.</param>
internal sealed record JobReport(
    string RunnerName, string JobId, string? Repository, long? RunId, string? Workflow, DateTimeOffset? At, string? Result);

/// <summary>
/// Where the doors tell what GitHub says of jobs. A call that returns has stored it in the lease, or found no lease that it
/// concerns. Telling the same twice, or a start after its end, changes nothing.
/// </summary>
internal interface IJobReports
{
    /// <summary>A runner took a job: it is busy from now on for every decision.</summary>
    Task StartedAsync(NamespacedName pool, JobReport job, CancellationToken cancellationToken);

    /// <summary>A runner's job is over.</summary>
    Task CompletedAsync(NamespacedName pool, JobReport job, CancellationToken cancellationToken);
}

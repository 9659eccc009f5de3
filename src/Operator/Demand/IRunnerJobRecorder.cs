namespace Operator.Demand;

/// <summary>GitHub's report about a job and its runner.</summary>
/// <param name="RunnerName">The runner's name at GitHub.</param>
/// <param name="RunnerId">GitHub's id of the runner.</param>
/// <param name="JobId">GitHub's id of the job.</param>
/// <param name="Repository">The repository, such as <c>my-org/app</c>.</param>
/// <param name="RunId">The workflow run.</param>
/// <param name="Workflow">The workflow's name, or the reference to its file.</param>
/// <param name="At">When the runner started or completed the job; null if GitHub does not say.</param>
/// <param name="Result">How a completed job ended, such as <c>succeeded</c>; null while it runs.</param>
internal sealed record JobReport(
    string RunnerName, long RunnerId, string JobId, string? Repository, long? RunId, string? Workflow, DateTimeOffset? At, string? Result)
{
    /// <summary>Length limits of the lease's schema: longer text could not be stored.</summary>
    public const int MostOfId = 64;

    /// <inheritdoc cref="MostOfId"/>
    public const int MostOfName = 128;

    /// <inheritdoc cref="MostOfId"/>
    public const int MostOfRepository = 256;

    /// <inheritdoc cref="MostOfId"/>
    public const int MostOfWorkflow = 1024;

    public string JobId { get; init; } = ErrorText.Shorten(JobId, MostOfId);

    public string? Repository { get; init; } = Cut(Repository, MostOfRepository);

    public string? Workflow { get; init; } = Cut(Workflow, MostOfWorkflow);

    /// <summary>Truncates a text that is too long.</summary>
    public static string? Cut(string? text, int most) => text is null ? null : ErrorText.Shorten(text, most);

    /// <summary>The scale set whose session delivered the report; null for other sources.</summary>
    public long? ScaleSetId { get; init; }
}

/// <summary>
/// Records job reports from the demand sources. When a call returns, the report is stored in the lease, or no lease is concerned. Duplicate
/// reports, and a start after its completion, change nothing.
/// </summary>
internal interface IRunnerJobRecorder
{
    /// <summary>A runner took a job: from now on every decision treats it as busy.</summary>
    /// <param name="pool">The pool that the runner belongs to; reports about other pools' runners are ignored.</param>
    /// <param name="job">The job, with the runner's name and id.</param>
    /// <param name="cancellationToken">Ends it.</param>
    Task StartedAsync(NamespacedName pool, JobReport job, CancellationToken cancellationToken);

    /// <summary>A runner's job is completed. Otherwise like <see cref="StartedAsync"/>.</summary>
    Task CompletedAsync(NamespacedName pool, JobReport job, CancellationToken cancellationToken);
}

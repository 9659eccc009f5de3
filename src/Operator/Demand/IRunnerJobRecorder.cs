namespace Operator.Demand;

/// <summary>What GitHub says of a job and the runner that it is on.</summary>
/// <param name="RunnerName">The runner's name at GitHub.</param>
/// <param name="RunnerId">GitHub's id of the runner.</param>
/// <param name="JobId">GitHub's id of the job.</param>
/// <param name="Repository">The repository, such as <c>my-org/app</c>.</param>
/// <param name="RunId">The workflow run.</param>
/// <param name="Workflow">The workflow's name, or the reference to its file.</param>
/// <param name="At">When the runner took the job, or finished it; null when GitHub does not say.</param>
/// <param name="Result">How a completed job ended, such as <c>succeeded</c>; null while it runs.</param>
internal sealed record JobReport(
    string RunnerName, long RunnerId, string JobId, string? Repository, long? RunId, string? Workflow, DateTimeOffset? At, string? Result)
{
    /// <summary>What the schema of a lease's status takes of texts from outside: what is longer could not be stored.</summary>
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

    /// <summary>The beginning of a text that is too long.</summary>
    public static string? Cut(string? text, int most) => text is null ? null : ErrorText.Shorten(text, most);

    /// <summary>The scale set whose session the report came through; null for a report from elsewhere.</summary>
    public long? ScaleSetId { get; init; }
}

/// <summary>
/// Where the sources of demand tell what GitHub says of jobs. A call that returns has stored it in the lease, or found no lease that it
/// concerns. Telling the same twice, or a start after its end, changes nothing.
/// </summary>
internal interface IRunnerJobRecorder
{
    /// <summary>A runner took a job: it is busy from now on for every decision.</summary>
    /// <param name="pool">The pool whose runner it is; of another pool's nothing is believed.</param>
    /// <param name="job">The job, with the runner's name and id.</param>
    /// <param name="cancellationToken">Ends it.</param>
    Task StartedAsync(NamespacedName pool, JobReport job, CancellationToken cancellationToken);

    /// <summary>A runner's job is over. Otherwise as <see cref="StartedAsync"/>.</summary>
    Task CompletedAsync(NamespacedName pool, JobReport job, CancellationToken cancellationToken);
}

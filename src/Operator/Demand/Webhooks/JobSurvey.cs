using System.Collections.Concurrent;
using Operator.GitHub.Rest;

namespace Operator.Demand.Webhooks;

/// <summary>The queued and running jobs of a target, as listed by GitHub.</summary>
/// <param name="Jobs">The jobs with their repositories.</param>
/// <param name="Repositories">The repositories that were read.</param>
internal sealed record JobSurvey(IReadOnlyList<(string Repository, GitHubJob Job)> Jobs, IReadOnlySet<string> Repositories)
{
    /// <summary>Repositories per round: five cheap calls each, well below GitHub's 900 a minute.</summary>
    public const int MostRepositories = 120;

    private const int Parallelism = 8;

    /// <summary>If this many are forbidden and none could be read, the credential may not read Actions at all.</summary>
    private const int MostForbidden = 10;

    // A run waiting for an approval may have jobs that are not.
    private static readonly string[] UnfinishedRuns = ["queued", "in_progress", "waiting", "pending", "requested"];

    /// <summary>Why some repositories could not be read; null if all were.</summary>
    public Exception? Failure { get; init; }

    /// <summary>
    /// Chooses the repositories to read: always those with known activity, then others, continuing where the last round ended.
    /// </summary>
    /// <param name="all">Every repository of the target.</param>
    /// <param name="active">Repositories with known activity.</param>
    /// <param name="cursor">The last repository read in the previous round; null at the start.</param>
    /// <param name="most">Maximum number.</param>
    public static IReadOnlyList<string> Choose(IEnumerable<string> all, IReadOnlySet<string> active, string? cursor, int most = MostRepositories)
    {
        var names = all.Concat(active).Distinct(StringComparer.OrdinalIgnoreCase).Order(StringComparer.OrdinalIgnoreCase).ToList();
        var first = names.Where(active.Contains);
        var others = names.Where(name => !active.Contains(name)).ToList();
        var next = others.FindIndex(name => cursor is null || StringComparer.OrdinalIgnoreCase.Compare(name, cursor) > 0);
        return [.. first.Concat(others.Skip(Math.Max(0, next))).Concat(others.Take(Math.Max(0, next))).Take(most)];
    }

    /// <summary>
    /// Reads a survey from GitHub. A repository that is gone or has no Actions has no jobs; an unreadable one does not hold up the others.
    /// </summary>
    /// <param name="gitHub">The client.</param>
    /// <param name="repositories">The repositories to read.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async Task<JobSurvey> TakeAsync(
        IGitHubWorkflows gitHub, IReadOnlyList<string> repositories, CancellationToken cancellationToken)
    {
        var jobs = new ConcurrentBag<(string Repository, GitHubJob Job)>();
        var read = new ConcurrentBag<string>();
        var forbidden = 0;
        var failure = await EachItem.HandleAsync(
            repositories.TakeWhile(_ => Volatile.Read(ref forbidden) < MostForbidden || !read.IsEmpty),
            async (repository, token) =>
            {
                try
                {
                    foreach (var job in await ReadAsync(gitHub, repository, token))
                    {
                        jobs.Add((repository, job));
                    }

                    read.Add(repository);
                }
                catch (GitHubApiException e) when (e.Reason is GitHubErrors.NotFound or GitHubErrors.Moved)
                {
                }
                catch (GitHubApiException e) when (e.Reason == GitHubErrors.Forbidden)
                {
                    Interlocked.Increment(ref forbidden);
                    throw;
                }
            },
            cancellationToken,
            Parallelism);
        return new([.. jobs.OrderBy(found => found.Job.Id)], read.ToHashSet(StringComparer.OrdinalIgnoreCase)) { Failure = failure };
    }

    private static async Task<IEnumerable<GitHubJob>> ReadAsync(IGitHubWorkflows gitHub, string repository, CancellationToken cancellationToken)
    {
        var runs = new HashSet<long>();
        foreach (var state in UnfinishedRuns)
        {
            runs.UnionWith((await gitHub.ListRunsAsync(repository, state, cancellationToken)).Select(run => run.Id));
        }

        var jobs = new List<GitHubJob>();
        foreach (var run in runs)
        {
            jobs.AddRange(await gitHub.ListJobsAsync(repository, run, cancellationToken));
        }

        return jobs.Where(job => job.IsQueued || job.Status == "in_progress");
    }
}

using System.Globalization;
using Operator.Entities.RunnerLeases;
using Operator.GitLab.Rest;
using Operator.Leases;

namespace Operator.Demand.PendingJobs;

/// <summary>The pending jobs of a target, as GitLab lists them.</summary>
/// <param name="Jobs">The jobs with their projects.</param>
/// <param name="HasRead">Whether a project's pending jobs are all in it.</param>
/// <param name="TakenAt">When it was begun: leases created since may be newer than it.</param>
internal sealed record PendingJobSurvey(IReadOnlyList<(string Project, GitLabJob Job)> Jobs, Func<string, bool> HasRead, DateTimeOffset TakenAt);

/// <summary>What a check leads to.</summary>
/// <param name="Open">Jobs that get a lease.</param>
/// <param name="Release">Leases whose job no longer waits.</param>
internal sealed record PendingJobPlan(IReadOnlyList<(PendingJobPool Pool, string Project, GitLabJob Job)> Open, IReadOnlyList<V1Alpha1RunnerLease> Release);

/// <summary>Decides which pending jobs get a lease, and which leases wait for nothing any more. Pure.</summary>
internal static class PendingJobPlanner
{
    /// <summary>An idle runner asks for jobs every few seconds: a job that has waited for longer is not one that it takes.</summary>
    private static readonly TimeSpan PickupTime = TimeSpan.FromMinutes(1);

    /// <summary>Plans for one target.</summary>
    /// <param name="target">The target that was surveyed.</param>
    /// <param name="all">All pools of GitLabs whose tokens are accepted: a job goes to one of them.</param>
    /// <param name="leases">The leases of the target's pools.</param>
    /// <param name="survey">What GitLab lists.</param>
    /// <param name="now">The time.</param>
    public static PendingJobPlan Plan(
        PendingJobTarget target, IReadOnlyList<PendingJobPool> all, ILookup<NamespacedName, V1Alpha1RunnerLease> leases, PendingJobSurvey survey, DateTimeOffset now)
    {
        var own = target.Pools.SelectMany(pool => leases[pool.Key]).Where(LeaseAvailability.IsAvailable).ToList();
        var assigned = own.Select(LeaseJobs.LabelOf).OfType<string>().ToHashSet(StringComparer.Ordinal);
        var waiting = survey.Jobs.Where(found => found.Job.IsPending).OrderBy(found => found.Job.Id).ToList();
        var isWaiting = waiting.Select(found => IdOf(found.Job)).ToHashSet(StringComparer.Ordinal);
        var idle = target.Pools.ToDictionary(pool => pool.Key, pool => leases[pool.Key].Count(IsIdle));
        var open = new List<(PendingJobPool, string, GitLabJob)>();
        foreach (var (project, job) in waiting.Where(found => !assigned.Contains(IdOf(found.Job))))
        {
            if (PendingJobPool.Choose(all, project, job) is not { } chosen || !idle.TryGetValue(chosen.Key, out var free))
            {
                continue;
            }

            if (free > 0 && now - job.CreatedAt < PickupTime)
            {
                idle[chosen.Key] = free - 1;
                continue;
            }

            open.Add((chosen, project, job));
        }

        return new(open, [.. own.Where(lease => IsOver(lease, isWaiting, survey))]);
    }

    /// <summary>Jobs of a pool: those that run, and those that a lease without a job waits for.</summary>
    public static int Count(IReadOnlyList<V1Alpha1RunnerLease> leases)
    {
        var available = leases.Where(LeaseAvailability.IsAvailable).ToList();
        return available.Count(lease => lease.Status?.Job is not null)
            + available.Where(lease => lease.Status?.Job is null).Select(LeaseJobs.LabelOf).OfType<string>().Distinct(StringComparer.Ordinal).Count();
    }

    public static string IdOf(GitLabJob job) => job.Id.ToString(CultureInfo.InvariantCulture);

    private static bool IsIdle(V1Alpha1RunnerLease lease) =>
        LeaseAvailability.IsAvailable(lease) && LeaseJobs.LabelOf(lease) is null && lease.Status is { Job: null, IdleSince: not null, Runner.Id: not null };

    // It ran elsewhere, or was cancelled: its machine is spare now, and the next job's.
    private static bool IsOver(V1Alpha1RunnerLease lease, HashSet<string> isWaiting, PendingJobSurvey survey) =>
        lease.Status?.Job is null && LeaseJobs.LabelOf(lease) is { } job && !isWaiting.Contains(job)
        && lease.Metadata.CreationTimestamp < survey.TakenAt
        && lease.Metadata.Annotations?.GetValueOrDefault(Annotations.Repository) is { } project && survey.HasRead(project);
}

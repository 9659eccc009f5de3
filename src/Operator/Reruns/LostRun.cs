using Operator.Entities.RunnerPools;
using Operator.Leases;

namespace Operator.Reruns;

/// <summary>A workflow run with open cases of lost jobs in a pool. Pure.</summary>
/// <param name="Repository">Owner and name.</param>
/// <param name="Id">GitHub's id of the run.</param>
/// <param name="Own">The open cases.</param>
internal sealed record LostRun(string Repository, long Id, IReadOnlyList<LostJobStatus> Own)
{
    private static readonly TimeSpan Quick = TimeSpan.FromSeconds(10);

    /// <summary>The runs of a pool with open cases.</summary>
    public static IReadOnlyList<LostRun> Group(V1Alpha1RunnerPool pool) =>
    [
        .. (pool.Status?.LostJobs ?? []).Where(LostJobs.IsOpen)
            .GroupBy(lost => (Repository: lost.Repository.ToUpperInvariant(), lost.RunId))
            .Where(run => long.TryParse(run.Key.RunId, out _))
            .Select(run => new LostRun(run.First().Repository, long.Parse(run.Key.RunId, System.Globalization.CultureInfo.InvariantCulture), [.. run])),
    ];

    /// <summary>The cases of the same run in a pool, open or closed.</summary>
    public IEnumerable<LostJobStatus> In(V1Alpha1RunnerPool pool) => (pool.Status?.LostJobs ?? [])
        .Where(lost => lost.RunId == Own[0].RunId && string.Equals(lost.Repository, Repository, StringComparison.OrdinalIgnoreCase));

    /// <summary>
    /// Time until the next check: short at first, when GitHub closes lost jobs, then long, because other jobs of the run may take hours.
    /// The more runs are open, the less often each is checked, which bounds the use of GitHub's rate limit.
    /// </summary>
    /// <param name="runs">Number of runs with open cases.</param>
    /// <param name="now">The time.</param>
    public TimeSpan Pace(int runs, DateTimeOffset now)
    {
        var age = now - Own.Max(lost => lost.RerunRequestedAt ?? lost.ForceCancelRequestedAt ?? lost.CancelRequestedAt ?? lost.LostAt);
        var usual = age < TimeSpan.FromMinutes(3) ? Quick : age < TimeSpan.FromMinutes(30) ? 3 * Quick : TimeSpan.FromMinutes(5);
        return usual * Math.Max(1, runs / 10.0);
    }
}

using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerPools;

namespace Operator.Settings;

/// <summary>
/// Learns how many jobs a pool gets in each hour of the week, and how many idle runners are worth their price. The history is small enough
/// for the pool's status. Pure.
/// </summary>
internal static class DemandForecast
{
    /// <summary>The schema's default.</summary>
    public const int DefaultWaitFactor = 20;

    private const int HoursOfADay = 24;
    private const int HoursOfAWeek = 7 * HoursOfADay;
    private const int Unknown = -1;

    /// <summary>Above this mean the exact sum would underflow a double, and two standard deviations are close enough.</summary>
    private const double LargestMean = 500;

    /// <summary>An hour observed for less than this is not representative.</summary>
    private static readonly TimeSpan LeastOfAnHour = TimeSpan.FromMinutes(30);

    /// <summary>Default until boot times have been observed.</summary>
    private static readonly TimeSpan UsualBoot = TimeSpan.FromSeconds(90);

    /// <summary>Adds what the leases show at an instant. The same leases may be shown any number of times.</summary>
    /// <param name="known">What was learned until now.</param>
    /// <param name="lifecycle">How many jobs a lease of the pool runs.</param>
    /// <param name="leases">The pool's leases.</param>
    /// <param name="now">When they looked like that.</param>
    public static ForecastStatus Observe(ForecastStatus known, RunnerLifecycle lifecycle, IReadOnlyList<V1Alpha1RunnerLease> leases, DateTimeOffset now)
    {
        var hour = HourOf(now);
        var isSameHour = known.Since is { } since && HourOf(since) == hour;
        var seen = JobSketch.Parse(isSameHour ? known.Seen : null);
        foreach (var lease in leases.Where(lease => lease.Status?.Job is { } job && (job.StartedAt ?? now) >= hour))
        {
            // GitHub may list a runner as busy before it names the job: an ephemeral lease, which runs one job, counts by itself.
            seen.Add((lifecycle == RunnerLifecycle.Ephemeral ? null : lease.Status!.Job!.Id) ?? lease.Metadata.Uid ?? "");
        }

        return new()
        {
            JobsPerHour = isSameHour ? known.JobsPerHour : Close(known),
            BootSeconds = BootSecondsOf(known, leases),
            Since = isSameHour ? known.Since : known.Since is { } last && HourOf(last).AddHours(1) == hour ? hour : now,
            Seen = seen.ToString(),
        };
    }

    /// <summary>
    /// How many runners should wait for jobs. A busy machine is replaced within a boot time, so the jobs arriving within one must find a
    /// runner. The smallest number that suffices with probability <c>waitFactor / (waitFactor + 1)</c> is cheapest on average.
    /// </summary>
    public static int IdleRunners(ForecastStatus known, int waitFactor, DateTimeOffset now)
    {
        var boot = known.BootSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : UsualBoot;
        return JobsIn(known, now + boot) is { } jobs ? Quantile(jobs * boot.TotalHours, waitFactor / (waitFactor + 1.0)) : 0;
    }

    // An hour without history uses the same hour of other days.
    private static double? JobsIn(ForecastStatus known, DateTimeOffset time)
    {
        if (known.JobsPerHour is not { Count: HoursOfAWeek } jobs)
        {
            return null;
        }

        var index = IndexOf(time);
        if (jobs[index] != Unknown)
        {
            return jobs[index];
        }

        var others = Enumerable.Range(0, 7).Select(day => jobs[(day * HoursOfADay) + (index % HoursOfADay)]).Where(count => count != Unknown).ToList();
        return others.Count > 0 ? others.Average() : null;
    }

    // The smallest number that a Poisson variable with this mean does not exceed with the given probability.
    private static int Quantile(double mean, double probability)
    {
        if (mean > LargestMean)
        {
            return (int)Math.Min(Math.Ceiling(mean + (2 * Math.Sqrt(mean))), int.MaxValue);
        }

        var term = Math.Exp(-mean);
        var (sum, number) = (term, 0);
        while (sum < probability && term > 0)
        {
            number++;
            term *= mean / number;
            sum += term;
        }

        return number;
    }

    private static List<int>? Close(ForecastStatus known)
    {
        if (known.Since is not { } since || HourOf(since).AddHours(1) - since is var observed && observed < LeastOfAnHour)
        {
            return known.JobsPerHour;
        }

        var jobs = known.JobsPerHour is { Count: HoursOfAWeek } ? [.. known.JobsPerHour] : Enumerable.Repeat(Unknown, HoursOfAWeek).ToList();
        var (index, count) = (IndexOf(since), JobSketch.Parse(known.Seen).Count / observed.TotalHours);
        jobs[index] = (int)Math.Round(jobs[index] == Unknown ? count : (jobs[index] + count) / 2);
        return jobs;
    }

    private static int? BootSecondsOf(ForecastStatus known, IReadOnlyList<V1Alpha1RunnerLease> leases)
    {
        var boots = leases.Where(lease => lease.Status?.Instance is { ReadyAt: not null, LaunchedAt: not null, Standby: null })
            .Select(lease => (lease.Status!.Instance!.ReadyAt!.Value - lease.Status.Instance.LaunchedAt!.Value).TotalSeconds)
            .Where(seconds => seconds is > 0 and < 3600).ToList();

        // Rounded, so that small differences do not cause status writes.
        return boots.Count == 0 ? known.BootSeconds : (int)Math.Ceiling(boots.Average() / 15) * 15;
    }

    private static int IndexOf(DateTimeOffset time) => ((((int)time.UtcDateTime.DayOfWeek + 6) % 7) * HoursOfADay) + time.UtcDateTime.Hour;

    private static DateTimeOffset HourOf(DateTimeOffset time) => new(time.UtcTicks - (time.UtcTicks % TimeSpan.TicksPerHour), TimeSpan.Zero);
}

using Operator.Commands.Simulate;
using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerPools;
using Operator.Settings;
using Operator.Tests.Leases;

namespace Operator.Tests.Pools;

public sealed class DemandForecastTests
{
    private static readonly TimeSpan Boot = TimeSpan.FromSeconds(90);

    // Jobs in each hour of a working day.
    private static readonly int[] Workday = [6, 4, 3, 3, 4, 10, 30, 70, 140, 190, 210, 180, 110, 170, 200, 190, 150, 90, 50, 30, 20, 15, 10, 8];

    // Some.Now is a Monday, 12:00.
    [Fact]
    public void Observe_JobsOfAnHour_AreKnownWhenItIsOver_HoweverOftenTheyWereShown()
    {
        var known = DemandForecast.Observe(new(), RunnerLifecycle.Ephemeral, [], Some.Now);
        V1Alpha1RunnerLease[] leases = [.. Enumerable.Range(0, 40).Select(Running)];
        known = DemandForecast.Observe(known, RunnerLifecycle.Ephemeral, leases, Some.Now.AddMinutes(10));
        known = DemandForecast.Observe(known, RunnerLifecycle.Ephemeral, leases[20..], Some.Now.AddMinutes(59));

        Assert.Null(known.JobsPerHour);
        known = DemandForecast.Observe(known, RunnerLifecycle.Ephemeral, [], Some.Now.AddMinutes(60));

        Assert.Equal(168, known.JobsPerHour!.Count);
        Assert.Equal(12, known.JobsPerHour.FindIndex(count => count != -1));
        Assert.InRange(known.JobsPerHour[12], 39, 41);
    }

    // A runner may be listed as busy before its job is named.
    [Fact]
    public void Observe_JobThatIsNamedLater_CountsOnce()
    {
        var known = DemandForecast.Observe(new(), RunnerLifecycle.Ephemeral, [], Some.Now);
        for (var job = 0; job < 40; job++)
        {
            var lease = Running(job);
            lease.Status!.Job!.Id = null;
            known = DemandForecast.Observe(known, RunnerLifecycle.Ephemeral, [lease], Some.Now.AddMinutes(10));
            known = DemandForecast.Observe(known, RunnerLifecycle.Ephemeral, [Running(job)], Some.Now.AddMinutes(11));
        }

        Assert.InRange(DemandForecast.Observe(known, RunnerLifecycle.Ephemeral, [], Some.Now.AddMinutes(60)).JobsPerHour![12], 39, 41);
    }

    // A runner that stays runs one job after the other.
    [Fact]
    public void Observe_JobsOfOneReusableRunner_CountEach()
    {
        var known = DemandForecast.Observe(new(), RunnerLifecycle.Reusable, [], Some.Now);
        for (var job = 0; job < 10; job++)
        {
            var lease = Running(job);
            lease.Metadata.Uid = "one";
            known = DemandForecast.Observe(known, RunnerLifecycle.Reusable, [lease], Some.Now.AddMinutes(job));
        }

        Assert.InRange(DemandForecast.Observe(known, RunnerLifecycle.Reusable, [], Some.Now.AddMinutes(60)).JobsPerHour![12], 9, 11);
    }

    [Fact]
    public void Observe_TheSameHourAWeekLater_CountsForHalf()
    {
        var known = AfterAnHour(new(), jobs: 40, Some.Now);
        known = AfterAnHour(known, jobs: 80, Some.Now.AddDays(7));

        Assert.InRange(known.JobsPerHour![12], 59, 61);
    }

    [Theory]
    [InlineData(20, 60)] // from 12:20 on: 40 jobs in 40 minutes are 60 an hour
    [InlineData(40, -1)] // too short
    public void Observe_PartOfAnHour_IsScaled_OrLeftOut(int begunMinutes, int expected)
    {
        var known = AfterAnHour(new(), jobs: 40, Some.Now.AddMinutes(begunMinutes));

        var count = known.JobsPerHour?[12] ?? -1;
        Assert.InRange(count, expected - 1, expected + 1);
    }

    // While the operator was down nothing was seen: that is not an hour without jobs.
    [Fact]
    public void Observe_AfterAGap_KnowsNothingOfIt()
    {
        var known = AfterAnHour(new(), jobs: 40, Some.Now);
        known = DemandForecast.Observe(known, RunnerLifecycle.Ephemeral, [], Some.Now.AddHours(4).AddMinutes(50));
        known = DemandForecast.Observe(known, RunnerLifecycle.Ephemeral, [], Some.Now.AddHours(5));

        Assert.Equal(-1, known.JobsPerHour![15]);
        Assert.Equal(-1, known.JobsPerHour[16]);
    }

    [Fact]
    public void Observe_LongJob_CountsInItsFirstHourOnly()
    {
        var known = AfterAnHour(new(), jobs: 5, Some.Now);
        known = DemandForecast.Observe(known, RunnerLifecycle.Ephemeral, [.. Enumerable.Range(0, 5).Select(Running)], Some.Now.AddMinutes(70));
        known = DemandForecast.Observe(known, RunnerLifecycle.Ephemeral, [], Some.Now.AddMinutes(120));

        Assert.Equal((5, 0), (known.JobsPerHour![12], known.JobsPerHour[13]));
    }

    [Theory]
    [InlineData(0, 20, 0)]
    [InlineData(1, 20, 0)] // one in 40 boots
    [InlineData(40, 20, 3)] // one in a boot
    [InlineData(40, 1, 1)]
    [InlineData(40, 1000, 5)]
    [InlineData(400, 20, 16)]
    [InlineData(40_000, 20, 1064)]
    public void IdleRunners_JobsOfTheHour_AreEnoughWithTheProbabilityThatPays(int jobs, int waitFactor, int expected) =>
        Assert.Equal(expected, DemandForecast.IdleRunners(KnownOf(_ => jobs), waitFactor, Some.Now));

    [Fact]
    public void IdleRunners_NothingKnown_IsNone() => Assert.Equal(0, DemandForecast.IdleRunners(new(), 20, Some.Now));

    // Machines for the next hour are launched before it begins; an hour without data is like those of other days.
    [Fact]
    public void IdleRunners_LooksAheadByABoot_AndToOtherDays()
    {
        var known = KnownOf(hour => hour switch { 12 => 0, 13 => 400, 36 => 40, _ => -1 });

        Assert.Equal(0, DemandForecast.IdleRunners(known, 20, Some.Now.AddMinutes(58)));
        Assert.Equal(16, DemandForecast.IdleRunners(known, 20, Some.Now.AddMinutes(59)));
        Assert.Equal(2, DemandForecast.IdleRunners(known, 20, Some.Now.AddDays(2)));
    }

    [Fact]
    public void Forecast_OfARecordedDay_BeatsEveryStaticMinIdle_AndIsNearTheClairvoyant()
    {
        var day = DayOf(Some.Now.Date.AddDays(14), seed: 3);
        var forecast = new ForecastStatus();
        foreach (var week in new[] { 0, 7 })
        {
            forecast = Simulate(minIdle: 0, forecast, DayOf(Some.Now.Date.AddDays(week), seed: 1 + week)).Forecast!;
        }

        var predicted = Simulate(minIdle: 0, forecast, day).Total;
        var best = new[] { 0, 1, 2, 4, 6, 8, 10, 12, 16 }.Min(minIdle => Simulate(minIdle, forecast: null, day).Total);
        var clairvoyant = day.Sum(job => (job.Duration + Boot).TotalHours);

        Assert.True(predicted < best, $"{predicted:0.0} machine-hours by forecast, {best:0.0} by the best minIdle");
        Assert.InRange(predicted / clairvoyant, 1, 1.25);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(100)]
    [InlineData(2000)]
    public void JobSketch_CountsDifferentJobs(int jobs)
    {
        var sketch = JobSketch.Parse(null);
        for (var job = 0; job < jobs; job++)
        {
            sketch.Add($"{job}");
            sketch.Add($"{job / 2}");
        }

        Assert.InRange(JobSketch.Parse(sketch.ToString()).Count, jobs * 0.95, jobs * 1.05);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("nonsense")]
    [InlineData("AAAA")]
    public void JobSketch_WhateverElse_IsEmpty(string? text) => Assert.Equal(0, JobSketch.Parse(text).Count);

    private static ForecastStatus AfterAnHour(ForecastStatus known, int jobs, DateTimeOffset from)
    {
        known = DemandForecast.Observe(known, RunnerLifecycle.Ephemeral, [], from);
        known = DemandForecast.Observe(known, RunnerLifecycle.Ephemeral, [.. Enumerable.Range(0, jobs).Select(job => Running(job, from))], from.AddMinutes(10));
        return DemandForecast.Observe(known, RunnerLifecycle.Ephemeral, [], new(from.Date.AddHours(from.Hour + 1), TimeSpan.Zero));
    }

    private static V1Alpha1RunnerLease Running(int job) => Running(job, Some.Now);

    private static V1Alpha1RunnerLease Running(int job, DateTimeOffset from) =>
        Some.Busy($"linux-{job}", lease => lease.Status!.Job = new() { Id = $"{job}", StartedAt = from.AddSeconds(job) });

    private static ForecastStatus KnownOf(Func<int, int> jobs) => new() { BootSeconds = (int)Boot.TotalSeconds, JobsPerHour = [.. Enumerable.Range(0, 168).Select(jobs)] };

    private static (double Total, ForecastStatus? Forecast) Simulate(int minIdle, ForecastStatus? forecast, List<TracedJob> day)
    {
        var pool = new V1Alpha1RunnerPool
        {
            Metadata = { Name = "linux", NamespaceProperty = "ci" },
            Spec =
            {
                GitHub = new() { Url = "https://github.com/my-org", Labels = ["linux"], CredentialsSecretName = "github-app" },
                Capacity = new() { MinIdle = minIdle, MaxRunners = 200, Forecast = forecast is null ? null : new() },
                Launch = new() { Image = new() { Id = "ami-00000000" } },
            },
            Status = new() { Forecast = forecast },
        };
        var market = new MachineMarket(new() { Metadata = { Name = "medium" }, Spec = new() { Cpu = 2, Memory = "4Gi" } }, pool.Spec.Purchasing, spotShare: 0.4m);
        var simulation = new PoolSimulation(pool, market, new() { BootTimes = [("*", Boot)], SpotLosses = [("*", 0)], StopTime = TimeSpan.Zero });
        var outcome = simulation.Run(day, day[0].QueuedAt, day[^1].QueuedAt);
        return (outcome.MachineHours + (DemandForecast.DefaultWaitFactor * outcome.WaitHours), simulation.Forecast);
    }

    private static List<TracedJob> DayOf(DateTime date, int seed)
    {
        var random = new Random(seed);
        var day = new DateTimeOffset(date, TimeSpan.Zero);
        return [.. Workday.SelectMany((jobs, hour) => Enumerable.Range(0, jobs + random.Next(-jobs / 6, (jobs / 6) + 1))
                .Select(_ => new TracedJob(day.AddHours(hour + random.NextDouble()), TimeSpan.FromMinutes(2 + (-8 * Math.Log(1 - random.NextDouble()))), [])))
            .OrderBy(job => job.QueuedAt)];
    }
}

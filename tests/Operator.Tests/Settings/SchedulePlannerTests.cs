using Operator.Entities.RunnerPools;
using Operator.Settings;
using Operator.Tests.Leases;

namespace Operator.Tests.Settings;

public sealed class SchedulePlannerTests
{
    private static readonly string[] Zones = ["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe"];

    [Theory]
    [InlineData("2026-03-02T06:59:00Z", 1, "2026-03-02T07:00:00Z")] // a Monday, 7:59 in Berlin
    [InlineData("2026-03-02T07:00:00Z", 8, "2026-03-02T17:00:00Z")]
    [InlineData("2026-03-02T16:59:59Z", 8, "2026-03-02T17:00:00Z")]
    [InlineData("2026-03-02T17:00:00Z", 1, "2026-03-03T07:00:00Z")]
    [InlineData("2026-03-06T17:00:00Z", 1, "2026-03-09T07:00:00Z")] // over the weekend
    [InlineData("2026-03-27T17:00:00Z", 1, "2026-03-30T06:00:00Z")] // and over the change to summer time
    public void At_WorkingHours_HoldFromEightToSix(string now, int minIdle, string change)
    {
        var capacity = new CapacitySpec
        {
            MinIdle = 1,
            MaxRunners = 20,
            Schedules = [new() { Cron = "0 8 * * 1-5", Duration = "10h", TimeZone = "Europe/Berlin", MinIdle = 8 }],
        };

        var current = SchedulePlanner.At(capacity, At(now));

        Assert.Equal((minIdle, 20, At(change)), (current.MinIdle, current.MaxRunners, current.NextChange));
        Assert.Equal(minIdle == 8 ? ["0 8 * * 1-5"] : [], current.Active);
    }

    [Fact]
    public void At_SeveralHold_TheLastCounts()
    {
        var capacity = new CapacitySpec
        {
            MinIdle = 1,
            Schedules =
            [
                new() { Cron = "0 * * * *", Duration = "1h", MinIdle = 2, MaxRunners = 30 },
                new() { Cron = "0 * * * *", Duration = "30m", MinIdle = 3 },
            ],
        };

        Assert.Equal((3, 30), (SchedulePlanner.At(capacity, Some.Now).MinIdle, SchedulePlanner.At(capacity, Some.Now).MaxRunners));
        Assert.Equal((2, 30), (SchedulePlanner.At(capacity, Some.Now.AddMinutes(30)).MinIdle, SchedulePlanner.At(capacity, Some.Now).MaxRunners));
    }

    [Fact]
    public void At_SchedulesPauseAndBuyOtherwise_TheLastThatSaysSoCounts()
    {
        var capacity = new CapacitySpec
        {
            MinIdle = 1,
            Schedules =
            [
                new() { Name = "night", Cron = "0 * * * *", Duration = "1h", Paused = true, UsageClass = UsageClass.OnDemand },
                new() { Name = "release", Cron = "0 * * * *", Duration = "30m", Paused = false },
            ],
        };

        var (both, one, none) = (SchedulePlanner.At(capacity, Some.Now), SchedulePlanner.At(capacity, Some.Now.AddMinutes(30)), SchedulePlanner.At(new(), Some.Now));

        Assert.Equal((false, UsageClass.OnDemand, "night, release"), (both.IsPaused, both.UsageClass, string.Join(", ", both.Active)));
        Assert.Equal((true, UsageClass.OnDemand, "night"), (one.IsPaused, one.UsageClass, string.Join(", ", one.Active)));
        Assert.Equal((false, (UsageClass?)null, ""), (none.IsPaused, none.UsageClass, string.Join(", ", none.Active)));
    }

    [Fact]
    public void At_LimitBelowMinIdle_LowersBoth() => Assert.Equal(
        (0, 0), (SchedulePlanner.At(Closed, Some.Now).MinIdle, SchedulePlanner.At(Closed, Some.Now).MaxRunners));

    [Theory]
    [InlineData("* * *", "1h", "UTC")]
    [InlineData("* * * * *", "0s", "UTC")]
    [InlineData("* * * * *", "745h", "UTC")]
    [InlineData("* * * * *", "1h", "Europe/Atlantis")]
    public void ProblemOf_WhatIsWrong_IsNamedAndIgnored(string cron, string duration, string zone)
    {
        var schedule = new ScheduleSpec { Cron = cron, Duration = duration, TimeZone = zone, MinIdle = 5 };

        Assert.NotNull(SchedulePlanner.ProblemOf(schedule));
        Assert.Equal(0, SchedulePlanner.At(new() { Schedules = [schedule] }, Some.Now).MinIdle);
    }

    // Nothing may change before the time at which the pool looks again.
    [Fact]
    public void At_UntilTheNextChange_StaysTheSame() => Some.ForManySeeds(random =>
    {
        var capacity = new CapacitySpec { MinIdle = 1, MaxRunners = 50, Schedules = [AnySchedule(random), AnySchedule(random)] };
        var now = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero).AddMinutes(random.Next(365 * 24 * 60)).AddSeconds(random.Next(60));

        var result = SchedulePlanner.At(capacity, now);

        var change = result.NextChange!.Value;
        Assert.True(change > now);
        var minutes = Math.Min((change - now).TotalMinutes, 2 * 24 * 60);
        for (var sample = 0; sample < 20; sample++)
        {
            var later = SchedulePlanner.At(capacity, now.AddMinutes(random.NextDouble() * minutes));
            Assert.Equal((result.MinIdle, result.MaxRunners), (later.MinIdle, later.MaxRunners));
        }
    });

    private static CapacitySpec Closed { get; } = new() { MinIdle = 5, Schedules = [new() { Cron = "* * * * *", Duration = "1m", MaxRunners = 0 }] };

    private static ScheduleSpec AnySchedule(Random random) => new()
    {
        Cron = random.Pick("0 8 * * 1-5", "30 2 * * *", "*/20 * * * *", "15 0 1 * *", "0 0 * * SUN"),
        Duration = random.Pick("5m", "45m", "10h", "26h"),
        TimeZone = random.Pick(Zones),
        MinIdle = random.Next(1, 10),
    };

    private static DateTimeOffset At(string text) => DateTimeOffset.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
}

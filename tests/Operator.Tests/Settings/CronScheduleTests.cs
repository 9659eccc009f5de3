using System.Globalization;
using Operator.Settings;
using Operator.Tests.Leases;

namespace Operator.Tests.Settings;

public sealed class CronScheduleTests
{
    private static readonly string[] Zones = ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe"];

    [Theory]
    [InlineData("0 8 * * 1-5", "2026-03-06T08:00:00Z", "2026-03-09T08:00:00Z")]
    [InlineData("*/15 * * * *", "2026-03-06T08:00:01Z", "2026-03-06T08:15:00Z")]
    [InlineData("10-20/5 3 * * *", "2026-03-06T03:15:00Z", "2026-03-06T03:20:00Z")]
    [InlineData("0  0 29 2 *", "2026-03-06T00:00:00Z", "2028-02-29T00:00:00Z")]
    [InlineData("0 0 1 JAN,jul ?", "2026-03-06T00:00:00Z", "2026-07-01T00:00:00Z")]
    [InlineData("0 0 * * 7", "2026-03-06T00:00:00Z", "2026-03-08T00:00:00Z")]
    [InlineData("0 0 13 * FRI", "2026-03-06T00:00:00Z", "2026-03-13T00:00:00Z")] // either day will do
    [InlineData("0 0 9 * FRI", "2026-03-06T00:00:00Z", "2026-03-09T00:00:00Z")]
    [InlineData("0 22-2/2 * * *", "2026-03-06T22:00:00Z", "2026-03-07T00:00:00Z")]
    [InlineData("0 0 * * SAT-MON", "2026-03-08T00:00:00Z", "2026-03-09T00:00:00Z")]
    [InlineData("@weekly", "2026-03-06T00:00:00Z", "2026-03-08T00:00:00Z")]
    [InlineData("@hourly", "2026-03-06T00:00:00Z", "2026-03-06T01:00:00Z")]
    [InlineData("0 0 30 2 *", "2026-03-06T00:00:00Z", null)]
    public void Next_Expression_IsAsCronHasIt(string text, string after, string? expected) =>
        Assert.Equal(expected is null ? null : At(expected), Parse(text).Next(At(after), TimeZoneInfo.Utc));

    [Theory]
    [InlineData("30 2 * * *", "2026-03-28T12:00:00Z", "2026-03-29T01:00:00Z")] // 2:30 does not exist on the 29th: 3:00
    [InlineData("30 2 * * *", "2026-10-24T12:00:00Z", "2026-10-25T00:30:00Z")] // 2:30 occurs twice on the 25th: the first counts
    [InlineData("30 2 * * *", "2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z")]
    [InlineData("30 2 * * *", "2026-10-25T01:10:00Z", "2026-10-26T01:30:00Z")]
    [InlineData("30 * * * *", "2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z")] // every hour is every hour
    [InlineData("30 2 1 * SUN", "2026-03-28T12:00:00Z", "2026-03-29T01:00:00Z")]
    public void Next_ClockIsChanged_LeavesNoDayOutAndNoneTwice(string text, string after, string expected) =>
        Assert.Equal(At(expected), Parse(text).Next(At(after), TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin")));

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("* * * *")]
    [InlineData("* * * * * *")]
    [InlineData("60 * * * *")]
    [InlineData("* 24 * * *")]
    [InlineData("* * 0 * *")]
    [InlineData("* * 32 * *")]
    [InlineData("* * * 13 *")]
    [InlineData("* * * * 8")]
    [InlineData("*/0 * * * *")]
    [InlineData("1,,2 * * * *")]
    [InlineData("a * * * *")]
    [InlineData("MON * * * *")]
    [InlineData("-1 * * * *")]
    [InlineData("1-2-3 * * * *")]
    [InlineData("* * * * MONDAY")]
    [InlineData("0 0 L * *")]
    [InlineData("0 0 15W * *")]
    [InlineData("0 0 * * 5L")]
    [InlineData("0 0 * * 5#2")]
    [InlineData("@every_second")]
    [InlineData("@every 1h")]
    [InlineData("@Daily")]
    [InlineData(" 0 8 * * *")]
    public void Parse_WhatIsNoCronJobsSchedule_IsRefused(string? text) => Assert.Null(CronSchedule.Parse(text));

    [Theory]
    [InlineData("0 10 * 1-8 *", "2026-01-01T04:00:00Z", null)] // December is not one of the months
    [InlineData("30 2 * * *", "2026-03-29T02:00:00Z", "2026-03-29T01:00:00Z")]
    [InlineData("* * * * *", "2026-03-29T02:00:59Z", "2026-03-29T02:00:00Z")]
    [InlineData("0 4 29 * *", "2026-03-29T02:00:00Z", "2026-03-29T02:00:00Z")]
    public void Last_StartSoFar_IsFoundWithinADay(string text, string at, string? expected) =>
        Assert.Equal(expected is null ? null : At(expected), Parse(text).Last(At(at), TimeSpan.FromDays(1), TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin")));

    [Fact]
    public void Next_AnyExpression_IsTheFirstStartAfter() => Some.ForManySeeds(random =>
    {
        var (text, zone, after) = (AnyExpression(random), TimeZoneInfo.FindSystemTimeZoneById(random.Pick(Zones)), AnyInstant(random));

        var next = Parse(text).Next(after, zone);

        var oracle = new MinuteByMinute(text);
        var end = after.AddDays(2);
        var minute = MinuteByMinute.Floor(after).AddMinutes(1);
        while (minute < end && !oracle.Begins(minute, zone))
        {
            minute = minute.AddMinutes(1);
        }

        Assert.True(next > after);
        Assert.True(minute < end ? next == minute : next >= end, $"{next} is not {minute}: {text} after {after} in {zone.Id}");
    });

    [Fact]
    public void Last_AnyExpression_IsTheLatestStartSoFar() => Some.ForManySeeds(random =>
    {
        var (text, zone, at) = (AnyExpression(random), TimeZoneInfo.FindSystemTimeZoneById(random.Pick(Zones)), AnyInstant(random));
        var within = TimeSpan.FromMinutes(random.Next(1, 2 * 24 * 60));

        var last = Parse(text).Last(at, within, zone);

        var oracle = new MinuteByMinute(text);
        var minute = MinuteByMinute.Floor(at);
        while (at - minute <= within && !oracle.Begins(minute, zone))
        {
            minute = minute.AddMinutes(-1);
        }

        Assert.True((at - minute <= within ? minute : null) == last, $"{last} is not {minute}: {text} at {at} within {within} in {zone.Id}");
    });

    private static CronSchedule Parse(string text)
    {
        var schedule = CronSchedule.Parse(text);
        Assert.NotNull(schedule);
        return schedule;
    }

    // Near a change of clocks, or near the beginning of a month.
    private static DateTimeOffset AnyInstant(Random random) =>
        At(random.Pick(
            "2026-03-08T08:00:00Z", "2026-03-29T01:00:00Z", "2026-04-04T15:00:00Z", "2026-10-03T15:00:00Z", "2026-10-25T01:00:00Z", "2026-11-01T08:00:00Z",
            "2026-01-01T00:00:00Z", "2026-03-01T00:00:00Z", "2026-07-01T00:00:00Z", "2026-11-01T00:00:00Z"))
            .AddSeconds(random.Next(-24 * 3600, 24 * 3600));

    private static string AnyExpression(Random random) => string.Join(
        ' ',
        random.Pick("*", "0", "30", "*/7", "5-50/15", "15,45", "55-5"),
        random.Pick("*", "2", "1-3", "0,12", "*/5", "23-1"),
        random.Pick("*", "*", "1", "10-20", "25,29", "*/4", "?"),
        random.Pick("*", "*", "3,10", "1-12/2", "OCT-APR"),
        random.Pick("*", "*", "1-5", "SUN", "7", "FRI-MON", "?"));

    private static DateTimeOffset At(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);
}

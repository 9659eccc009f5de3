using Operator.Schedules;
using Operator.Tests.Controllers;

namespace Operator.Tests.Schedules;

public sealed class CronExpressionTests
{
    private static readonly string[] Zones = ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe"];

    [Theory]
    [InlineData("0 8 * * 1-5", "2026-03-06T08:00:00Z", "2026-03-09T08:00:00Z")]
    [InlineData("*/15 * * * *", "2026-03-06T08:00:01Z", "2026-03-06T08:15:00Z")]
    [InlineData("10-20/5 3 * * *", "2026-03-06T03:15:00Z", "2026-03-06T03:20:00Z")]
    [InlineData("0 0 29 2 *", "2026-03-06T00:00:00Z", "2028-02-29T00:00:00Z")]
    [InlineData("0 0 1 JAN,JUL *", "2026-03-06T00:00:00Z", "2026-07-01T00:00:00Z")]
    [InlineData("0 0 * * 7", "2026-03-06T00:00:00Z", "2026-03-08T00:00:00Z")]
    [InlineData("0 0 13 * FRI", "2026-03-06T00:00:00Z", "2026-03-13T00:00:00Z")] // either day will do
    [InlineData("0 0 30 2 *", "2026-03-06T00:00:00Z", null)]
    public void Next_Expression_IsAsCronHasIt(string text, string after, string? expected)
    {
        Assert.True(CronExpression.TryParse(text, out var cron));

        Assert.Equal(expected is null ? null : At(expected), cron!.Next(At(after), TimeZoneInfo.Utc));
    }

    [Theory]
    [InlineData("30 2 * * *", "2026-03-28T12:00:00Z", "2026-03-30T00:30:00Z")] // 2:30 does not come on the 29th
    [InlineData("30 2 * * *", "2026-10-24T12:00:00Z", "2026-10-25T00:30:00Z")] // 2:30 comes twice on the 25th: the first counts
    [InlineData("30 2 * * *", "2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z")]
    [InlineData("30 2 * * *", "2026-10-25T01:10:00Z", "2026-10-26T01:30:00Z")]
    public void Next_ClockIsChanged_CountsEachMinuteOnce(string text, string after, string expected)
    {
        Assert.True(CronExpression.TryParse(text, out var cron));

        Assert.Equal(At(expected), cron!.Next(At(after), TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin")));
    }

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
    [InlineData("5-1 * * * *")]
    [InlineData("*/0 * * * *")]
    [InlineData("1,,2 * * * *")]
    [InlineData("a * * * *")]
    [InlineData("-1 * * * *")]
    [InlineData("1-2-3 * * * *")]
    [InlineData("* * * * MONDAY")]
    public void TryParse_Nonsense_IsRefused(string? text) => Assert.False(CronExpression.TryParse(text, out _));

    // Against the simplest way to find it: to look at every minute.
    [Fact]
    public void Next_AnyExpression_IsTheFirstMatchAfter() => Some.ForManySeeds(random =>
    {
        var zone = TimeZoneInfo.FindSystemTimeZoneById(random.Pick(Zones));
        var after = new DateTimeOffset(2026, random.Pick(3, 4, 10, 11), 1, 0, 0, 0, TimeSpan.Zero).AddSeconds(random.Next(31 * 24 * 3600));
        Assert.True(CronExpression.TryParse(AnyExpression(random), out var cron));

        var next = cron!.Next(after, zone);

        var end = after.AddDays(2);
        var minute = new DateTimeOffset(after.Year, after.Month, after.Day, after.Hour, after.Minute, 0, TimeSpan.Zero).AddMinutes(1);
        while (minute < end && !IsMatch(cron, minute, zone))
        {
            minute = minute.AddMinutes(1);
        }

        Assert.True(next > after);
        Assert.True(minute < end ? next == minute : next >= end, $"{next} is not {minute}, after {after} in {zone.Id}");
    });

    [Fact]
    public void Last_AnyExpression_IsTheLatestMatchSoFar() => Some.ForManySeeds(random =>
    {
        var zone = TimeZoneInfo.FindSystemTimeZoneById(random.Pick(Zones));
        var at = new DateTimeOffset(2026, random.Pick(3, 4, 10, 11), 1, 0, 0, 0, TimeSpan.Zero).AddSeconds(random.Next(31 * 24 * 3600));
        Assert.True(CronExpression.TryParse(AnyExpression(random), out var cron));
        var within = TimeSpan.FromMinutes(random.Next(1, 2 * 24 * 60));

        var last = cron!.Last(at, within, zone);

        var minute = new DateTimeOffset(at.Year, at.Month, at.Day, at.Hour, at.Minute, 0, TimeSpan.Zero);
        while (at - minute <= within && !IsMatch(cron, minute, zone))
        {
            minute = minute.AddMinutes(-1);
        }

        Assert.Equal(at - minute <= within ? minute : null, last);
    });

    // A minute that comes twice counts when it comes first, which is in summer time.
    private static bool IsMatch(CronExpression cron, DateTimeOffset minute, TimeZoneInfo zone)
    {
        var local = TimeZoneInfo.ConvertTime(minute, zone);
        return cron.Matches(local.DateTime) && (!zone.IsAmbiguousTime(local.DateTime) || local.Offset == zone.GetAmbiguousTimeOffsets(local.DateTime).Max());
    }

    private static string AnyExpression(Random random) => string.Join(
        ' ',
        random.Pick("*", "0", "30", "*/7", "5-50/15", "15,45"),
        random.Pick("*", "2", "1-3", "0,12", "*/5"),
        random.Pick("*", "*", "1", "10-20", "25,29"),
        random.Pick("*", "*", "3,10", "1-12/2"),
        random.Pick("*", "*", "1-5", "SUN", "7"));

    private static DateTimeOffset At(string text) => DateTimeOffset.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
}

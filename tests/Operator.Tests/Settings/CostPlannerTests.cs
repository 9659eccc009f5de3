using System.Globalization;
using Operator.Entities.RunnerPools;
using Operator.Settings;
using Operator.Tests.Leases;

namespace Operator.Tests.Settings;

public sealed class CostPlannerTests
{
    private static readonly DateTimeOffset Day = new(2026, 3, 2, 0, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("2026-03-02T10:00:00Z", "2026-03-02T12:00:00Z", "2", "2")] // today
    [InlineData("2026-03-01T22:00:00Z", "2026-03-02T12:00:00Z", "12", "14")] // since yesterday
    [InlineData("2026-02-28T22:00:00Z", "2026-03-02T12:00:00Z", "12", "36")] // since last month
    [InlineData("2026-03-01T10:00:00Z", "2026-03-01T12:00:00Z", "0", "2")] // ended yesterday
    public void Settle_First_CountsTheDayAndTheMonthInUtc(string from, string to, string today, string month)
    {
        var cost = CostPlanner.Settle(before: null, [new(Time(from), Time(to), 1)], Time("2026-03-02T12:00:00Z"))!;

        Assert.Equal((today, month, Time("2026-03-02T12:00:00Z")), (cost.Today, cost.ThisMonth, cost.AsOf));
    }

    [Fact]
    public void Settle_NothingRan_IsNothing() => Assert.Null(CostPlanner.Settle(before: null, [], Day));

    [Fact]
    public void Settle_NextDayAndMonth_BeginAnew()
    {
        var before = new PoolCost { Today = "5", ThisMonth = "50", AsOf = Day.AddHours(23) };

        var next = CostPlanner.Settle(before, [new(Day, Day.AddHours(26), 1)], Day.AddHours(26))!;
        Assert.Equal(("2", "53"), (next.Today, next.ThisMonth));

        var later = CostPlanner.Settle(next, [], Day.AddMonths(1))!;
        Assert.Equal(("0", "0"), (later.Today, later.ThisMonth));
    }

    [Fact]
    public void Settle_ClockOfAnother_ThatWasAhead_TakesNothingBack()
    {
        var before = new PoolCost { Today = "5", ThisMonth = "50", AsOf = Day.AddHours(3) };

        Assert.Same(before, CostPlanner.Settle(before, [new(Day, Day.AddHours(9), 1)], Day.AddHours(2)));
    }

    // The sum is correct regardless of how often and by whom it is settled.
    [Fact]
    public void Settle_AnyTimes_AddUpToTheWhole() => Some.ForManySeeds(random =>
    {
        var begin = Day.AddDays(random.Next(26)).AddSeconds(random.Next(86_400));
        var end = begin.AddSeconds(random.Next(1, 300_000));
        var spans = Enumerable.Range(0, random.Next(1, 6)).Select(_ =>
        {
            var from = begin.AddSeconds(random.Next(-5000, 300_000));
            return new CostSpan(from, from.AddSeconds(random.Next(1, 90_000)), random.Next(1, 100) / 100m);
        }).ToList();
        PoolCost? cost = new() { Today = "0", ThisMonth = "0", AsOf = begin };
        for (var now = begin; now < end;)
        {
            now = now.AddMilliseconds(random.Next(1, 40_000_000));
            now = now > end ? end : now;

            // What has ended is reported once only, at the next settlement.
            cost = CostPlanner.Settle(cost, [.. spans.Where(span => span.From <= now && span.To > cost!.AsOf).Select(span => span with { To = span.To < now ? span.To : now })], now);
        }

        var since = begin > CostPlanner.MonthOf(end) ? begin : CostPlanner.MonthOf(end);
        var today = begin > CostPlanner.DayOf(end) ? begin : CostPlanner.DayOf(end);
        Assert.InRange(CostPlanner.Amount(cost!.ThisMonth) - spans.Sum(span => span.Within(since, end)), -0.0001m, 0.0001m);
        Assert.InRange(CostPlanner.Amount(cost.Today) - spans.Sum(span => span.Within(today, end)), -0.0001m, 0.0001m);
    });

    private static DateTimeOffset Time(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);
}

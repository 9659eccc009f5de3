using Operator.Entities.RunnerPools;
using Operator.Leases;
using Operator.Settings;
using Operator.Tests.Leases;

namespace Operator.Tests.Settings;

/// <summary>A pool that has cost what it may launches nothing until the next day or month.</summary>
public sealed class BudgetPlannerTests
{
    // Some.Now is 2026-03-02, 12:00: what was counted at 11:00 has 2 dollars an hour added.
    [Theory]
    [InlineData("0.05", null, 0.06, "the daily budget of 0.05 US dollars is less than one hour of the cheapest machine (m7a.medium, 0.06 US dollars)")]
    [InlineData("0.05", "0.04", 0.06, "the monthly budget of 0.04")]
    [InlineData("0.06", null, 0.06, null)]
    [InlineData("0.05", null, null, null)] // no price is known
    [InlineData(null, "1", 0.06, null)]
    public void TooSmall_ForAnHourOfTheCheapestMachine(string? daily, string? monthly, double? price, string? expected)
    {
        var problem = BudgetPlanner.TooSmall(new() { Daily = daily, Monthly = monthly }, price is { } known ? new("m7a.medium", (decimal)known) : null);

        Assert.Equal(expected is null, problem is null);
        Assert.Contains(expected ?? "", problem ?? "", StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("13", null, "10", "20", null)]
    [InlineData("12", null, "10", "20", "daily")]
    [InlineData("11", null, "10", "20", "daily")]
    [InlineData(null, "22", "10", "20", "monthly")]
    [InlineData(null, "22.01", "10", "20", null)]
    [InlineData("12", "22", "10", "20", "monthly")] // the longer one counts
    [InlineData("12", null, null, null, null)]
    [InlineData("2", null, null, null, "daily")]
    public void Reached_WhatWasCountedAndWhatRunsSince(string? daily, string? monthly, string? today, string? thisMonth, string? expected)
    {
        var cost = new PoolCost { Today = today, ThisMonth = thisMonth, AsOf = Some.Now.AddHours(-1) };

        Assert.Equal(expected, BudgetPlanner.Reached(new() { Daily = daily, Monthly = monthly }, cost, hourly: 2, Some.Now)?.Name);
    }

    [Theory]
    [InlineData("2026-03-01T23:00:00Z", null)] // yesterday's 100 dollars do not count, the 13 hours of today cost 26
    [InlineData("2026-02-28T23:00:00Z", null)]
    public void Reached_CountedBeforeTheDayBegan_CountsOnlyWhatRunsSince(string asOf, string? expected)
    {
        var cost = new PoolCost { Today = "100", ThisMonth = "100", AsOf = DateTimeOffset.Parse(asOf, System.Globalization.CultureInfo.InvariantCulture) };

        Assert.Equal(expected, BudgetPlanner.Reached(new() { Daily = "24.01" }, cost, hourly: 2, Some.Now)?.Name);
        Assert.Equal("daily", BudgetPlanner.Reached(new() { Daily = "24" }, cost, hourly: 2, Some.Now)?.Name);
    }

    [Fact]
    public void Reached_EndsWithTheDayOrTheMonth()
    {
        var cost = new PoolCost { Today = "5", ThisMonth = "5", AsOf = Some.Now };

        Assert.Equal(new DateTimeOffset(2026, 3, 3, 0, 0, 0, TimeSpan.Zero), BudgetPlanner.Reached(new() { Daily = "5" }, cost, hourly: 0, Some.Now)!.Until);
        Assert.Equal(new DateTimeOffset(2026, 4, 1, 0, 0, 0, TimeSpan.Zero), BudgetPlanner.Reached(new() { Monthly = "5" }, cost, hourly: 0, Some.Now)!.Until);
        Assert.Null(BudgetPlanner.Reached(budget: null, cost, hourly: 0, Some.Now));
        Assert.Null(BudgetPlanner.Reached(new() { Daily = "5" }, cost: null, hourly: 0, Some.Now));
    }

    [Fact]
    public void ReachedBudget_LetsNothingBeLaunched_AndSaysUntilWhen()
    {
        var pool = Some.Pool with { ReachedBudget = new("daily", "5", Some.Now.AddHours(12)) };

        var admission = AdmissionPlanner.For(Some.Lease(), pool, [Some.Lease()], Some.Now);

        Assert.Equal((false, "BudgetReached", TimeSpan.FromHours(12)), (admission.Granted, admission.Reason, admission.RetryAfter));
        Assert.Contains("2026-03-03T00:00:00Z", admission.Message, StringComparison.Ordinal);
    }
}

using Operator.Entities.RunnerPools;

namespace Operator.Settings;

/// <summary>Whether a pool has reached its budget. Pure.</summary>
internal static class BudgetPlanner
{
    /// <summary>The budget that a pool has reached; null for none.</summary>
    /// <param name="budget">The budget; null for unlimited.</param>
    /// <param name="cost">The cost when last settled.</param>
    /// <param name="hourly">The hourly cost of its machines since, in US dollars.</param>
    /// <param name="now">The time.</param>
    public static ReachedBudget? Reached(BudgetSpec? budget, PoolCost? cost, decimal hourly, DateTimeOffset now)
    {
        if (budget is null || cost?.AsOf is not { } asOf)
        {
            return null;
        }

        var (day, month) = (CostPlanner.DayOf(now), CostPlanner.MonthOf(now));
        return Reached("monthly", budget.Monthly, cost.ThisMonth, month, month.AddMonths(1)) ?? Reached("daily", budget.Daily, cost.Today, day, day.AddDays(1));

        ReachedBudget? Reached(string name, string? limit, string? counted, DateTimeOffset begun, DateTimeOffset next)
        {
            var spent = (asOf >= begun ? CostPlanner.Amount(counted) : 0) + new CostSpan(asOf, now, hourly).Within(begun, now);
            return limit is not null && spent >= CostPlanner.Amount(limit) ? new(name, limit, next) : null;
        }
    }
}

/// <summary>A budget that a pool has reached.</summary>
/// <param name="Name"><c>daily</c> or <c>monthly</c>.</param>
/// <param name="Limit">US dollars.</param>
/// <param name="Until">When the next period begins.</param>
internal sealed record ReachedBudget(string Name, string Limit, DateTimeOffset Until)
{
    /// <summary>For users.</summary>
    public string Message => $"the {Name} budget of {Limit} US dollars is reached; running jobs continue, and nothing is launched before {Until:yyyy-MM-ddTHH:mm:ssZ}: wait, or raise spec.purchasing.budget.{Name}";
}

using Operator.Entities.RunnerPools;

namespace Operator.Settings;

/// <summary>Whether a pool has reached its budget. Pure.</summary>
internal static class BudgetPlanner
{
    /// <summary>What to do about a budget that does not last for an hour of the cheapest machine; null if it does, or no price is known.</summary>
    /// <param name="budget">What the pool may cost.</param>
    /// <param name="cheapest">The cheapest machine that it may buy.</param>
    public static string? TooSmall(BudgetSpec budget, PricedType? cheapest)
    {
        return Of("monthly", budget.Monthly) ?? Of("daily", budget.Daily);

        string? Of(string name, string? limit) => limit is not null && cheapest is not null && CostPlanner.Amount(limit) < cheapest.Price
            ? $"the {name} budget of {limit} US dollars is less than one hour of the cheapest machine ({cheapest.Name}, {CostPlanner.Text(cheapest.Price)} US dollars): "
                + $"launches stop soon after the first; raise spec.purchasing.budget.{name}, or allow smaller machines in the resource class"
            : null;
    }

    /// <summary>The budget that a pool has reached; null if none.</summary>
    /// <param name="budget">What it may cost; null for anything.</param>
    /// <param name="cost">What it has cost when that was last counted.</param>
    /// <param name="hourly">What its machines cost since, US dollars an hour.</param>
    /// <param name="now">Now.</param>
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

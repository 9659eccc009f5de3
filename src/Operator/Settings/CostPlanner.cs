using System.Globalization;
using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerPools;

namespace Operator.Settings;

/// <summary>What machines and jobs have cost, from the times that they ran. Days and months are UTC. Pure.</summary>
internal static class CostPlanner
{
    /// <summary>How long a machine ran that a lease had: from its launch until it was gone, or until now. Null without a machine or price.</summary>
    public static CostSpan? MachineOf(V1Alpha1RunnerLease lease, DateTimeOffset now) =>
        lease.Status?.Instance is { LaunchedAt: { } launched } instance && PriceOf(instance) is > 0 and var price
            ? new(launched, instance.GoneAt ?? now, price) : null;

    /// <summary>What GitHub asks for a lease's job, until now. Null without a job or fee.</summary>
    /// <param name="lease">The lease.</param>
    /// <param name="perMinute">GitHub's fee, US dollars a minute.</param>
    /// <param name="now">Now.</param>
    public static CostSpan? JobOf(V1Alpha1RunnerLease lease, decimal perMinute, DateTimeOffset now) =>
        perMinute > 0 && lease.Status?.Job is { StartedAt: { } started } ? new(started, lease.Status.Instance?.GoneAt ?? now, perMinute * 60) : null;

    /// <summary>US dollars an hour; 0 when not known.</summary>
    public static decimal PriceOf(LeasedInstance instance) => Amount(instance.HourlyPrice);

    /// <summary>GitHub's own fee in a pool, US dollars a minute.</summary>
    public static decimal FeeOf(V1Alpha1RunnerPool pool) => Amount(pool.Spec.Purchasing.GitHubPricePerMinute);

    /// <summary>
    /// What a pool has cost today and this month. What ran before the last settlement is in it already: only what ran since is added, so that it does not matter
    /// how often it is settled, or by whom.
    /// </summary>
    /// <param name="before">The last settlement; null if there was none.</param>
    /// <param name="spans">What runs and, since the last settlement, what has ended.</param>
    /// <param name="now">Now.</param>
    public static PoolCost? Settle(PoolCost? before, IEnumerable<CostSpan> spans, DateTimeOffset now)
    {
        var until = WholeSecond(now);
        var (day, month) = (DayOf(until), MonthOf(until));
        var since = before?.AsOf is { } at && at > month ? at : month;
        if (since > until)
        {
            return before; // another clock, which was ahead of this one
        }

        var today = before?.AsOf >= day ? Amount(before.Today) : 0;
        var total = before?.AsOf >= month ? Amount(before.ThisMonth) : 0;
        foreach (var span in spans)
        {
            today += span.Within(since > day ? since : day, until);
            total += span.Within(since, until);
        }

        return before is null && total == 0 ? null : new() { Today = Text(today), ThisMonth = Text(total), AsOf = until };
    }

    /// <summary>The day of a time.</summary>
    public static DateTimeOffset DayOf(DateTimeOffset time) => new(time.UtcDateTime.Date, TimeSpan.Zero);

    /// <summary>The month of a time.</summary>
    public static DateTimeOffset MonthOf(DateTimeOffset time) => new(time.UtcDateTime.Year, time.UtcDateTime.Month, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>An amount as it stands in a status.</summary>
    public static string Text(decimal amount) => amount.ToString("0.######", CultureInfo.InvariantCulture);

    /// <summary>An amount of a status; 0 when it is none.</summary>
    public static decimal Amount(string? text) =>
        decimal.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var amount) ? amount : 0;

    /// <summary>A time as a status holds it. What is settled must end at one, or the rest would be counted twice.</summary>
    public static DateTimeOffset WholeSecond(DateTimeOffset time) => new(time.UtcTicks - (time.UtcTicks % TimeSpan.TicksPerSecond), TimeSpan.Zero);
}

/// <summary>Something that costs money while it runs.</summary>
/// <param name="From">Since when.</param>
/// <param name="To">Until when.</param>
/// <param name="PerHour">US dollars an hour.</param>
internal readonly record struct CostSpan(DateTimeOffset From, DateTimeOffset To, decimal PerHour)
{
    /// <summary>What it has cost between two times.</summary>
    public decimal Within(DateTimeOffset since, DateTimeOffset until)
    {
        var (from, to) = (From > since ? From : since, To < until ? To : until);
        return to > from ? PerHour * (decimal)(to - from).TotalSeconds / 3600 : 0;
    }
}

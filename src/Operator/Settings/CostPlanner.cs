using System.Globalization;
using Operator.Entities.RunnerLeases;
using Operator.Entities.RunnerPools;

namespace Operator.Settings;

/// <summary>Computes what machines and jobs have cost from the times they ran. Days and months are UTC. Pure.</summary>
internal static class CostPlanner
{
    /// <summary>
    /// The span of a lease's machine at its present price: from its launch, or from when it was stopped or started for
    /// standby, until it was gone, or until now. Null without a machine or price.
    /// </summary>
    public static CostSpan? MachineOf(V1Alpha1RunnerLease lease, DateTimeOffset now) =>
        lease.Status?.Instance is { LaunchedAt: not null } instance && PricedSince(instance) is { } since && PriceOf(instance) is > 0 and var price
            ? new(since, instance.GoneAt ?? now, price) : null;

    /// <summary>
    /// The span of a machine's price that a change ended, because the machine was stopped for standby or started again;
    /// null for none.
    /// </summary>
    /// <param name="before">The lease before the change.</param>
    /// <param name="after">The lease after it.</param>
    public static CostSpan? PriceChange(V1Alpha1RunnerLease? before, V1Alpha1RunnerLease? after)
    {
        if (after?.Status?.Instance is not { Standby: not null } now || PricedSince(now) is not { } since)
        {
            return null;
        }

        // A lease that takes over a machine on standby counts it from its start: the time before that ends with this
        // change, too.
        return before?.Status?.Instance is not { } then || then.Id != now.Id
            ? now is { IsStopped: false, Standby: { StoppedAt: { } stopped, StartedAt: { } started } } ? new(stopped, started, Amount(now.Standby.HourlyPrice)) : null
            : PricedSince(then) is { } begun && begun < since ? new(begun, since, PriceOf(then)) : null;
    }

    private static DateTimeOffset? PricedSince(LeasedInstance instance) => instance.IsStopped ? instance.Standby!.StoppedAt : instance.SwitchedOnAt;

    /// <summary>The span of a lease's job until now, priced at GitHub's fee. Null without a job or fee.</summary>
    /// <param name="lease">The lease.</param>
    /// <param name="perMinute">GitHub's fee in US dollars a minute.</param>
    /// <param name="now">The time.</param>
    public static CostSpan? JobOf(V1Alpha1RunnerLease lease, decimal perMinute, DateTimeOffset now) =>
        perMinute > 0 && lease.Status?.Job is { StartedAt: { } started } ? new(started, lease.Status.Instance?.GoneAt ?? now, perMinute * 60) : null;

    /// <summary>US dollars an hour: of a machine that is stopped on standby, what its volumes cost; 0 if unknown.</summary>
    public static decimal PriceOf(LeasedInstance instance) => Amount(instance.IsStopped ? instance.Standby!.HourlyPrice : instance.HourlyPrice);

    /// <summary>GitHub's fee for a pool, US dollars a minute.</summary>
    public static decimal FeeOf(V1Alpha1RunnerPool pool) => Amount(pool.Spec.Purchasing.GitHubPricePerMinute);

    /// <summary>
    /// A pool's cost today and this month. The previous settlement includes everything before it and only the rest is added, so it does not
    /// matter how often it is settled or by which process.
    /// </summary>
    /// <param name="before">The previous settlement; null for none.</param>
    /// <param name="spans">What is running, and what has ended since the previous settlement.</param>
    /// <param name="now">The time.</param>
    public static PoolCost? Settle(PoolCost? before, IEnumerable<CostSpan> spans, DateTimeOffset now)
    {
        var until = WholeSecond(now);
        var (day, month) = (DayOf(until), MonthOf(until));
        var since = before?.AsOf is { } at && at > month ? at : month;
        if (since > until)
        {
            return before; // written by a process whose clock was ahead
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

    /// <summary>The start of a day.</summary>
    public static DateTimeOffset DayOf(DateTimeOffset time) => new(time.UtcDateTime.Date, TimeSpan.Zero);

    /// <summary>The start of a month.</summary>
    public static DateTimeOffset MonthOf(DateTimeOffset time) => new(time.UtcDateTime.Year, time.UtcDateTime.Month, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>An amount formatted for a status.</summary>
    public static string Text(decimal amount) => amount.ToString("0.######", CultureInfo.InvariantCulture);

    /// <summary>An amount from a status; 0 if invalid.</summary>
    public static decimal Amount(string? text) =>
        decimal.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var amount) ? amount : 0;

    /// <summary>A time with the precision of a status. Settlements must end at one, or the remainder would be counted twice.</summary>
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

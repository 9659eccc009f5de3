using System.Globalization;
using Operator.Entities.ResourceClasses;
using Operator.Entities.RunnerPools;
using Operator.Settings;

namespace Operator.Commands.Simulate;

/// <summary>A change of an alternative.</summary>
/// <param name="Change">What to change, for people.</param>
/// <param name="Patch">The change as YAML of the spec.</param>
/// <param name="Caution">What the simulation cannot tell; null for nothing.</param>
/// <param name="Result">What the trace does to the changed alternative.</param>
/// <param name="Score">Its cost and waits in US dollars.</param>
internal sealed record Suggestion(string Change, string Patch, string? Caution, WhatIfResult Result, decimal Score);

/// <summary>
/// Searches settings that make the same trace cheaper, waits included: an hour of waiting is worth as much as <c>waitFactor</c> idle
/// machine-hours, as for the forecast. First each change alone, then the best ones together.
/// </summary>
internal sealed class Suggestions(JobTrace trace, SimulationOptions options)
{
    private const int Rounds = 3;
    private const decimal Worthwhile = 0.99m;

    private static readonly int[] MinIdles = [0, 1, 2, 3, 5, 8, 13, 21, 34, 55];

    /// <summary>The changes that are worth it, the best first, and all that go well together last.</summary>
    /// <param name="alternative">What to change.</param>
    /// <param name="before">What the trace does to it.</param>
    public IReadOnlyList<Suggestion> Find(Alternative alternative, WhatIfResult before)
    {
        var price = PriceOfWaiting(alternative, before.Outcome);
        var start = Score(before, price);
        var singles = Evaluate(alternative, MovesOf(alternative), price).Where(one => one.Suggested.Score < start * Worthwhile).OrderBy(one => one.Suggested.Score).ToList();
        var best = BestOfEachKind(singles);
        return best.Count < 2 ? best : [.. best, .. Combine(alternative, singles, price) is { } together && together.Score < best[0].Score * Worthwhile ? [together] : Array.Empty<Suggestion>()];
    }

    /// <summary>What an hour of waiting is worth, US dollars.</summary>
    public static decimal PriceOfWaiting(Alternative alternative, PoolOutcome before)
    {
        var machines = before.Cost.Where(part => part.Key != "github").Sum(part => part.Value);
        var perHour = before.MachineHours > 0 ? machines / (decimal)before.MachineHours : 0;
        return perHour * (alternative.Pools[0].Spec.Capacity.Forecast?.WaitFactor ?? DemandForecast.DefaultWaitFactor);
    }

    private static decimal Score(WhatIfResult result, decimal price) =>
        result.Outcome.TotalCost + (price * (decimal)result.Outcome.WaitHours) + (price * 24 * result.Outcome.Unserved);

    private List<(Move Move, Suggestion Suggested)> Evaluate(Alternative alternative, IEnumerable<Move> moves, decimal price) =>
        [.. moves.AsParallel().AsOrdered().Select(move =>
        {
            var result = WhatIf.Run(move.Apply(alternative), trace, options);
            return (move, new Suggestion(move.Change, move.Patch, move.Caution, result, Score(result, price)));
        })];

    private static List<Suggestion> BestOfEachKind(List<(Move Move, Suggestion Suggested)> singles) =>
        [.. singles.GroupBy(one => (one.Move.Pool, one.Move.Kind)).Select(kind => kind.First().Suggested).OrderBy(one => one.Score)];

    // Greedy: from the best one on, the next of another kind that helps most.
    private Suggestion? Combine(Alternative alternative, List<(Move Move, Suggestion Suggested)> singles, decimal price)
    {
        var (changed, taken, best) = (singles[0].Move.Apply(alternative), new List<Move> { singles[0].Move }, singles[0].Suggested);
        for (var round = 1; round < Rounds; round++)
        {
            var moves = MovesOf(alternative).Where(move => taken.All(other => !other.Excludes(move)));
            if (Evaluate(changed, moves, price).OrderBy(one => one.Suggested.Score).FirstOrDefault() is not { Move: { } next } found
                || found.Suggested.Score >= best.Score * Worthwhile)
            {
                break;
            }

            (changed, best) = (next.Apply(changed), found.Suggested);
            taken.Add(next);
        }

        return taken.Count == 1 ? null : best with
        {
            Change = string.Join(", and ", taken.Select(move => move.Change)),
            Patch = string.Concat(taken.Select(move => move.Patch)),
            Caution = string.Join("; ", taken.Select(move => move.Caution).OfType<string>()) is { Length: > 0 } all ? all : null,
        };
    }

    private IEnumerable<Move> MovesOf(Alternative alternative) => alternative.Pools.SelectMany((pool, index) => MovesOf(alternative, pool, index));

    private IEnumerable<Move> MovesOf(Alternative alternative, V1Alpha1RunnerPool pool, int index)
    {
        var capacity = pool.Spec.Capacity;
        var max = capacity.MaxRunners ?? PoolValidation.DefaultMaxRunners;
        foreach (var minIdle in MinIdles.Where(count => count <= max && count <= (capacity.MaxIdle ?? max) && count != (capacity.MinIdle ?? 0)))
        {
            yield return Of(index, pool, MoveKind.MinIdle, $"minIdle: {minIdle}", $"capacity: {{minIdle: {minIdle}}}", spec => spec.Capacity.MinIdle = minIdle);
        }

        if (capacity.Forecast is null)
        {
            yield return Of(index, pool, MoveKind.Forecast, "minIdle: 0 with a forecast", "capacity: {minIdle: 0, forecast: {}, schedules: null}", spec =>
                (spec.Capacity.MinIdle, spec.Capacity.Forecast, spec.Capacity.Schedules) = (0, new() { WaitFactor = DemandForecast.DefaultWaitFactor }, null));
        }

        foreach (var move in BusyHours.Find(trace) is { } busy ? SchedulesOf(pool, index, busy, max) : [])
        {
            yield return move;
        }

        if (UsageClassMove(pool, index) is { } other)
        {
            yield return other;
        }

        if (TypesMove(alternative, pool, index) is { } types)
        {
            yield return types;
        }
    }

    private static IEnumerable<Move> SchedulesOf(V1Alpha1RunnerPool pool, int index, BusyHours busy, int max)
    {
        foreach (var minIdle in MinIdles.Where(count => count > 0 && count <= max))
        {
            yield return Of(
                index, pool, MoveKind.Schedule, $"minIdle: 0, and {minIdle} {busy}",
                $"capacity: {{minIdle: 0, schedules: [{{name: busy hours, cron: '{busy.Cron}', duration: {busy.Duration}, minIdle: {minIdle}}}]}}",
                spec => (spec.Capacity.MinIdle, spec.Capacity.MaxIdle, spec.Capacity.Schedules) =
                    (0, null, [new() { Name = "busy hours", Cron = busy.Cron, Duration = busy.Duration, MinIdle = minIdle }]));
        }
    }

    private static Move? UsageClassMove(V1Alpha1RunnerPool pool, int index) => (pool.Spec.Purchasing.UsageClass ?? UsageClass.Spot) switch
    {
        UsageClass.OnDemand => ToSpot(pool, index),
        UsageClass.Spot => Of(index, pool, MoveKind.UsageClass, "usageClass: on-demand", "purchasing: {usageClass: on-demand}", spec =>
            spec.Purchasing = OnDemand(spec.Purchasing)),
        _ => null,
    };

    private static Move ToSpot(V1Alpha1RunnerPool pool, int index) =>
        Of(index, pool, MoveKind.UsageClass, "usageClass: spot", "purchasing: {usageClass: spot, onDemandFallback: {after: 2m}}", spec =>
            (spec.Purchasing.UsageClass, spec.Purchasing.OnDemandFallback) = (UsageClass.Spot, new() { After = "2m" })) with
        {
            Caution = "jobs must stand being lost and run again; watch the spot losses",
        };

    private static PurchasingSpec OnDemand(PurchasingSpec spot) => new()
    {
        UsageClass = UsageClass.OnDemand,
        MaxPriceFactor = spot.MaxPriceFactor,
        GitHubPricePerMinute = spot.GitHubPricePerMinute,
        Budget = spot.Budget,
    };

    private static Move? TypesMove(Alternative alternative, V1Alpha1RunnerPool pool, int index)
    {
        var own = ResourceClasses.ResourceClassFinder.Find(alternative.Classes, pool.Spec.ResourceClassName);
        if (own?.Spec is not ({ InstanceTypes: not null } or { Match: MatchPolicy.Exact } or { Processors.Count: > 0 }) || own.Spec.Accelerators is not null)
        {
            return null;
        }

        var name = own.Metadata.Name;
        return new(
            MoveKind.Types, index, $"class {name}: any type of its size", $"# ResourceClass {name}\nspec: {{instanceTypes: null, match: AtLeast, processors: null}}\n",
            changed => changed with { Classes = [.. changed.Classes.Select(one => one.Metadata.Name == name ? Widened(one) : one)] })
        {
            Caution = "see that the jobs run as fast on other types: the trace's run times are kept",
        };
    }

    private static V1Alpha1ResourceClass Widened(V1Alpha1ResourceClass own)
    {
        var wide = System.Text.Json.JsonSerializer.Deserialize(
            System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(own, EntitiesJsonContext.Default.V1Alpha1ResourceClass), EntitiesJsonContext.Default.V1Alpha1ResourceClass)!;
        (wide.Spec.InstanceTypes, wide.Spec.Match, wide.Spec.Processors, wide.Status) = (null, MatchPolicy.AtLeast, null, null);
        return wide;
    }

    private static Move Of(int index, V1Alpha1RunnerPool pool, MoveKind kind, string change, string patch, Action<RunnerPoolSpec> apply) => new(
        kind, index, $"{pool.Metadata.Name}: {change}", $"# RunnerPool {pool.Metadata.Name}\nspec: {{{patch}}}\n",
        alternative => alternative with { Pools = [.. alternative.Pools.Select((one, at) => at == index ? Changed(one, apply) : one)] });

    private static V1Alpha1RunnerPool Changed(V1Alpha1RunnerPool pool, Action<RunnerPoolSpec> apply)
    {
        var copy = WhatIf.Copy(pool);
        apply(copy.Spec);
        return copy;
    }

    private enum MoveKind
    {
        MinIdle,
        Forecast,
        Schedule,
        UsageClass,
        Types,
    }

    private sealed record Move(MoveKind Kind, int Pool, string Change, string Patch, Func<Alternative, Alternative> Apply)
    {
        public string? Caution { get; init; }

        /// <summary>Whether the other one changes the same.</summary>
        public bool Excludes(Move other) => Pool == other.Pool && (Kind == other.Kind || (IsOfCapacity && other.IsOfCapacity));

        private bool IsOfCapacity => Kind is MoveKind.MinIdle or MoveKind.Forecast or MoveKind.Schedule;
    }
}

/// <summary>The hours of working days in which most jobs are queued.</summary>
/// <param name="From">The first hour, UTC.</param>
/// <param name="Hours">How many.</param>
internal sealed record BusyHours(int From, int Hours)
{
    /// <summary>The start, as a schedule of a CronJob.</summary>
    public string Cron => string.Create(CultureInfo.InvariantCulture, $"0 {From} * * 1-5");

    /// <summary>The length of a schedule.</summary>
    public string Duration => string.Create(CultureInfo.InvariantCulture, $"{Hours}h");

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"from {From:00}:00 to {(From + Hours) % 24:00}:00 UTC on working days");

    /// <summary>Finds the shortest window that has four fifths of the jobs of working days; null if that is most of the day, or nothing is queued then.</summary>
    public static BusyHours? Find(JobTrace trace)
    {
        var perHour = new int[24];
        foreach (var time in trace.Jobs.Select(job => job.QueuedAt.UtcDateTime).Where(time => time.DayOfWeek is not (DayOfWeek.Saturday or DayOfWeek.Sunday)))
        {
            perHour[time.Hour]++;
        }

        var enough = perHour.Sum() * 0.8;
        return enough == 0 ? null : Enumerable.Range(1, 16)
            .SelectMany(hours => Enumerable.Range(0, 24).Select(from => new BusyHours(from, hours)))
            .Where(window => Enumerable.Range(window.From, window.Hours).Sum(hour => perHour[hour % 24]) >= enough)
            .FirstOrDefault();
    }
}

using Operator.Entities.RunnerPools;
using Operator.Tests.Pools;
using static Operator.Tests.Leases.Situation;

namespace Operator.Tests.Leases;

/// <summary>
/// A property holds of what its generator makes and of nothing else: what the planners tell apart must be among it, each with each.
/// The seeds are fixed, so that the table is the same in every run.
/// </summary>
public sealed class GeneratorCoverageTests
{
    /// <summary>How many cases a planner's property is tried on: enough for every row of the tables.</summary>
    public const int Cases = 6000;

    private static readonly Lazy<IReadOnlyList<Situation>> OfLeases = new(() => [.. Seeds()
        .Select(LeaseWorld.Any).Where(observed => observed.Pool is not null).Select(observed => Create(observed.Lease, observed.Pool!))]);

    private static readonly Lazy<IReadOnlyList<Situation>> OfPools = new(() => [.. Seeds()
        .Select(PoolWorld.Any).SelectMany(observed => observed.Leases.Select(lease => Create(lease, observed.Settings)))]);

    [Fact]
    public void LeaseWorld_Makes_EveryStageOfEveryKindOfPool() => AssertAllSeen(OfLeases.Value, EveryStageOfEveryPool(), ByPool);

    [Fact]
    public void LeaseWorld_Makes_EveryStageHeldAndDriftedAndAwaiting() => AssertAllSeen(OfLeases.Value, EveryStageOfEveryLease(), ByLease);

    [Fact]
    public void PoolWorld_Makes_EveryStageOfEveryKindOfPool() => AssertAllSeen(OfPools.Value, EveryStageOfEveryPool(), ByPool);

    [Fact]
    public void PoolWorld_Makes_EveryStageHeldAndDriftedAndAwaiting() => AssertAllSeen(OfPools.Value, EveryStageOfEveryLease(), ByLease);

    private static IEnumerable<Random> Seeds() => Enumerable.Range(0, Cases).Select(seed => new Random(seed));

    // What does not matter to a table is the same in all of its rows.
    private static Situation ByPool(Situation one) => one with { Holder = Holders.Nobody, IsDrifted = false, IsAwaiting = false };

    private static Situation ByLease(Situation one) => one with { Demand = default, Lifecycle = default, UsageClass = default };

    private static IEnumerable<Situation> EveryStageOfEveryPool() =>
        from stage in Enum.GetValues<Stages>()
        from exit in Enum.GetValues<Exits>()
        from demand in Enum.GetValues<DemandSource>()
        from lifecycle in Enum.GetValues<RunnerLifecycle>()
        from usageClass in Enum.GetValues<UsageClass>()
        select new Situation(stage, exit, Holders.Nobody, IsDrifted: false, IsAwaiting: false, demand, lifecycle, usageClass);

    private static IEnumerable<Situation> EveryStageOfEveryLease() =>
        from stage in Enum.GetValues<Stages>()
        from exit in Enum.GetValues<Exits>()
        from holder in Enum.GetValues<Holders>()
        from isDrifted in new[] { false, true }
        from isAwaiting in new[] { false, true }
        where !(isAwaiting && stage == Stages.Busy) // a lease that runs a job awaits none
        select new Situation(stage, exit, holder, isDrifted, isAwaiting, default, default, default);

    private static void AssertAllSeen(IReadOnlyList<Situation> made, IEnumerable<Situation> wanted, Func<Situation, Situation> rowOf)
    {
        var seen = made.CountBy(rowOf).ToDictionary();
        var missing = wanted.Where(row => row.IsPossible && !seen.ContainsKey(row)).ToList();

        Assert.True(missing.Count == 0, $"never made in {made.Count} leases:{Environment.NewLine}{string.Join(Environment.NewLine, missing)}");
    }
}

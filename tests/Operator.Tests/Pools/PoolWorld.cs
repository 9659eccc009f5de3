using Operator.Entities.RunnerPools;
using Operator.Pools;
using Operator.Tests.Leases;

namespace Operator.Tests.Pools;

/// <summary>Any state that a pool can be seen in.</summary>
internal static class PoolWorld
{
    /// <summary>Checks a property of a planner on many states.</summary>
    public static void ForAny(Action<RunnerPoolObservation> check) => Some.ForManySeeds(random => check(Any(random)), GeneratorCoverageTests.Cases);

    public static RunnerPoolObservation Any(Random random)
    {
        var settings = Generated.Pool(random) with
        {
            MinIdle = random.Next(4),
            MaxRunners = random.Next(4, 9),
            IsPaused = random.Chance(0.1),
            RerunLimit = random.Pick(0, 1, 2),
            LostJobs = random.Chance(0.7) ? [] : [.. Enumerable.Range(0, random.Next(1, 4)).Select(number => AnyLost(random, number))],
        };
        var leases = Enumerable.Range(0, random.Next(9)).Select(number => Generated.Lease(random, $"linux-{number}")).ToList();
        return new(
            settings,
            leases,
            AssignedJobs: random.Chance(0.1) ? null : random.Next(4),
            leases.Where(_ => random.Chance(0.1)).Select(lease => lease.Metadata.Name!).ToHashSet(),
            RolloutBudget: random.Next(3),
            Some.Now);
    }

    private static LostJobStatus AnyLost(Random random, int number)
    {
        var isOpen = random.Chance(0.5);
        return new()
        {
            RunnerName = $"gone-{number}",
            RunId = "2",
            Repository = "my-org/app",
            Attempt = random.Pick<int?>(null, 1, 2),
            LostAt = Some.Now.AddMinutes(-random.Pick(1, 30)),
            EndedAt = isOpen ? null : Some.Now.AddMinutes(-random.Pick(1, 200)),
            Result = isOpen ? null : random.Pick("Rerun", "Finished"),
            OnDemand = !isOpen && random.Chance(0.5) ? true : null,
        };
    }
}

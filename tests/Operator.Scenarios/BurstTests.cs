using Operator.Simulator.GitHub;
using Operator.Simulator.World;
using Xunit.Abstractions;

namespace Operator.Scenarios;

/// <summary>A burst on the request buckets that AWS has, to the token.</summary>
[Trait("Pace", "Slow")]
public sealed class BurstTests(ITestOutputHelper output)
{
    [Fact]
    public async Task FifteenHundredJobs()
    {
        const int Jobs = 300;
        await using var scenario = await Scenario.StartAsync(new() { EnforceRequestBuckets = true });
        scenario.ApplyPool(minIdle: 0, maxRunners: Jobs);
        await scenario.StartOperatorAsync();
        await scenario.UntilOpenAsync();
        scenario.World.Aws.Calls.Clear();
        var begun = scenario.World.Clock.GetUtcNow();
        for (var job = 0; job < Jobs; job++)
        {
            scenario.World.GitHub.QueueJob(SimulatedWorld.Repository, ["linux"], TimeSpan.FromHours(1));
        }

        await scenario.Driver.RunUntilAsync(() => scenario.World.Aws.Instances.Count == Jobs, TimeSpan.FromMinutes(10), "a machine for each job");
        var placed = scenario.World.Clock.GetUtcNow() - begun;
        output.WriteLine($"placed after {placed}: {string.Join(", ", scenario.World.Aws.Calls.Counts.OrderBy(pair => pair.Key).Select(pair => $"{pair.Key}={pair.Value}"))}");
        await scenario.Driver.RunUntilAsync(() => scenario.World.GitHub.Jobs.All(job => job.StartedAt is not null), TimeSpan.FromMinutes(20), "every job runs");
        output.WriteLine($"running after {scenario.World.Clock.GetUtcNow() - begun}: {string.Join(", ", scenario.World.Aws.Calls.Counts.OrderBy(pair => pair.Key).Select(pair => $"{pair.Key}={pair.Value}"))}");
        Assert.Fail("figures");
    }
}

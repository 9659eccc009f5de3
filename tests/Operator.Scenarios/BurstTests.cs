using Operator.Simulator.World;
using Xunit.Abstractions;

namespace Operator.Scenarios;

/// <summary>A burst on the request buckets that EC2 has, to the token.</summary>
[Trait("Pace", "Slow")]
public sealed class BurstTests(ITestOutputHelper output)
{
    private const int BucketOfFleets = 50;
    private const int FleetsPerSecond = 5;

    /// <summary>No batch of leases stays open for longer.</summary>
    private static readonly TimeSpan LongestWindow = TimeSpan.FromMilliseconds(250);

    // A machine takes a share of one CreateFleet. EC2 grants 50 of them at once and then 5 a second, so K of them cannot be sent in less than max(0, K - 50) / 5 seconds: that is the
    // closed form. To that comes for each the time that its batch is open for others, without which K were the number of jobs, and the form (1500 - 50) / 5 = 290 seconds.
    // How many jobs there are is a matter of the time that the test takes.
    [Theory]
    [InlineData(400)]
    public async Task Burst_OnEc2sOwnBuckets_IsPlacedWithinTheClosedForm_AndNothingIsThrottled(int jobs)
    {
        await using var scenario = await Scenario.StartAsync(new() { EnforceRequestBuckets = true });
        scenario.ApplyPool(minIdle: 1, maxRunners: jobs);
        await scenario.StartOperatorAsync();
        await scenario.UntilIdleAsync(1); // machines of the template are known to boot
        scenario.World.Aws.Calls.Clear();
        var begun = scenario.World.Clock.GetUtcNow();
        for (var job = 0; job < jobs; job++)
        {
            scenario.World.GitHub.QueueJob(SimulatedWorld.Repository, ["linux"], TimeSpan.FromHours(1));
        }

        await scenario.Driver.RunUntilAsync(() => scenario.World.Aws.Instances.Count == jobs, TimeSpan.FromMinutes(10), "a machine for each job");

        var (placed, calls) = (scenario.World.Clock.GetUtcNow() - begun, scenario.World.Aws.Calls);
        output.WriteLine($"{jobs} placed after {placed}: {string.Join(", ", calls.Counts.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{pair.Key}={pair.Value}"))}");
        var fleets = calls.Count("ec2:CreateFleet");
        var closedForm = TimeSpan.FromSeconds(Math.Max(0, fleets - BucketOfFleets) / (double)FleetsPerSecond) + (fleets * LongestWindow);
        Assert.InRange(fleets, 1, jobs / 10);
        Assert.InRange(placed, TimeSpan.Zero, closedForm * 1.05);
        Assert.InRange(calls.Count("throttled:ec2:"), 0, calls.Count("ec2:") / 100);
    }
}

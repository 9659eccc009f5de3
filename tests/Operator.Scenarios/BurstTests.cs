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
    // closed form. To that comes for each the time that its batch is open for others, without which K were the number of jobs, and the form (1500 - 50) / 5 = 290 seconds. Commands to
    // the machines, for which Parameter Store grants 40 calls a second, must not hold up launches.
    [Fact]
    public async Task Burst_OnEc2sOwnBuckets_IsPlacedWithinTheClosedForm_AndNothingIsThrottled()
    {
        const int Jobs = 1500;
        await using var scenario = await Scenario.StartAsync(new() { EnforceRequestBuckets = true });
        var begun = await BurstAsync(scenario, Jobs);

        await scenario.Driver.RunUntilAsync(() => scenario.World.Aws.Instances.Count == Jobs, TimeSpan.FromMinutes(10), "a machine for each job");

        var (placed, calls) = (scenario.World.Clock.GetUtcNow() - begun, scenario.World.Aws.Calls);
        output.WriteLine($"{Jobs} placed after {placed}: {string.Join(", ", calls.Counts.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{pair.Key}={pair.Value}"))}");
        var fleets = calls.Count("ec2:CreateFleet");
        var closedForm = TimeSpan.FromSeconds(Math.Max(0, fleets - BucketOfFleets) / (double)FleetsPerSecond) + (fleets * LongestWindow);
        Assert.InRange(fleets, 1, Jobs / 30);
        Assert.InRange(placed, TimeSpan.Zero, closedForm * 1.05);
        Assert.InRange(calls.Count("throttled:ec2:"), 0, calls.Count("ec2:") / 100);
    }

    // A job takes two of Parameter Store's calls: the operator's and its machine's, which cannot know of each other. The closed form is their number without the 40 that are granted at once,
    // by 40 a second; machines retry in tens of seconds.
    [Fact]
    public async Task Burst_OnParameterStoresBucket_RunsInOrder_WithoutHoldingUpLaunches()
    {
        const int Jobs = 300;
        await using var scenario = await Scenario.StartAsync(new() { EnforceRequestBuckets = true });
        var begun = await BurstAsync(scenario, Jobs);

        await scenario.Driver.RunUntilAsync(() => scenario.World.Aws.Calls.Count("ssm:PutParameter") >= Jobs, TimeSpan.FromMinutes(10), "a command for each job");
        Assert.Equal(Jobs, scenario.World.Aws.Instances.Count);

        await scenario.Driver.RunUntilAsync(
            () => scenario.World.GitHub.Jobs.All(job => job.RunnerId is not null), TimeSpan.FromMinutes(10), "every job running");
        var (running, calls) = (scenario.World.Clock.GetUtcNow() - begun, scenario.World.Aws.Calls);
        output.WriteLine($"{Jobs} running after {running}: {string.Join(", ", calls.Counts.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{pair.Key}={pair.Value}"))}");
        var (closedForm, boot) = (TimeSpan.FromSeconds(((2 * Jobs) - 40) / 40.0), scenario.World.Aws.Options.BootTime);
        Assert.InRange(running, boot, boot + (closedForm * 2));
    }

    private static async Task<DateTimeOffset> BurstAsync(Scenario scenario, int jobs)
    {
        scenario.ApplyPool(minIdle: 1, maxRunners: jobs);
        await scenario.StartOperatorAsync();
        await scenario.UntilIdleAsync(1); // machines of the template are known to boot
        scenario.World.Aws.Calls.Clear();
        var begun = scenario.World.Clock.GetUtcNow();
        for (var job = 0; job < jobs; job++)
        {
            scenario.World.GitHub.QueueJob(SimulatedWorld.Repository, ["linux"], TimeSpan.FromHours(1));
        }

        return begun;
    }
}

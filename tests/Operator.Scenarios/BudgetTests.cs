using Operator.Simulator.GitHub;
using Operator.Simulator.World;

namespace Operator.Scenarios;

/// <summary>What a pool may cost.</summary>
public sealed class BudgetTests
{
    [Theory]
    [InlineData("ScaleSet")]
    [InlineData("Webhook")]
    public async Task DailyBudget_Reached_TheRunningJobGoesOn_TheNextWaitsForTheNextDay(string demand)
    {
        await using var scenario = await Scenario.StartAsync();
        await scenario.Driver.RunForAsync(TimeSpan.FromHours(19)); // most of the day is over
        scenario.ApplyPool(minIdle: 0, demand, maxRuntime: "6h", extra: "purchasing: {usageClass: on-demand, budget: {daily: \"0.10\"} }");
        await scenario.StartOperatorAsync();
        await scenario.UntilOpenAsync();
        var first = Queue(scenario, TimeSpan.FromHours(2));

        await scenario.Driver.RunUntilAsync(
            () => scenario.ConditionOf("runnerpools", Scenario.Pool, "WithinBudget") is ("False", "BudgetReached", _), TimeSpan.FromHours(2), "the budget is reached");
        Assert.Equal("BudgetReached", scenario.ConditionOf("runnerpools", Scenario.Pool, "Ready")?.Reason);
        var second = Queue(scenario, TimeSpan.FromMinutes(2));
        await scenario.KillOperatorAsync();
        await scenario.StartOperatorAsync();
        await scenario.Driver.RunUntilAsync(() => Job(scenario, first).Outcome == JobOutcome.Succeeded, TimeSpan.FromHours(3), "the job that ran is done");
        await scenario.Driver.RunForAsync(TimeSpan.FromMinutes(30));
        Assert.Single(scenario.World.Aws.Instances);
        Assert.Null(Job(scenario, second).StartedAt);
        Assert.Single(scenario.Events, item => item.Reason == "BudgetReached" && item.Message.Contains("daily", StringComparison.Ordinal));

        await scenario.Driver.RunUntilAsync(() => Job(scenario, second).Outcome == JobOutcome.Succeeded, TimeSpan.FromHours(24), "the second runs the next day");

        Assert.Equal(Job(scenario, first).QueuedAt.UtcDateTime.Date.AddDays(1), Job(scenario, second).StartedAt!.Value.UtcDateTime.Date);
        Assert.Equal("True", scenario.ConditionOf("runnerpools", Scenario.Pool, "WithinBudget")?.Status);
    }

    private static long Queue(Scenario scenario, TimeSpan duration) => scenario.World.GitHub.QueueJob(SimulatedWorld.Repository, ["linux"], duration).Id;

    private static SimulatedJob Job(Scenario scenario, long id) => scenario.World.GitHub.Jobs.Single(job => job.Id == id);
}

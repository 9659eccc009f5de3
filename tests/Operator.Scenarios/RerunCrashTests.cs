using System.Text.Json.Nodes;
using Operator.Simulator.GitHub;
using Operator.Simulator.World;

namespace Operator.Scenarios;

/// <summary>Kills the operator before and after each of the calls by which a lost job runs again: it runs again once, and nothing is left over.</summary>
public sealed class RerunCrashTests
{
    /// <summary>A call by its name, and what its body must hold.</summary>
    public static TheoryData<string, string, bool> Calls
    {
        get
        {
            var data = new TheoryData<string, string, bool>();
            (string Name, string Body)[] calls =
            [
                ("DescribeSpotInstanceRequests", ""),
                ("PATCH runnerleases/status", "SpotInterruption"),
                ("PATCH runnerpools/status", "\"lostAt\""),
                ("GET actions/runs/{id}", ""),
                ("attempts/{id}/jobs", ""),
                ("PATCH runnerpools/status", "\"cancelRequestedAt\""),
                ("/cancel", ""),
                ("PATCH runnerpools/status", "\"forceCancelRequestedAt\""),
                ("/force-cancel", ""),
                ("PATCH runnerpools/status", "\"rerunRequestedAt\""),
                ("actions/jobs/{id}/rerun", ""),
                ("PATCH runnerpools/status", "\"result\":\"Rerun\""),
            ];
            foreach (var (name, body) in calls)
            {
                data.Add(name, body, false);
                data.Add(name, body, true);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Calls))]
    public async Task LostJob_KilledAtACall_RunsAgainOnce(string name, string body, bool afterEffect)
    {
        await using var scenario = await Scenario.StartAsync();
        var gate = new CallGate { KillWhen = (call, text) => call.EndsWith(name, StringComparison.Ordinal) && text.Contains(body, StringComparison.Ordinal), KillAfterEffect = afterEffect };
        await scenario.StartOperatorAsync(name == "DescribeSpotInstanceRequests" ? new CallGate() : gate);
        scenario.ApplyPool(minIdle: 0);
        await scenario.UntilOpenAsync();
        scenario.World.GitHub.QueueJob(SimulatedWorld.Repository, ["linux"], TimeSpan.FromMinutes(10));
        await scenario.Driver.RunUntilAsync(
            () => scenario.World.Kubernetes.Objects.List("runnerleases", "default").Any(lease => lease["status"]?["job"]?["runId"] is not null), TimeSpan.FromMinutes(10), "a job");
        if (scenario.Operator.Gate != gate)
        {
            await scenario.KillOperatorAsync();
            await scenario.StartOperatorAsync(gate);
        }

        scenario.World.Aws.InterruptSpot(Assert.Single(scenario.Living).Id);
        await scenario.Driver.RunUntilAsync(() => gate.IsDead, TimeSpan.FromMinutes(15), "the call");
        await scenario.KillOperatorsAsync();
        await scenario.Driver.RunForAsync(TimeSpan.FromSeconds(30));
        await scenario.StartOperatorAsync();
        await scenario.Driver.RunUntilAsync(
            () => scenario.World.GitHub.Jobs is { Count: > 1 } jobs && jobs.Skip(1).All(job => job.Outcome == JobOutcome.Succeeded), TimeSpan.FromHours(2), "the job done");
        await scenario.Driver.RunForAsync(TimeSpan.FromMinutes(20));

        Assert.Equal([1, 2], scenario.World.GitHub.Jobs.Select(job => job.Attempt));
        Assert.True(scenario.World.Aws.Instances.Count is 2 or 3, WorldReport.Create(scenario.World));
        var lost = Assert.Single(scenario.World.Kubernetes.Objects.Get("runnerpools", "default", Scenario.Pool)!["status"]!["lostJobs"] as JsonArray ?? []);
        Assert.Equal("Rerun", lost!["result"]!.GetValue<string>());
        scenario.DeletePool();
        await scenario.UntilEmptyAsync();
    }
}

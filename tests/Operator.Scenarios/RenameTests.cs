using System.Text.Json.Nodes;
using Operator.Simulator.GitHub;
using Operator.Simulator.World;

namespace Operator.Scenarios;

/// <summary>
/// A repository or organization is renamed, and spec.github.url is corrected: the pool keeps its scale set, runners and jobs, because ids do not change.
/// </summary>
[Trait("Pace", "Slow")]
public sealed class RenameTests
{
    private const string Organization = SimulatedWorld.Organization;
    private const string Repository = SimulatedWorld.Repository;

    public static TheoryData<string, string, bool, bool> Cases
    {
        get
        {
            var cases = new TheoryData<string, string, bool, bool>();
            foreach (var what in new[] { Repository, Organization })
            {
                foreach (var demand in new[] { "ScaleSet", "Webhook" })
                {
                    // Each pair of choices, though not all three at once.
                    var isOdd = (what == Repository) == (demand == "ScaleSet");
                    cases.Add(what, demand, false, isOdd);
                    cases.Add(what, demand, true, !isOdd);
                }
            }

            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Renamed_AndCorrectedLater_TheScaleSetAndTheRunnersStay_AndJobsAreServed(string what, string demand, bool restarts, bool isBusy)
    {
        await using var scenario = await StartAsync(what, demand);
        var set = scenario.World.GitHub.ScaleSets.All.Select(one => one.Id).ToList();
        if (isBusy)
        {
            Queue(scenario, Repository, TimeSpan.FromMinutes(100)); // longer than what follows takes
            await scenario.Driver.RunUntilAsync(() => scenario.Leases("Busy") == 1, TimeSpan.FromMinutes(15), "a busy runner");
        }

        var machines = scenario.Living.Select(instance => instance.Id).ToList();
        var renamed = what == Organization ? "our-org/app" : "my-org/service";
        scenario.World.GitHub.Rename(what, what == Organization ? "our-org" : renamed);
        await scenario.Driver.RunForAsync(TimeSpan.FromMinutes(75)); // GitHub's tokens from before the rename, good for an hour, have ended
        Assert.Equal(machines, scenario.Living.Select(instance => instance.Id));
        if (restarts)
        {
            await scenario.KillOperatorAsync();
        }

        var url = scenario.World.GitHub.UrlOf(what == Organization ? "our-org" : renamed).AbsoluteUri;
        scenario.PatchPool($$"""{"github": {"url": "{{url}}"} }""");
        if (restarts)
        {
            await scenario.StartOperatorAsync();
        }

        await scenario.Driver.RunUntilAsync(
            () => scenario.ConditionOf("runnerpools", Scenario.Pool, "DemandReady")?.Status == "True" && UrlsOfRunners(scenario).All(one => one == url),
            TimeSpan.FromMinutes(20), "an open demand, and the runner's new address");
        Assert.Equal(isBusy ? 1 : 0, scenario.Leases("Busy"));
        Queue(scenario, renamed, TimeSpan.FromMinutes(3));
        await scenario.UntilServedAsync();

        Assert.Equal(set, scenario.World.GitHub.ScaleSets.All.Select(one => one.Id));
        Assert.DoesNotContain(scenario.Events, item => item.Reason is "LeftOver" or "ScaleSetTaken");
        Assert.All(scenario.World.GitHub.Jobs, job => Assert.Equal(JobOutcome.Succeeded, job.Outcome));
        Assert.InRange(scenario.World.Aws.Instances.Count, machines.Count, machines.Count + 1);
        scenario.DeletePool();
        await scenario.UntilEmptyAsync();
        Assert.Empty(scenario.World.GitHub.ScaleSets.All);
    }

    [Fact]
    public async Task RepositoryTransferred_AndCorrectedAtOnce_TheScaleSetStays()
    {
        await using var scenario = await StartAsync(Repository, "ScaleSet");
        var set = Assert.Single(scenario.World.GitHub.ScaleSets.All).Id;
        scenario.World.GitHub.Rename(Repository, "other-org/app");
        scenario.PatchPool($$"""{"github": {"url": "{{scenario.World.GitHub.UrlOf("other-org/app")}}"} }""");

        Queue(scenario, "other-org/app", TimeSpan.FromMinutes(3));
        await scenario.UntilServedAsync();
        Assert.Equal(set, Assert.Single(scenario.World.GitHub.ScaleSets.All).Id);
        Assert.DoesNotContain(scenario.Events, item => item.Reason == "LeftOver");
    }

    private static async Task<Scenario> StartAsync(string what, string demand)
    {
        var scenario = await Scenario.StartAsync();
        scenario.World.AddWebhook(Scenario.WebhookSecret);
        scenario.ApplyPool(minIdle: 0, demand, runner: "idleTimeout: 5h", url: scenario.World.GitHub.UrlOf(what).ToString(), maxRuntime: "6h");
        await scenario.StartOperatorAsync();
        await scenario.UntilOpenAsync();

        // A first machine that stays.
        scenario.PatchPool("""{"capacity": {"minIdle": 1} }""");
        await scenario.UntilIdleAsync(1);
        scenario.PatchPool("""{"capacity": {"minIdle": 0} }""");
        await scenario.Driver.SettleAsync(); // a job that came before the pool was seen to want no idle runner would have its runner replaced
        return scenario;
    }

    private static void Queue(Scenario scenario, string repository, TimeSpan duration) => scenario.World.GitHub.QueueJob(repository, ["linux"], duration);

    private static IEnumerable<string?> UrlsOfRunners(Scenario scenario) =>
        scenario.World.Kubernetes.Objects.List("runnerleases", "default").Select(lease => ((JsonNode)lease)["status"]?["runner"]?["url"]?.ToString());
}

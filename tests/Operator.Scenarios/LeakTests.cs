using System.Text.Json.Nodes;
using Operator.Simulator.World;
using Xunit.Abstractions;

namespace Operator.Scenarios;

/// <summary>All state is bounded: an hour in which pools, leases, Secrets and hosts are created and deleted leaves nothing behind.</summary>
public sealed class LeakTests(ITestOutputHelper output)
{
    private const int Rounds = 3;

    /// <summary>State that may grow, and why it is still bounded.</summary>
    private static readonly string[] Bounded =
    [
        "RecentIds`1", // the last so many
        "AwsClientFactory.", // of the accounts and regions of deleted pools, which are swept for seven days, and a day more
        "Ec2InstanceProvider._inventories",
        "OrphanedInstances._orphans",
        "SweepService._running",
        "SpotPriceProvider.", // of accounts that no pool uses, for a day
        "SpotMarket.",
        "SpotQuote.",
        "SpotQuotes.",
        "OnDemandPriceLists._wantedAt", // of such regions, for two
        "LaunchLimiter._buckets", // for an hour
        "SsmMailbox._turns",
        "ExpiringCache`2", // for hours
        "InstanceTypeInfo.",
        "PoolOwnershipStore.", // deleted pools, for seven days
        "OwnedPool.", // their accounts
        "RecordShares.", // what they take up
        "EventCorrelator", // the last so many
        "GitHubPages`1", // the last so many lists
        "GitHubPage`1", // of these
        "GitHubJob.",
    ];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task HourOfChurn_LeavesNothingBehind(bool onTheStandby)
    {
        await using var scenario = await Scenario.StartAsync();
        scenario.World.LeaderElect = onTheStandby;
        await scenario.StartOperatorAsync();
        await scenario.Driver.RunForAsync(TimeSpan.FromSeconds(10));
        if (onTheStandby)
        {
            await scenario.StartOperatorAsync();
        }

        scenario.ApplyPool(minIdle: 0, name: "stays");
        var before = await AfterChurnAsync(scenario, 0);
        Assert.Contains("ObjectStore`1._entries", before.Keys); // the walk has reached the stores
        var after = await AfterChurnAsync(scenario, Rounds);

        foreach (var (holder, count) in after)
        {
            output.WriteLine($"{holder}: {before.GetValueOrDefault(holder)} > {count}");
        }

        Assert.Empty(after.Where(held => held.Value > before.GetValueOrDefault(held.Key) && !Bounded.Any(known => held.Key.Contains(known, StringComparison.Ordinal)))
            .Select(held => $"{held.Key}: {before.GetValueOrDefault(held.Key)} > {held.Value}"));
    }

    // What is kept for an hour, such as lists and finished runners, is that of the last rounds.
    private static async Task<SortedDictionary<string, int>> AfterChurnAsync(Scenario scenario, int first)
    {
        for (var round = first; round < first + Rounds; round++)
        {
            await ChurnAsync(scenario, round);
        }

        await scenario.Driver.RunForAsync(TimeSpan.FromMinutes(90));
        return HeldObjects.Count(scenario.Operator.Held);
    }

    private static string Region(int round) => $"xx-passing-{round + 1}";

    // A pool with its own Secret is created, serves a job from each demand source, one of them in a region of its own, and is deleted.
    private static async Task ChurnAsync(Scenario scenario, int round)
    {
        var name = $"passing-{round}";
        scenario.World.Kubernetes.Objects.Apply(new JsonObject
        {
            ["apiVersion"] = "v1",
            ["kind"] = "Secret",
            ["metadata"] = new JsonObject { ["name"] = name, ["namespace"] = "default" },
            ["stringData"] = new JsonObject { ["github_token"] = SimulatedWorld.Token, ["github_webhook_secret_token"] = $"secret {round}" },
        });
        scenario.World.AddPlace(Region(round), account: null);
        foreach (var demand in new[] { "ScaleSet", "Webhook", "LeasesOnly" })
        {
            var pool = $"{name}-{demand.ToLowerInvariant()}";
            scenario.ApplyPool(minIdle: 1, demand, name: pool, labels: pool);
            scenario.World.Kubernetes.Objects.Patch("runnerpools", "default", pool, new JsonObject
            {
                ["spec"] = new JsonObject
                {
                    ["github"] = new JsonObject { ["credentialsSecretName"] = name },
                    ["launch"] = new JsonObject { ["region"] = demand == "Webhook" ? Region(round) : null },
                },
            });
            if (demand != "LeasesOnly")
            {
                scenario.World.GitHub.QueueJob(SimulatedWorld.Repository, [pool], TimeSpan.FromMinutes(1));
            }
        }

        await scenario.Driver.RunForAsync(TimeSpan.FromMinutes(6));
        foreach (var demand in new[] { "scaleset", "webhook", "leasesonly" })
        {
            scenario.World.Kubernetes.Objects.Delete("runnerpools", "default", $"{name}-{demand}");
        }

        await scenario.Driver.RunUntilAsync(
            () => scenario.World.Kubernetes.Objects.List("runnerpools", "default").Count == 1, TimeSpan.FromMinutes(30), "the pools have gone");
        scenario.World.Kubernetes.Objects.Delete("secrets", "default", name);
    }
}

using System.Text.Json.Nodes;
using Operator.Simulator.World;

namespace Operator.Scenarios;

/// <summary>
/// What keeps jobs from a pool, through either demand, from the start or later: a condition says so and what to do, nothing hurries, and when
/// it is repaired the job that waited is served by one machine.
/// </summary>
[Trait("Pace", "Slow")]
public sealed class DemandFaultTests
{
    private const long Installation = 99;

    private static readonly Dictionary<string, SourceFault> Faults = new(StringComparer.Ordinal)
    {
        ["label that GitHub refuses"] = new("DemandReady", "LabelRefused", "change spec.github.labels")
        {
            Demands = ["ScaleSet"],
            IsFromTheStart = true,
            Break = scenario => scenario.World.GitHubFaults.On("github:CreateScaleSet").Error(400, "ArgumentException", "no such label"),
            Repair = scenario => scenario.World.GitHubFaults.Clear(),
        },
        ["suspended installation, at the demand"] = new("DemandReady", "InstallationSuspended", "unsuspend")
        {
            Demands = ["ScaleSet"],
            IsFromTheStart = true,
            Break = scenario => scenario.World.GitHub.SuspendInstallation(Installation),
            Repair = scenario => scenario.World.GitHub.SuspendInstallation(Installation, suspended: false),
        },
        ["suspended installation"] = new("CredentialsReady", "GitHubInstallationSuspended", "unsuspend")
        {
            Break = scenario => scenario.World.GitHub.SuspendInstallation(Installation),
            Repair = scenario => scenario.World.GitHub.SuspendInstallation(Installation, suspended: false),
        },
        ["missing permission, at the demand"] = new("DemandReady", "PermissionDenied", "permission to manage self-hosted runners")
        {
            Demands = ["ScaleSet"],
            IsFromTheStart = true,
            Break = scenario => scenario.World.GitHub.AllowRunners(Installation, allowed: false),
            Repair = scenario => scenario.World.GitHub.AllowRunners(Installation, allowed: true),
        },
        ["missing permission"] = new("CredentialsReady", "GitHubForbidden", "permission to manage self-hosted runners")
        {
            Break = scenario => scenario.World.GitHub.AllowRunners(Installation, allowed: false),
            Repair = scenario => scenario.World.GitHub.AllowRunners(Installation, allowed: true),
        },
        ["wrong clock"] = new("CredentialsReady", "GitHubUnauthorized", "clock")
        {
            IsFromTheStart = true,
            Break = scenario => ClockOf(scenario).Ahead = TimeSpan.FromMinutes(7),
            Repair = scenario => ClockOf(scenario).Ahead = TimeSpan.Zero,
        },
        ["registration limit"] = new("Ready", "GitHubRateLimited", "resumes automatically")
        {
            IsOfLease = true,
            Break = LimitRegistrations,
            Repair = scenario => scenario.World.GitHubFaults.Clear(),
        },
    };

    public static TheoryData<string, string, bool> Cases
    {
        get
        {
            var cases = new TheoryData<string, string, bool>();
            foreach (var (name, fault) in Faults)
            {
                foreach (var demand in fault.Demands)
                {
                    cases.Add(name, demand, true);
                    if (!fault.IsFromTheStart)
                    {
                        cases.Add(name, demand, false);
                    }
                }
            }

            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Fault_OfADemandSource_IsReportedCalmly_AndTheJobIsServedOnceWhenItIsRepaired(string name, string demand, bool fromTheStart)
    {
        var fault = Faults[name];
        await using var scenario = await Scenario.StartAsync();
        scenario.World.AddWebhook(Scenario.WebhookSecret);
        scenario.World.OperatorClock = new WrongClock(scenario.World.Clock);
        scenario.ApplyPool(minIdle: 0, demand, runner: "idleTimeout: 2m");
        scenario.UseApp(installation: Installation);
        if (!fromTheStart)
        {
            await scenario.StartOperatorAsync();
            await scenario.UntilOpenAsync();
        }

        fault.Break(scenario);
        if (fromTheStart)
        {
            await scenario.StartOperatorAsync();
        }

        scenario.World.GitHub.QueueJob(SimulatedWorld.Repository, ["linux"], TimeSpan.FromMinutes(3));
        await scenario.Driver.RunUntilAsync(() => fault.IsSeen(scenario), TimeSpan.FromMinutes(15), $"{fault.Condition} {fault.Reason}");
        var calls = scenario.World.GitHubCalls.Count("github:");
        await scenario.Driver.RunForAsync(TimeSpan.FromMinutes(3));
        Assert.InRange(scenario.World.GitHubCalls.Count("github:") - calls, 1, 150); // a listing every 5 s, and a few tries
        Assert.True(fault.IsSeen(scenario), "it stays said");
        fault.Repair(scenario);

        await scenario.UntilServedAsync();
        await scenario.Driver.RunUntilAsync(() => scenario.Living.Count == 0, TimeSpan.FromMinutes(15), "the machine gone");
        Assert.Single(scenario.World.Aws.Instances);
        await scenario.UntilOpenAsync();
        scenario.DeletePool();
        await scenario.UntilEmptyAsync();
        Assert.Empty(scenario.World.GitHub.ScaleSets.All);
    }

    private static void LimitRegistrations(Scenario scenario)
    {
        foreach (var call in new[] { "GenerateJitConfig", "GenerateScaleSetJitConfig" })
        {
            scenario.World.GitHubFaults.On($"github:{call}").Error(429, "TooManyRequests", retryAfter: TimeSpan.FromMinutes(1));
        }
    }

    private static WrongClock ClockOf(Scenario scenario) => (WrongClock)scenario.World.OperatorClock;

    private sealed record SourceFault(string Condition, string Reason, string Remedy)
    {
        public required Action<Scenario> Break { get; init; }

        public required Action<Scenario> Repair { get; init; }

        public string[] Demands { get; init; } = ["ScaleSet", "Webhook"];

        /// <summary>Whether it shows only while the demand is being opened.</summary>
        public bool IsFromTheStart { get; init; }

        public bool IsOfLease { get; init; }

        public bool IsSeen(Scenario scenario) => Names(scenario).Any(name =>
            scenario.ConditionOf(IsOfLease ? "runnerleases" : "runnerpools", name, Condition) is { Status: "False" } seen
            && seen.Reason == Reason && seen.Message.Contains(Remedy, StringComparison.Ordinal));

        private IEnumerable<string> Names(Scenario scenario) => IsOfLease
            ? scenario.World.Kubernetes.Objects.List("runnerleases", "default").Select(lease => ((JsonNode)lease)["metadata"]!["name"]!.ToString())
            : [Scenario.Pool];
    }
}

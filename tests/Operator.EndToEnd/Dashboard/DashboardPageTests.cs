using System.Globalization;
using System.Text.RegularExpressions;
using Operator.Dashboard;
using Operator.EndToEnd.Support;
using Operator.Simulator.GitHub;
using Operator.Simulator.Time;
using Operator.Simulator.World;

namespace Operator.EndToEnd.Dashboard;

/// <summary>The dashboard's page: it is built from its sources, and <c>tests/javascript/browser</c> looks at it in a browser.</summary>
public sealed partial class DashboardPageTests
{
    [NodeFact]
    public async Task Page_BuiltAgain_IsTheCommittedOne() => (await Tool.RunAsync(Repository.PathOf("scripts/build-dashboard"), ["--check"])).Require();

    [BrowserFact]
    public async Task Page_InABrowser_PassesItsSuite()
    {
        await using var world = await SimulatedWorld.StartAsync(
            new WorldOptions
            {
                Clock = new AcceleratedTimeProvider(new(2026, 1, 5, 9, 0, 0, TimeSpan.Zero), speed: 10, TimeProvider.System),
                NetworkTime = TimeProvider.System,
                Aws = new() { EnforceRequestBuckets = false },
                GitHub = new() { Limits = GitHubLimits.None },
            },
            CancellationToken.None);
        (world.ServesDashboard, world.LeaderElect) = (true, true);
        await using var leader = await world.StartOperatorAsync(new CallGate(), _ => { }, CancellationToken.None);
        world.Dashboard = new() { Authentication = DashboardAuthentication.Token };
        await using var standby = await world.StartOperatorAsync(new CallGate(), _ => { }, CancellationToken.None);
        Prepare(world);
        await Eventually.IsTrueAsync(() => world.GitHub.Jobs.Any(job => job.RunnerName is not null), "a job runs");

        var result = await JavaScriptSuite.RunAsync("browser", new Dictionary<string, string>
        {
            ["DASHBOARD_URL"] = leader.Dashboard!.ToString(),
            ["DASHBOARD_TOKEN_URL"] = standby.Dashboard!.ToString(),
            ["DASHBOARD_TOKEN"] = "of-alice",
        }, "dashboard.test.js");

        Assert.True(int.Parse(PassCount().Match(result.Require()).Groups["count"].Value, CultureInfo.InvariantCulture) >= 17, result.Output);
    }

    private static void Prepare(SimulatedWorld world)
    {
        var reviews = world.Kubernetes.Reviews;
        reviews.AddToken("of-alice", "alice", DashboardOptions.Audience);
        reviews.Allow("alice", "list", "runnerpools");
        reviews.Allow("alice", "list", "runnerleases");
        world.Apply($$"""
            apiVersion: v1
            kind: Secret
            metadata: {name: github-app}
            stringData: {github_token: {{SimulatedWorld.Token}} }
            ---
            apiVersion: ec2runners.dev/v1alpha1
            kind: ResourceClass
            metadata: {name: medium}
            spec: {cpu: 2, memory: 4Gi, disk: 30Gi, isDefault: true}
            """);
        ApplyPool(world, "linux", minIdle: 2, "al2023-ami-kernel-default-x86_64");
        ApplyPool(world, "broken", minIdle: 1, "no-such-image");
        for (var job = 0; job < 6; job++)
        {
            world.GitHub.QueueJob(SimulatedWorld.Repository, ["linux"], TimeSpan.FromMinutes(job < 3 ? 2 : 120));
        }
    }

    private static void ApplyPool(SimulatedWorld world, string name, int minIdle, string image) => world.Apply($$"""
        apiVersion: ec2runners.dev/v1alpha1
        kind: RunnerPool
        metadata: {name: {{name}} }
        spec:
          github: {url: "https://github.com/my-org", credentialsSecretName: github-app, labels: [{{name}}]}
          capacity: {minIdle: {{minIdle}}, maxRunners: 8}
          launch:
            image: {ssmParameter: /aws/service/ami-amazon-linux-latest/{{image}} }
            iamInstanceProfile: ci-runner
            subnets: {tags: {"ec2runners.dev:discovery": "true"} }
            securityGroups: {tags: {"ec2runners.dev:discovery": "true"} }
        """);

    [GeneratedRegex(@"^# pass (?<count>\d+)$", RegexOptions.Multiline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex PassCount();
}

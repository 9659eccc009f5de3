using Operator.Simulator.Aws;
using Operator.Simulator.Aws.Ec2.Instances;
using Operator.Simulator.GitHub;
using Operator.Simulator.Time;
using Operator.Simulator.World;

namespace Operator.Simulator.Tests.Scenarios;

/// <summary>A world on a manual clock with one operator, and the words that scenarios are told in.</summary>
public sealed class Scenario : IAsyncDisposable
{
    public const string Pool = "runners";
    public const string WebhookSecret = "It's a Secret to Everybody";

    private readonly ManualTimeProvider _clock;

    private Scenario(ManualTimeProvider clock, SimulatedWorld world)
    {
        (_clock, World, Driver) = (clock, world, new WorldDriver(world, clock));
    }

    public SimulatedWorld World { get; }

    public WorldDriver Driver { get; }

    public OperatorIncarnation Operator => Driver.Operators[^1];

    public IReadOnlyList<InstanceSnapshot> Living => [.. World.Aws.Instances.Where(instance =>
        instance.State is not (InstanceState.ShuttingDown or InstanceState.Terminated))];

    public static async Task<Scenario> StartAsync(SimulatedAwsOptions? aws = null, int seed = 1)
    {
        var clock = new ManualTimeProvider();
        var world = await SimulatedWorld.StartAsync(
            new WorldOptions
            {
                Clock = clock,
                Seed = seed,
                Aws = aws ?? new() { EnforceRequestBuckets = false },
                GitHub = new() { Limits = GitHubLimits.None },
            },
            CancellationToken.None);
        return new Scenario(clock, world);
    }

    public async Task StartOperatorAsync(CallGate? gate = null)
    {
        try
        {
            Driver.Operators.Add(await World.StartOperatorAsync(gate ?? new CallGate(), _ => { }, CancellationToken.None));
        }
        catch (HttpRequestException) when (gate is { IsDead: true })
        {
            // Killed before it had begun.
        }
    }

    public async Task KillOperatorAsync()
    {
        await Operator.KillAsync();
        Driver.Operators.Remove(Operator);
    }

    public void ApplyPool(int minIdle, string demand = "ScaleSet", int maxRunners = 5, string runner = "", string extra = "", string group = "default") => World.Apply($$"""
        apiVersion: v1
        kind: Secret
        metadata: {name: github-app}
        stringData: { github_token: {{SimulatedWorld.Token}}, github_webhook_secret_token: "{{WebhookSecret}}" }
        ---
        apiVersion: ec2runners.dev/v1alpha1
        kind: ResourceClass
        metadata: {name: medium}
        spec: {cpu: 2, memory: 4Gi, disk: 30Gi, isDefault: true}
        ---
        apiVersion: ec2runners.dev/v1alpha1
        kind: RunnerPool
        metadata: { name: {{Pool}} }
        spec:
          github: {url: "https://github.com/my-org", credentialsSecretName: github-app, labels: [linux], runnerGroup: {{group}}, demand: {{demand}} }
          capacity: {minIdle: {{minIdle}}, maxRunners: {{maxRunners}} }
          launch:
            image: {ssmParameter: /aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64}
            iamInstanceProfile: ci-runner
            subnets: {tags: {"ec2runners.dev:discovery": "true"} }
            securityGroups: {tags: {"ec2runners.dev:discovery": "true"} }
          runner: {maxRuntime: 1h, {{runner}} }
          {{extra}}
        """);

    public void ApplyLease(string name, string label) => World.Apply($$"""
        apiVersion: ec2runners.dev/v1alpha1
        kind: RunnerLease
        metadata: { name: {{name}} }
        spec:
          poolName: {{Pool}}
          holder: {kind: WorkflowRun, repository: my-org/app, runId: "{{label}}" }
          labels: ["{{label}}"]
        """);

    public void DeletePool() => World.Kubernetes.Objects.Delete("runnerpools", "default", Pool);

    public int Leases(string phase) => World.Kubernetes.Objects.List("runnerleases", "default")
        .Count(lease => lease["status"]?["phase"]?.GetValue<string>() == phase);

    public Task UntilIdleAsync(int count) =>
        Driver.RunUntilAsync(() => Leases("Idle") == count, TimeSpan.FromMinutes(15), $"{count} idle runners");

    public bool IsEmpty =>
        World.Kubernetes.Objects.List("runnerleases", "default").Count == 0
        && World.Kubernetes.Objects.Get("runnerpools", "default", Pool) is null
        && Living.Count == 0
        && World.GitHub.Runners.Count == 0
        && World.Aws.LaunchTemplates.Count == 0
        && World.Aws.Parameters.Count == 0;

    public Task UntilEmptyAsync() => Driver.RunUntilAsync(() => IsEmpty, TimeSpan.FromHours(8), "nothing is left over");

    public async ValueTask DisposeAsync()
    {
        foreach (var process in Driver.Operators)
        {
            await process.DisposeAsync();
        }

        await World.DisposeAsync();
    }
}

using System.Text.Json.Nodes;
using Operator.Simulator.Aws;
using Operator.Simulator.Aws.Ec2.Instances;
using Operator.Simulator.GitHub;
using Operator.Simulator.Network;
using Operator.Simulator.Time;
using Operator.Simulator.World;

namespace Operator.Scenarios;

/// <summary>A world on a manual clock with one operator, and the vocabulary of the scenarios.</summary>
public sealed class Scenario : IAsyncDisposable
{
    public const string Pool = "runners";

    /// <summary>What the secret of the pool holds.</summary>
    public const string Secret = $"github_token: {SimulatedWorld.Token}, github_webhook_secret_token: \"{WebhookSecret}\"";
    public const string WebhookSecret = "It's a Secret to Everybody";

    private Scenario(ManualTimeProvider clock, SimulatedWorld world)
    {
        (World, Driver) = (world, new WorldDriver(world, clock));
        Http = new HttpClient(world.Network.Connect(new SocketsHttpHandler()));
    }

    public SimulatedWorld World { get; }

    public WorldDriver Driver { get; }

    /// <summary>What the tests themselves reach the parts by.</summary>
    public HttpClient Http { get; }

    public OperatorIncarnation Operator => Driver.Operators[^1];

    public IReadOnlyList<InstanceSnapshot> Living => [.. World.Aws.Instances.Where(instance =>
        instance.State is not (InstanceState.ShuttingDown or InstanceState.Terminated))];

    public static async Task<Scenario> StartAsync(SimulatedAwsOptions? aws = null, int seed = 1, SimulatedGitHubOptions? gitHub = null)
    {
        var clock = new ManualTimeProvider();
        var world = await SimulatedWorld.StartAsync(
            new WorldOptions
            {
                Clock = clock,
                Network = await MemoryNetwork.CreateAsync(),
                Seed = seed,
                Aws = aws ?? new() { EnforceRequestBuckets = false },
                GitHub = gitHub ?? new() { Limits = GitHubLimits.None },
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

    /// <summary>Kills every process, or nothing if the last one has not started.</summary>
    public async Task KillOperatorsAsync()
    {
        foreach (var process in Driver.Operators.ToList())
        {
            Driver.Operators.Remove(process);
            await process.KillAsync();
        }
    }

    public void ApplyPool(
        int minIdle, string demand = "ScaleSet", int maxRunners = 5, string runner = "", string extra = "", string group = "default", string name = Pool,
        string labels = "linux", string url = "https://github.com/my-org", string maxRuntime = "1h", string launch = "") => World.Apply($$"""
        apiVersion: v1
        kind: Secret
        metadata: {name: github-app}
        stringData: { {{Secret}} }
        ---
        apiVersion: ec2runners.dev/v1alpha1
        kind: ResourceClass
        metadata: {name: medium}
        spec: {cpu: 2, memory: 4Gi, disk: 30Gi, isDefault: true}
        ---
        apiVersion: ec2runners.dev/v1alpha1
        kind: RunnerPool
        metadata: { name: {{name}} }
        spec:
          github: {url: "{{url}}", credentialsSecretName: github-app, labels: [{{labels}}], runnerGroup: {{group}}, demand: {{demand}} }
          capacity: {minIdle: {{minIdle}}, maxRunners: {{maxRunners}} }
          launch:
            image: {ssmParameter: /aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64}
            iamInstanceProfile: ci-runner
            {{launch}}
            subnets: {tags: {"ec2runners.dev:discovery": "true"} }
            securityGroups: {tags: {"ec2runners.dev:discovery": "true"} }
          runner: {maxRuntime: {{maxRuntime}}, {{runner}} }
          {{extra}}
        """);

    /// <summary>Changes the Secret to an App's installation, and declares both at GitHub.</summary>
    public void UseApp(string appId = "77", long installation = 99, string? key = null)
    {
        var pem = World.GitHub.AddApp(appId, key);
        World.GitHub.AddInstallation(appId, installation, SimulatedWorld.Organization);
        ApplySecret($"github_app_id: '{appId}', github_app_installation_id: '{installation}', "
            + $"github_app_private_key: {System.Text.Json.JsonSerializer.Serialize(pem)}, github_webhook_secret_token: \"{WebhookSecret}\"");
    }

    public void ApplyLease(string name, string label, string extra = "") => World.Apply($$"""
        apiVersion: ec2runners.dev/v1alpha1
        kind: RunnerLease
        metadata: { name: {{name}} }
        spec:
          poolName: {{Pool}}
          holder: {kind: WorkflowRun, repository: my-org/app, runId: "{{label}}" }
          labels: ["{{label}}"]
          {{extra}}
        """);

    public void ApplySecret(string fields, string name = "github-app")
    {
        if (World.Kubernetes.Objects.Get("secrets", "default", name) is not null)
        {
            World.Kubernetes.Objects.Delete("secrets", "default", name);
        }

        World.Apply($"apiVersion: v1\nkind: Secret\nmetadata: {{name: {name}}}\nstringData: {{{fields}}}\n");
    }

    /// <summary>Makes the pool use an App, and installs that or not.</summary>
    public void UseApp(bool installed)
    {
        var key = World.GitHub.AddApp("7");
        if (installed)
        {
            World.GitHub.AddInstallation("7", 70, SimulatedWorld.Organization);
        }

        ApplySecret($"github_app_id: '7', github_app_installation_id: '70', github_app_private_key: {JsonValue.Create(key).ToJsonString()}");
    }

    /// <summary>Installs a definition that another version of the operator would have brought.</summary>
    public void ChangeSchema(string resource, Action<JsonObject> change)
    {
        var definition = World.Kubernetes.Objects.Get("customresourcedefinitions", "", resource + ".ec2runners.dev")!;
        var schema = definition["spec"]!["versions"]![0]!["schema"]!["openAPIV3Schema"]!.DeepClone().AsObject();
        change(schema);
        SetSchema(resource, schema);
    }

    /// <summary>Makes another pool like the first one, in any namespace; there with the same Secret.</summary>
    public void CopyPool(string name, string space, string labels, string? url = null, int minIdle = 0)
    {
        var pool = World.Kubernetes.Objects.Get("runnerpools", "default", Pool)!;
        pool["metadata"] = new JsonObject { ["name"] = name, ["namespace"] = space };
        pool.Remove("status");
        pool["spec"]!["github"]!["labels"] = new JsonArray([.. labels.Trim('[', ']').Split(',').Select(label => (JsonNode)label)]);
        pool["spec"]!["github"]!["url"] = url ?? pool["spec"]!["github"]!["url"]!.ToString();
        pool["spec"]!["capacity"]!["minIdle"] = minIdle;
        if (World.Kubernetes.Objects.Get("secrets", space, "github-app") is null)
        {
            var secret = World.Kubernetes.Objects.Get("secrets", "default", "github-app")!;
            secret["metadata"] = new JsonObject { ["name"] = "github-app", ["namespace"] = space };
            World.Kubernetes.Objects.Apply(secret);
        }

        World.Kubernetes.Objects.Apply(pool);
    }

    public void PatchPool(string spec) => World.Kubernetes.Objects.Patch(
        "runnerpools", "default", Pool, new JsonObject { ["spec"] = JsonNode.Parse(spec) });

    /// <summary>Stores an object as an older version of its definition, or a careless one, would have let through.</summary>
    public void StoreUnchecked(string resource, string kind, string manifest)
    {
        var strict = World.Kubernetes.Objects.Get("customresourcedefinitions", "", resource + ".ec2runners.dev")!;
        var item = JsonNode.Parse(manifest)!.AsObject();
        item["apiVersion"] = "ec2runners.dev/v1alpha1";
        item["kind"] = kind;
        SetSchema(resource, new JsonObject { ["type"] = "object", ["x-kubernetes-preserve-unknown-fields"] = true });
        World.Kubernetes.Objects.Apply(item);
        SetSchema(resource, strict["spec"]!["versions"]![0]!["schema"]!["openAPIV3Schema"]!.DeepClone());
    }

    public (string Status, string Reason, string Message)? ConditionOf(string resource, string name, string type, string space = "default") =>
        (World.Kubernetes.Objects.Get(resource, space, name)?["status"]?["conditions"] as JsonArray ?? [])
        .Where(condition => condition!["type"]!.ToString() == type)
        .Select(condition => ((string, string, string)?)(condition!["status"]!.ToString(), condition["reason"]!.ToString(), condition["message"]!.ToString()))
        .FirstOrDefault();

    public IReadOnlyList<(string Reason, string Message)> Events =>
        [.. World.Kubernetes.Objects.List("events").Select(item => (item["reason"]!.ToString(), item["message"]!.ToString()))];

    public void DeletePool() => World.Kubernetes.Objects.Delete("runnerpools", "default", Pool);

    public int Leases(string phase) => World.Kubernetes.Objects.List("runnerleases", "default")
        .Count(lease => lease["status"]?["phase"]?.GetValue<string>() == phase);

    public Task UntilIdleAsync(int count) =>
        Driver.RunUntilAsync(() => Leases("Idle") == count, TimeSpan.FromMinutes(15), $"{count} idle runners");

    /// <summary>Waits until the pool's demand is open and its template is there.</summary>
    public Task UntilOpenAsync(string pool = Pool) => Driver.RunUntilAsync(
        () => ConditionOf("runnerpools", pool, "DemandReady")?.Status == "True" && ConditionOf("runnerpools", pool, "TemplateReady")?.Status == "True",
        TimeSpan.FromMinutes(15), $"an open demand of {pool}");

    /// <summary>Waits until the pool's template is there, and its demand is open if it has one.</summary>
    public Task UntilOpenOrPreparedAsync(string demand) => demand != "LeasesOnly" ? UntilOpenAsync() : Driver.RunUntilAsync(
        () => ConditionOf("runnerpools", Pool, "TemplateReady")?.Status == "True", TimeSpan.FromMinutes(15), "a template");

    public Task UntilServedAsync() => Driver.RunUntilAsync(
        () => World.GitHub.Jobs.All(job => job.Outcome == JobOutcome.Succeeded), TimeSpan.FromHours(2), "every job is served");

    /// <summary>Queues a job and cancels it, five times, as <c>cancel-in-progress</c> does, and queues it once more.</summary>
    /// <returns>The last one.</returns>
    public async Task<SimulatedJob> QueueAndCancelFiveTimesAsync()
    {
        for (var i = 0; i < 5; i++)
        {
            var job = QueueJob();
            await Driver.RunForAsync(TimeSpan.FromSeconds(3));
            World.GitHub.CancelJob(job.Id);
            await Driver.RunForAsync(TimeSpan.FromSeconds(1));
        }

        return QueueJob();

        SimulatedJob QueueJob() => World.GitHub.QueueJob(SimulatedWorld.Repository, ["linux"], TimeSpan.FromMinutes(3));
    }

    public bool IsEmpty =>
        World.Kubernetes.Objects.List("runnerleases", "default").Count == 0
        && World.Kubernetes.Objects.Get("runnerpools", "default", Pool) is null
        && Living.Count == 0
        && World.GitHub.Runners.Count == 0
        && World.Aws.LaunchTemplates.Count == 0
        && World.Aws.Groups.All.Count == 0
        && World.Aws.Parameters.Count == 0;

    public Task UntilEmptyAsync() => Driver.RunUntilAsync(() => IsEmpty, TimeSpan.FromHours(8), "nothing is left over");

    /// <summary>Deletes the pool, and demands that everything went in order: each lease took its command with it, and no sweep had to remove anything.</summary>
    public async Task UntilTidyAsync()
    {
        DeletePool();
        await Driver.RunUntilAsync(() => World.Kubernetes.Objects.List("runnerleases", "default").Count == 0, TimeSpan.FromHours(8), "no lease is left");
        Assert.Empty(World.Aws.Parameters);
        await UntilEmptyAsync();
        var metrics = await Http.GetStringAsync(new Uri(Operator.Address, "/metrics"));
        var removed = metrics.Split('\n').Where(line => line.StartsWith("ec2runners_orphans_removed_total", StringComparison.Ordinal)).ToList();
        Assert.NotEmpty(removed);
        Assert.True(removed.TrueForAll(line => line.Split(' ')[^1] is "0" or "0.0"), $"{string.Join('\n', removed)}\n{WorldReport.Create(World)}");
    }

    private void SetSchema(string resource, JsonNode schema)
    {
        var definition = World.Kubernetes.Objects.Get("customresourcedefinitions", "", resource + ".ec2runners.dev")!;
        definition["metadata"] = new JsonObject { ["name"] = resource + ".ec2runners.dev" };
        definition.Remove("status");
        definition["spec"]!["versions"]![0]!["schema"] = new JsonObject { ["openAPIV3Schema"] = schema };
        World.Kubernetes.Objects.Apply(definition);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var process in Driver.Operators)
        {
            await process.DisposeAsync();
        }

        Http.Dispose();
        await World.DisposeAsync();
    }
}

using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Amazon.Runtime;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Logging;
using Operator.Aws.Clients;
using Operator.EndToEnd.Support;
using Operator.Entities;
using Operator.Hosting;
using Operator.Simulator.Aws;
using Operator.Simulator.Aws.Ec2.Instances;
using Operator.Simulator.GitHub;
using Operator.Simulator.Hosts;
using Operator.Simulator.World;
using KubernetesClientConfiguration = k8s.KubernetesClientConfiguration;

namespace Operator.EndToEnd.Clusters;

/// <summary>
/// The whole story on a real API server, with simulated clouds: an operator runs, the samples are applied with kubectl to one
/// namespace, become runners, and leave nothing when they are deleted.
/// </summary>
internal sealed class ClusterStory : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    // Polling without a pause would take the CPU from the operator under test.
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private readonly RealControlPlane _cluster;
    private readonly string _namespace;
    private readonly SimulatedHosts _hosts;
    private readonly DirectoryInfo _samples = Directory.CreateTempSubdirectory("samples");
    private WebApplication? _operator;

    private ClusterStory(RealControlPlane cluster, string namespaceName, SimulatedAws aws, SimulatedGitHub gitHub)
    {
        (_cluster, _namespace, Aws, GitHub) = (cluster, namespaceName, aws, gitHub);
        _hosts = new(aws, gitHub);
    }

    public SimulatedAws Aws { get; }

    public SimulatedGitHub GitHub { get; }

    /// <summary>Where the operator serves the dashboard; null where it does not.</summary>
    public Uri? Dashboard { get; private set; }

    /// <summary>Where the operator serves the lease API, if it does.</summary>
    public Uri? LeaseApi { get; private set; }

    /// <summary>The samples, with the address of the simulated GitHub.</summary>
    public string Samples => _samples.FullName;

    /// <summary>Makes the clouds, installs the kinds and makes the namespace.</summary>
    public static async Task<ClusterStory> BeginAsync(RealControlPlane cluster, string namespaceName)
    {
        var aws = new SimulatedAws(TimeProvider.System, new()
        {
            EnforceRequestBuckets = false,
            PendingTime = TimeSpan.FromMilliseconds(200),
            BootTime = TimeSpan.FromMilliseconds(500),
            ShutdownTime = TimeSpan.FromMilliseconds(200),
            VisibilityDelay = TimeSpan.FromMilliseconds(50),
        });
        await aws.StartAsync();
        var gitHub = await SimulatedGitHub.StartAsync(new SimulationGround(TimeProvider.System), new() { Limits = GitHubLimits.None });
        gitHub.AddOrganization(SimulatedWorld.Organization);
        gitHub.AddRepository(SimulatedWorld.Repository);
        gitHub.AddPersonalAccessToken(SimulatedWorld.Token);
        var story = new ClusterStory(cluster, namespaceName, aws, gitHub);
        story.WriteSamples();
        await cluster.InstallKindsAsync();
        await story.EnsureNamespaceAsync(namespaceName);

        // They are in no namespace: those of another test would be resolved already.
        await story.KubectlAsync("delete", "resourceclasses", "--all");
        return story;
    }

    /// <summary>Starts an operator against these clouds.</summary>
    /// <param name="configuration">As whom it reaches the API server.</param>
    /// <param name="options">How it runs.</param>
    /// <param name="wrapKubernetes">Goes around its calls to the API server.</param>
    public async Task StartOperatorAsync(
        KubernetesClientConfiguration configuration, OperatorOptions options, Func<HttpMessageHandler, HttpMessageHandler>? wrapKubernetes = null)
    {
        var dependencies = OperatorDependencies.Real() with
        {
            GitHub = new() { AllowLoopback = true },
            WrapHandler = wrapKubernetes is null ? null : (service, inner) => service == "kubernetes" ? wrapKubernetes(inner) : inner,
            Aws = new AwsClientOptions
            {
                Region = Aws.Options.Region,
                Ec2Endpoint = new Uri(Aws.Url),
                SsmEndpoint = new Uri(Aws.Url),
                AutoScalingEndpoint = new Uri(Aws.Url),
                Credentials = new BasicAWSCredentials("AKIAIOSFODNN7EXAMPLE", "simulated"),
            },
        };
        _operator = await OperatorProcess.BuildAsync(
            configuration, options, dependencies, logging => logging.SetMinimumLevel(LogLevel.Warning), CancellationToken.None);
        await _operator.StartAsync();
        LeaseApi = options.LeaseApiListenOn is { } leases ? new Uri(leases) : null;
        Dashboard = options.DashboardListenOn is { } page ? new Uri(page) : null;
    }

    /// <summary>Applies the samples and waits until the pools have runners.</summary>
    public async Task ApplySamplesAsync()
    {
        await KubectlAsync("apply", "-n", _namespace, "-f", Samples);
        await UntilAsync(
            async () => (await ListAsync("runnerleases")).Count(lease => PhaseOf(lease) is "Idle" or "Leased") >= 3, "idle and leased runners");
        Assert.Contains(GitHub.Runners, runner => runner.Online);
    }

    /// <summary>Lets a runner of a sample serve a job.</summary>
    public Task ServeJobAsync()
    {
        GitHub.QueueJob(SimulatedWorld.Repository, ["linux-large"], TimeSpan.FromSeconds(2));
        return UntilAsync(() => Task.FromResult(GitHub.Jobs.All(job => job.Outcome == JobOutcome.Succeeded)), "a job that is done");
    }

    /// <summary>Deletes the samples and waits until nothing is left.</summary>
    public async Task DeleteSamplesAsync()
    {
        await KubectlAsync("delete", "-n", _namespace, "-f", Samples, "--wait=false", "--ignore-not-found");
        await UntilAsync(
            async () => (await ListAsync("runnerpools")).Count == 0 && (await ListAsync("runnerleases")).Count == 0 && (await ListAsync("runnerleasesets")).All(set => set["status"]?["endedAt"] is not null), "every pool and lease to be gone");
        await UntilAsync(() => Task.FromResult(IsEmpty), "both clouds to be empty");
    }

    /// <summary>Ends the operator as SIGTERM does.</summary>
    public Task StopOperatorAsync() => _operator?.StopAsync() ?? Task.CompletedTask;

    public async Task EnsureNamespaceAsync(string name)
    {
        var created = await _cluster.KubectlAsync("create", "namespace", name);
        Assert.True(created.ExitCode == 0 || created.Error.Contains("AlreadyExists", StringComparison.Ordinal), created.Error);
    }

    public async Task<string> KubectlAsync(params string[] arguments)
    {
        var result = await _cluster.KubectlAsync(arguments);
        Assert.True(result.ExitCode == 0, $"kubectl {string.Join(' ', arguments)}: {result.Error} {result.Output}");
        return result.Output;
    }

    /// <summary>The objects of a kind in the namespace, read without kubectl: a process for each question takes what the operator needs.</summary>
    /// <param name="resource">The kind's plural.</param>
    /// <param name="query">A selector, as in <c>?labelSelector=a%3Db</c>.</param>
    public async Task<IReadOnlyList<JsonNode>> ListAsync(string resource, string query = "") =>
        [.. (await ReadAsync($"/apis/{EntityGroup.Name}/{EntityGroup.Version}/namespaces/{_namespace}/{resource}{query}"))["items"]!.AsArray().Select(item => item!)];

    /// <summary>What the API server answers to a GET, read without kubectl.</summary>
    /// <param name="path">The path.</param>
    public async Task<JsonNode> ReadAsync(string path) => (await _cluster.Client.GetFromJsonAsync<JsonNode>(path))!;

    /// <summary>A lease's phase; null where it has none yet.</summary>
    public static string? PhaseOf(JsonNode lease) => lease["status"]?["phase"]?.GetValue<string>();

    // The API server lives in real time, so these tests ask again and again; they wait for a state, never for a duration.
    public async Task UntilAsync(Func<Task<bool>> condition, string what, Func<string>? detail = null)
    {
        var begun = TimeProvider.System.GetTimestamp();
        while (!await condition())
        {
            Assert.True(
                TimeProvider.System.GetElapsedTime(begun) < Patience,
                $"waited for {what}: {detail?.Invoke()} {await KubectlAsync("get", "-n", _namespace, "runners,events", "-o", "wide")}");
            await Task.Delay(Pause);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_operator is not null)
        {
            await _operator.DisposeAsync();
        }

        _hosts.Dispose();
        await Aws.DisposeAsync();
        await GitHub.DisposeAsync();
        _samples.Delete(recursive: true);
    }

    private bool IsEmpty =>
        Aws.Instances.All(instance => instance.State is InstanceState.ShuttingDown or InstanceState.Terminated)
        && GitHub.Runners.Count == 0 && Aws.LaunchTemplates.Count == 0 && Aws.Parameters.Count == 0;

    private void WriteSamples()
    {
        foreach (var file in Directory.GetFiles(Repository.PathOf("config/samples"), "*.yaml"))
        {
            var text = File.ReadAllText(file).Replace("https://github.com/", GitHub.UrlOf("").ToString(), StringComparison.Ordinal);
            File.WriteAllText(Path.Combine(Samples, Path.GetFileName(file)), text);
        }
    }
}

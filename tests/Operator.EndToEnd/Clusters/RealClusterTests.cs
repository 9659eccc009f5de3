using Amazon.Runtime;
using Microsoft.Extensions.Logging;
using Operator.Clients.Aws;
using Operator.EndToEnd.Support;
using Operator.Hosting;
using Operator.Runtime.Client.Configuration;
using Operator.Simulator.Aws;
using Operator.Simulator.Aws.Ec2.Instances;
using Operator.Simulator.GitHub;
using Operator.Simulator.Hosts;
using Operator.Simulator.World;

namespace Operator.EndToEnd.Clusters;

/// <summary>The samples, applied with kubectl to a real API server: machines, runners, and nothing left when they are deleted.</summary>
[Collection(RealControlPlane.Collection)]
public sealed class RealClusterTests(RealControlPlane cluster)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    [ControlPlaneFact]
    public async Task Samples_AppliedAndDeletedWithKubectl_BecomeRunnersAndLeaveNothing()
    {
        await using var aws = new SimulatedAws(TimeProvider.System, new()
        {
            EnforceRequestBuckets = false,
            PendingTime = TimeSpan.FromMilliseconds(200),
            BootTime = TimeSpan.FromMilliseconds(500),
            ShutdownTime = TimeSpan.FromMilliseconds(200),
            VisibilityDelay = TimeSpan.FromMilliseconds(50),
        });
        await aws.StartAsync();
        await using var gitHub = await SimulatedGitHub.StartAsync(new SimulationGround(TimeProvider.System), new() { Limits = GitHubLimits.None });
        gitHub.AddOrganization(SimulatedWorld.Organization);
        gitHub.AddRepository(SimulatedWorld.Repository);
        gitHub.AddPersonalAccessToken(SimulatedWorld.Token);
        using var hosts = new SimulatedHosts(aws, gitHub);
        using var samples = new SampleFolder(gitHub.UrlOf("").ToString());

        await KubectlAsync("apply", "-f", Path.Combine(Repository.Root, "config", "crds"));
        await KubectlAsync("wait", "--for=condition=Established", "crd", "--all", "--timeout=30s");
        await using var app = await OperatorProcess.BuildAsync(
            KubernetesClientConfiguration.BuildFromKubeconfig(cluster.Kubeconfig), new OperatorOptions { Namespace = "default" },
            SeamsFor(aws), logging => logging.SetMinimumLevel(LogLevel.Warning), CancellationToken.None);
        await app.StartAsync();

        await KubectlAsync("apply", "-f", samples.Path);
        await UntilAsync(async () => (await PhasesAsync()).Split(' ').Count(phase => phase is "Idle" or "Leased") >= 3, "idle and leased runners");
        Assert.Contains(gitHub.Runners, runner => runner.Online);

        await KubectlAsync("delete", "-f", samples.Path, "--timeout=120s");
        await UntilAsync(() => Task.FromResult(IsEmpty(aws, gitHub)), "both clouds to be empty");
        await app.StopAsync();
    }

    private static OperatorSeams SeamsFor(SimulatedAws aws) => OperatorSeams.Real() with
    {
        Aws = new AwsClientOptions
        {
            Region = aws.Options.Region,
            Ec2Endpoint = new Uri(aws.Url),
            SsmEndpoint = new Uri(aws.Url),
            Credentials = new BasicAWSCredentials("AKIAIOSFODNN7EXAMPLE", "simulated"),
        },
    };

    private static bool IsEmpty(SimulatedAws aws, SimulatedGitHub gitHub) =>
        aws.Instances.All(instance => instance.State is InstanceState.ShuttingDown or InstanceState.Terminated)
        && gitHub.Runners.Count == 0 && aws.LaunchTemplates.Count == 0 && aws.Parameters.Count == 0;

    private async Task<string> PhasesAsync() =>
        await KubectlAsync("get", "runnerleases", "-o", "jsonpath={.items[*].status.phase}");

    private async Task<string> KubectlAsync(params string[] arguments)
    {
        var result = await cluster.KubectlAsync(arguments);
        Assert.True(result.ExitCode == 0, $"kubectl {string.Join(' ', arguments)}: {result.Output} {result.Error}");
        return result.Output;
    }

    // The API server lives in real time, so this one test asks again; it waits for a state, never for a duration.
    private async Task UntilAsync(Func<Task<bool>> condition, string what)
    {
        var begun = TimeProvider.System.GetTimestamp();
        while (!await condition())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(begun) < Patience, $"waited for {what}: {await KubectlAsync("get", "runners,events", "-o", "wide")}");
        }
    }

    /// <summary>The samples with the address of the simulated GitHub.</summary>
    private sealed class SampleFolder : IDisposable
    {
        public SampleFolder(string gitHubUrl)
        {
            Path = Directory.CreateTempSubdirectory("samples").FullName;
            foreach (var file in Directory.GetFiles(System.IO.Path.Combine(Repository.Root, "config", "samples"), "*.yaml"))
            {
                var text = File.ReadAllText(file).Replace("https://github.com/", gitHubUrl, StringComparison.Ordinal);
                File.WriteAllText(System.IO.Path.Combine(Path, System.IO.Path.GetFileName(file)), text);
            }
        }

        public string Path { get; }

        public void Dispose() => Directory.Delete(Path, recursive: true);
    }
}

using Operator.Simulator.Faults;
using Operator.Simulator.Kubernetes;

namespace Operator.EndToEnd.KubernetesContract;

/// <summary>The contract, tried on the simulator.</summary>
public sealed class SimulatedKubernetesTests(SimulatedCluster cluster) : ApiServerContract(cluster.Client), IClassFixture<SimulatedCluster>
{
    protected override Task CompactAsync(long revision)
    {
        cluster.Kubernetes.CompactTo(revision);
        return Task.CompletedTask;
    }
}

/// <summary>A simulated API server on the real clock, for clients that know no other.</summary>
public sealed class SimulatedCluster : IAsyncLifetime
{
    public SimulatedKubernetes Kubernetes { get; } = new(TimeProvider.System, new FaultInjector(), new CallLog(), Guid.NewGuid);

    public HttpClient Client { get; } = new() { Timeout = TimeSpan.FromMinutes(2) };

    /// <summary>Path of a kubeconfig that reaches it.</summary>
    public string Kubeconfig { get; } = Path.Combine(Directory.CreateTempSubdirectory("simulated-kubernetes").FullName, "kubeconfig");

    public async Task InitializeAsync()
    {
        await Kubernetes.StartAsync(CancellationToken.None);
        Kubernetes.WriteKubeconfig(Kubeconfig);
        Client.BaseAddress = new Uri(Kubernetes.Url);
    }

    public async Task DisposeAsync()
    {
        Client.Dispose();
        await Kubernetes.DisposeAsync();
        Directory.Delete(Path.GetDirectoryName(Kubeconfig)!, recursive: true);
    }
}

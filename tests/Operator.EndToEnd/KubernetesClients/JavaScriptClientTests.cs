using Operator.EndToEnd.KubernetesContract;
using Operator.EndToEnd.Support;

namespace Operator.EndToEnd.KubernetesClients;

/// <summary><c>@kubernetes/client-node</c> against the simulated and the real API server.</summary>
internal static class JavaScriptClient
{
    /// <summary>Runs the package's tests.</summary>
    /// <param name="kubeconfig">Where the API server is.</param>
    public static async Task TestAsync(string kubeconfig)
    {
        var environment = new Dictionary<string, string>(StringComparer.Ordinal) { ["KUBECONFIG"] = kubeconfig };
        (await JavaScriptSuite.RunAsync("kubernetes", environment)).Require();
    }
}

public sealed class SimulatedJavaScriptClientTests(SimulatedCluster cluster) : IClassFixture<SimulatedCluster>
{
    [NodeFact]
    public Task ClientNode_ItsOwnTests_Pass() => JavaScriptClient.TestAsync(cluster.Kubeconfig);
}

[Collection(RealControlPlane.Collection)]
public sealed class RealJavaScriptClientTests(RealControlPlane controlPlane)
{
    [NodeFact(onControlPlane: true)]
    public Task ClientNode_ItsOwnTests_Pass() => JavaScriptClient.TestAsync(controlPlane.Kubeconfig);
}

using Operator.EndToEnd.KubernetesContract;
using Operator.EndToEnd.Support;

namespace Operator.EndToEnd.KubernetesClients;

/// <summary><c>@kubernetes/client-node</c> against the simulated and the real API server.</summary>
public static class JavaScriptClient
{
    /// <summary>The folder of the package with the tests.</summary>
    public const string Package = "tests/javascript/kubernetes";

    /// <summary>Runs the package's tests.</summary>
    /// <param name="kubeconfig">Where the API server is.</param>
    public static async Task TestAsync(string kubeconfig)
    {
        var environment = new Dictionary<string, string>(StringComparer.Ordinal) { ["KUBECONFIG"] = kubeconfig };
        var tests = await Tool.RunAsync("node", ["--test", "--test-reporter=spec"], environment, directory: Repository.PathOf(Package));
        tests.Require();
    }
}

public sealed class SimulatedJavaScriptClientTests(SimulatedCluster cluster) : IClassFixture<SimulatedCluster>
{
    [JavaScriptFact(JavaScriptClient.Package)]
    public Task ClientNode_ItsOwnTests_Pass() => JavaScriptClient.TestAsync(cluster.Kubeconfig);
}

[Collection(RealControlPlane.Collection)]
public sealed class RealJavaScriptClientTests(RealControlPlane controlPlane)
{
    [JavaScriptFact(JavaScriptClient.Package, onControlPlane: true)]
    public Task ClientNode_ItsOwnTests_Pass() => JavaScriptClient.TestAsync(controlPlane.Kubeconfig);
}

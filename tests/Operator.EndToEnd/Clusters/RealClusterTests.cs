using Operator.EndToEnd.Support;
using Operator.Hosting;
using Operator.Runtime.Client.Configuration;

namespace Operator.EndToEnd.Clusters;

/// <summary>The samples, applied with kubectl to a real API server: machines, runners, and nothing left when they are deleted.</summary>
[Collection(RealControlPlane.Collection)]
public sealed class RealClusterTests(RealControlPlane cluster)
{
    [ControlPlaneFact]
    public async Task Samples_AppliedAndDeletedWithKubectl_BecomeRunnersAndLeaveNothing()
    {
        await using var story = await ClusterStory.BeginAsync(cluster, "default");
        await story.StartOperatorAsync(
            ClusterConfiguration.BuildFromKubeconfig(cluster.Kubeconfig), new OperatorOptions { Namespace = "default" });

        await story.ApplySamplesAsync();
        await story.DeleteSamplesAsync();
        await story.StopOperatorAsync();
    }
}

using Operator.EndToEnd.Support;
using Operator.Hosting;
using Operator.Runtime.LeaderElection;
using Operator.Simulator.Aws.Ec2.Instances;

namespace Operator.EndToEnd.Clusters;

/// <summary>Two replicas on a real API server: one is killed, one shuts down in order, and the work continues.</summary>
[Collection(RealControlPlane.Collection)]
public sealed class FailoverTests(RealControlPlane cluster)
{
    private const string Namespace = "failover";
    private const string Pool = "linux-on-request";

    [ControlPlaneFact]
    public async Task Leader_KilledThenStopped_AnotherGoesOn_AndNothingIsLaunchedTwice()
    {
        await using var story = await ClusterStory.BeginAsync(cluster, Namespace);
        await using var first = await OperatorReplica.StartAsync(cluster.Kubeconfig, Namespace, story.Aws);
        await using var second = await OperatorReplica.StartAsync(cluster.Kubeconfig, Namespace, story.Aws);
        await story.ApplySamplesAsync();

        await first.KillAsync();
        await ScaleAsync(story, 3);
        await using var third = await OperatorReplica.StartAsync(cluster.Kubeconfig, Namespace, story.Aws);
        var leader = await LeaderAsync(story);
        await second.StopAsync();

        // The lease was released: after a crash it would have to expire first.
        var stopped = TimeProvider.System.GetTimestamp();
        await story.UntilAsync(async () => await LeaderAsync(story) is { Length: > 0 } now && now != leader, "the third to lead");
        Assert.InRange(TimeProvider.System.GetElapsedTime(stopped), TimeSpan.Zero, new LeaderElectionOptions { Lease = new("", ""), Identity = "" }.LeaseDuration);
        await ScaleAsync(story, 4);

        Assert.All(story.Aws.Instances, instance => Assert.Equal(InstanceState.Running, instance.State));
        Assert.Equal(await CountMachinesAsync(story), story.Aws.Instances.Count);
        await story.DeleteSamplesAsync();
        await third.StopAsync();
    }

    private static async Task ScaleAsync(ClusterStory story, int idle)
    {
        await story.KubectlAsync("scale", "-n", Namespace, "runnerpool", Pool, $"--replicas={idle}");
        await story.UntilAsync(
            async () => (await story.ListAsync("runnerpools", $"?fieldSelector=metadata.name%3D{Pool}"))[0]["status"]?["runners"]?["idle"]?.GetValue<int>() == idle,
            $"{idle} idle runners");
    }

    private static async Task<string> LeaderAsync(ClusterStory story) =>
        (await story.ReadAsync($"/apis/coordination.k8s.io/v1/namespaces/{Namespace}/leases/{OperatorObjects.LeaderLease}"))["spec"]?["holderIdentity"]?.GetValue<string>() ?? "";

    private static async Task<int> CountMachinesAsync(ClusterStory story) =>
        (await story.KubectlAsync("get", "-n", Namespace, "runnerleases", "-o", "jsonpath={.items[*].status.instance.id}"))
        .Split(' ', StringSplitOptions.RemoveEmptyEntries).Distinct(StringComparer.Ordinal).Count();
}

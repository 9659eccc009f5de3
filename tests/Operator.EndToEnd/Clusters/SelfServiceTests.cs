using Operator.EndToEnd.Support;

namespace Operator.EndToEnd.Clusters;

/// <summary>The folders from which teams make their own pools, on a real API server.</summary>
[Collection(RealControlPlane.Collection)]
public sealed class SelfServiceTests(RealControlPlane cluster)
{
    [ControlPlaneFact]
    public async Task Teams_AreTaken_EachInItsNamespace()
    {
        await cluster.InstallKindsAsync();
        foreach (var (team, waiting) in new[] { ("team-a", "minIdle: 1"), ("team-b", "minIdle: 2") })
        {
            var pool = (await cluster.KubectlAsync("kustomize", Repository.PathOf($"config/self-service/{team}"))).Require();
            Assert.Contains($"namespace: {team}", pool, StringComparison.Ordinal);
            Assert.Contains(waiting, pool, StringComparison.Ordinal);

            (await cluster.KubectlAsync("create", "namespace", team)).Require();
            (await new Kubectl(cluster.Kubeconfig).RunAsync(["create", "--dry-run=server", "-f", "-"], pool)).Require();
        }
    }

    // A forge is what a team adds.
    [ControlPlaneFact]
    public async Task Folders_WithoutATeam_AreRefusedForThatAlone()
    {
        await cluster.InstallKindsAsync();
        foreach (var folder in new[] { "base", "warm", "hot", "office-hours" })
        {
            var pool = (await cluster.KubectlAsync("kustomize", Repository.PathOf($"config/self-service/{folder}"))).Require();
            var refused = await new Kubectl(cluster.Kubeconfig).RunAsync(["create", "--dry-run=server", "-f", "-"], pool);
            Assert.Contains("exactly one of github and gitlab", refused.Error, StringComparison.Ordinal);
        }
    }
}

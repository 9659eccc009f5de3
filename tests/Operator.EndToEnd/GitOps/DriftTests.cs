using System.Text.Json.Nodes;
using Operator.EndToEnd.Clusters;
using Operator.EndToEnd.Support;
using Operator.Hosting;
using Operator.Runtime.Client.Configuration;

namespace Operator.EndToEnd.GitOps;

/// <summary>Git and the cluster do not diverge while the operator works, regardless of how objects were applied.</summary>
[Collection(RealControlPlane.Collection)]
public sealed class DriftTests(RealControlPlane cluster)
{
    private const string Scheduled = """
        apiVersion: ec2runners.dev/v1alpha1
        kind: RunnerPool
        metadata: {name: always-scheduled}
        spec:
          github: {url: GITHUBmy-org, credentialsSecretName: github-app, labels: [scheduled], demand: LeasesOnly}
          capacity:
            minIdle: 0
            maxRunners: 3
            schedules: [{cron: "* * * * *", duration: 1h, minIdle: 1}]
          launch:
            image: {ssmParameter: /aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64}
            iamInstanceProfile: ci-runner
            subnets: {tags: {"ec2runners.dev:discovery": "true"}}
            securityGroups: {tags: {"ec2runners.dev:discovery": "true"}}
        """;

    [ControlPlaneFact]
    public async Task Samples_WhileTheOperatorWorks_NeverDifferFromGit()
    {
        await using var story = await ClusterStory.BeginAsync(cluster, "gitops");
        await File.WriteAllTextAsync(
            Path.Combine(story.Samples, "scheduled.yaml"), Scheduled.Replace("GITHUB", story.GitHub.UrlOf("").ToString(), StringComparison.Ordinal));
        await story.StartOperatorAsync(
            ClusterConfiguration.BuildFromKubeconfig(cluster.Kubeconfig), new OperatorOptions { Namespace = "gitops" });

        await story.ApplySamplesAsync();
        await story.UntilAsync(async () => await CountAsync(story, "always-scheduled", "Idle") == 1, "the runner that the schedule wants");
        await AssertNoDifferenceAsync(story, "--server-side=false");
        await story.KubectlAsync("apply", "-n", "gitops", "--server-side", "--field-manager=argocd-controller", "--force-conflicts", "-f", story.Samples);
        await AssertNoDifferenceAsync(story, "--server-side=true", "--field-manager=argocd-controller", "--force-conflicts");

        // Git leaves minIdle out here, so that it is free for people and autoscalers.
        await story.KubectlAsync("scale", "-n", "gitops", "runnerpool", "linux-mixed", "--replicas=1");
        await story.UntilAsync(async () => await CountAsync(story, "linux-mixed", "Idle") == 1, "the runner that kubectl scale wants");
        await AssertNoDifferenceAsync(story, "--server-side=true", "--field-manager=argocd-controller", "--force-conflicts");
        await story.KubectlAsync("apply", "-n", "gitops", "--server-side", "--field-manager=argocd-controller", "-f", story.Samples);
        Assert.Equal("1", await story.KubectlAsync("get", "-n", "gitops", "runnerpool", "linux-mixed", "-o", "jsonpath={.spec.capacity.minIdle}"));

        await UntilHealthyAsync(story);
        await AssertChildrenHaveAnOwnerAsync(story);
        await story.DeleteSamplesAsync();
        await story.StopOperatorAsync();
    }

    private static async Task<int> CountAsync(ClusterStory story, string pool, string phase) =>
        (await story.ListAsync("runnerleases", $"?labelSelector=ec2runners.dev/pool%3D{pool}")).Count(lease => ClusterStory.PhaseOf(lease) == phase);

    private async Task AssertNoDifferenceAsync(ClusterStory story, params string[] arguments)
    {
        // A status that is written between kubectl's two reads of an object makes it newer, and nothing else.
        var difference = await cluster.KubectlAsync(["diff", "-n", "gitops", "-f", story.Samples, .. arguments]);
        var lines = difference.Output.Split('\n').Where(line => line is ['+' or '-', ..] && !line.StartsWith("+++", StringComparison.Ordinal) && !line.StartsWith("---", StringComparison.Ordinal)).ToList();
        Assert.True(
            difference.ExitCode == 0 || (lines.Count > 0 && lines.TrueForAll(line => line[1..].TrimStart().StartsWith("resourceVersion:", StringComparison.Ordinal))),
            difference.Output + difference.Error);
    }

    // A pool that came before its Secret is looked at again after a while.
    private static async Task UntilHealthyAsync(ClusterStory story)
    {
        if (Lua.Program is null)
        {
            return; // the checks themselves are skipped visibly elsewhere
        }

        List<string> unhealthy = [];
        await story.UntilAsync(
            async () => (unhealthy = await UnhealthyAsync(story)).Count == 0, "pools and classes that are Healthy", () => string.Join("; ", unhealthy));
    }

    private static async Task<List<string>> UnhealthyAsync(ClusterStory story)
    {
        List<string> unhealthy = [];
        var list = JsonNode.Parse(await story.KubectlAsync("get", "-n", "gitops", "runnerpools,resourceclasses", "-o", "json"))!;
        foreach (var item in list["items"]!.AsArray())
        {
            var (status, message) = await Lua.HealthOfAsync(item!.AsObject());
            unhealthy.AddRange(status == "Healthy" ? [] : [$"{item["metadata"]!["name"]}: {status} {message}"]);
        }

        return unhealthy;
    }

    private static async Task AssertChildrenHaveAnOwnerAsync(ClusterStory story)
    {
        var leases = JsonNode.Parse(await story.KubectlAsync("get", "-n", "gitops", "runnerleases", "-l", "ec2runners.dev/pool", "-o", "json"))!["items"]!.AsArray();
        Assert.NotEmpty(leases);
        Assert.All(leases, lease =>
        {
            Assert.Equal("RunnerPool", lease!["metadata"]!["ownerReferences"]![0]!["kind"]!.GetValue<string>());
            Assert.Equal(
                ["argocd.argoproj.io/ignore-resource-updates"],
                lease["metadata"]!["annotations"]!.AsObject().Select(annotation => annotation.Key).Where(key => key.Contains("argo", StringComparison.Ordinal)));
        });
    }
}

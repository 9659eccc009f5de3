using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Amazon.Runtime;
using Operator.Commands.Doctor;
using Operator.Commands.Rbac;
using Operator.Common;
using Operator.Dashboard;
using Operator.EndToEnd.Clusters;
using Operator.EndToEnd.Support;
using Operator.Hosting;
using Operator.Runtime.Client.Configuration;
using Operator.Simulator.GitHub.Oidc;
using Operator.Simulator.Network;
using Operator.Simulator.World;
using KubernetesClientConfiguration = k8s.KubernetesClientConfiguration;

namespace Operator.EndToEnd.Rbac;

/// <summary>The roles that <c>operator rbac</c> prints are enough for the whole story, and hold nothing that it does not use.</summary>
[Collection(RealControlPlane.Collection)]
public sealed class LeastPrivilegeTests(RealControlPlane cluster)
{
    private const string Home = "ec2runners-system";

    [ControlPlaneFact]
    public async Task ClusterWideRole_WholeStory_IsEnoughAndEachRuleIsUsed()
    {
        var calls = await TellStoryAsync("rbac-all", new RbacTarget(Home, "ec2runners-operator", WatchScope.Everywhere, DashboardTokens: true));

        Assert.Empty(calls.Forbidden);
        Assert.Empty(UnusedIn(RbacTable.Rules.Concat(RbacTable.Dashboard), calls));
    }

    [ControlPlaneFact]
    public async Task NamespacedRole_WholeStory_IsEnoughAndStaysInItsNamespaces()
    {
        var scope = WatchScope.Parse("rbac-one, rbac-two");
        var calls = await TellStoryAsync("rbac-one", new RbacTarget(Home, "ec2runners-scoped", scope));

        Assert.Empty(calls.Forbidden);
        Assert.Equal(
            [Home, "rbac-one", "rbac-two"],
            calls.Allowed.Where(call => call.Resource is not ("namespaces" or "customresourcedefinitions")).Select(call => call.Namespace).OfType<string>().Distinct().Order());
        Assert.All(
            calls.Allowed.Where(call => call.Namespace is null), call => Assert.Contains(call.Resource.Split('/')[0], new[] { "resourceclasses", "namespaces", "customresourcedefinitions" }));
    }

    [ControlPlaneFact]
    public async Task Doctor_UnderThePrintedRoles_FindsEveryRight_AndNamesOneThatIsTakenAway()
    {
        await using var story = await ClusterStory.BeginAsync(cluster, "rbac-doctor");
        var target = new RbacTarget("rbac-doctor", "doctor", WatchScope.Parse("rbac-doctor"));
        var manifests = RbacManifests.Manifests(target)["operator.yaml"];
        await ApplyAsync(manifests);
        try
        {
            var configuration = await ConfigurationOfAsync(target);
            var whole = await ExamineAsync(configuration, target);
            await ApplyAsync(manifests.Replace("\"runnerleases/status\"", "\"nothing\"", StringComparison.Ordinal));
            var partial = await ExamineAsync(configuration, target);

            Assert.All(whole, finding => Assert.Equal(Outcome.Ok, finding.Outcome));
            var permissions = Assert.Single(partial, finding => finding.Check == "permissions");
            Assert.StartsWith("not allowed: patch runnerleases/status in rbac-doctor; apply the roles", permissions.Text, StringComparison.Ordinal);
        }
        finally
        {
            await new Kubectl(cluster.Kubeconfig).RunAsync(["delete", "-f", "-", "--ignore-not-found"], manifests);
        }
    }

    [ControlPlaneFact]
    public async Task OwnerReferenceThatBlocks_WithoutTheRightOnFinalizers_IsRefused()
    {
        await using var story = await ClusterStory.BeginAsync(cluster, "rbac-finalizers");
        var withoutIt = RbacManifests.Manifests(new RbacTarget("rbac-finalizers", "without", WatchScope.Everywhere))["operator.yaml"]
            .Replace("runnerpools/finalizers", "runnerpools/nothing", StringComparison.Ordinal);
        await ApplyAsync(withoutIt);
        await ApplyAsync(await File.ReadAllTextAsync(Path.Combine(story.Samples, "runnerpool-mixed.yaml")), "-n", "rbac-finalizers");
        var uid = await story.KubectlAsync("get", "-n", "rbac-finalizers", "runnerpool", "linux-mixed", "-o", "jsonpath={.metadata.uid}");
        var lease = $$$"""
            {"apiVersion": "ec2runners.dev/v1alpha1", "kind": "RunnerLease", "spec": {"poolName": "linux-mixed"}, "metadata": {
              "name": "child", "namespace": "rbac-finalizers", "ownerReferences": [{"apiVersion": "ec2runners.dev/v1alpha1",
              "kind": "RunnerPool", "name": "linux-mixed", "uid": "{{{uid}}}", "controller": true, "blockOwnerDeletion": true}]
            }}
            """;

        var refused = await new Kubectl(cluster.Kubeconfig).RunAsync(
            ["create", "-f", "-", "--as", "system:serviceaccount:rbac-finalizers:without"], lease);

        Assert.NotEqual(0, refused.ExitCode);
        Assert.Contains("cannot set blockOwnerDeletion", refused.Error, StringComparison.Ordinal);
    }

    // There are no pools: the only AWS call goes to an address that does not answer.
    private static async Task<IReadOnlyList<Finding>> ExamineAsync(KubernetesClientConfiguration configuration, RbacTarget target)
    {
        var nowhere = new Uri("http://127.0.0.1:1");
        var dependencies = OperatorDependencies.Real() with
        {
            Aws = new()
            {
                Region = "eu-central-1",
                StsEndpoint = nowhere,
                Credentials = new BasicAWSCredentials("AKIAIOSFODNN7EXAMPLE", "simulated"),
                MaxErrorRetry = 0,
            },
        };
        var report = await new DoctorSession(new() { Namespace = target.Namespace, Watch = target.Watch }, dependencies, onlyPool: null)
            .RunAsync(configuration, CancellationToken.None);
        return [.. report.Findings.Where(finding => finding.Area == "kubernetes")];
    }

    private static IEnumerable<string> UnusedIn(IEnumerable<RbacRule> rules, RecordedCalls calls) =>
        from rule in rules
        // The admission plugin's check is not a call; it is covered by the test below.
        where rule.Resource != "runnerpools/finalizers"
        from verb in rule.Verbs
        where !calls.Allowed.Any(call => (call.Verb, call.Group, call.Resource) == (verb, rule.Group, rule.Resource)
            && (rule.Scope != RbacScope.Home || call.Namespace == Home)
            && (rule.Names is null || rule.Names.Contains(call.Name)))
        select $"{verb} {rule.Resource} ({rule.Why})";

    private async Task<RecordedCalls> TellStoryAsync(string namespaceName, RbacTarget target)
    {
        var calls = new RecordedCalls();
        await using var story = await ClusterStory.BeginAsync(cluster, namespaceName);
        foreach (var needed in target.Watch.Namespaces.Append(Home))
        {
            await story.EnsureNamespaceAsync(needed);
        }

        var manifests = RbacManifests.Manifests(target)["operator.yaml"];
        await ApplyAsync(manifests);
        try
        {
            await story.StartOperatorAsync(
                await ConfigurationOfAsync(target),
                new OperatorOptions
                {
                    Namespace = Home,
                    LeaderElect = true,
                    Watch = target.Watch,
                    Identity = namespaceName,
                    LeaseApiListenOn = $"http://127.0.0.1:{LoopbackNetwork.Instance.FreePort()}",
                    LeaseApi = new() { Audience = SimulatedWorld.LeaseApiUrl },
                    DashboardListenOn = $"http://127.0.0.1:{LoopbackNetwork.Instance.FreePort()}",
                    Dashboard = new() { Authentication = DashboardAuthentication.Token },
                },
                calls.Wrap);
            await story.ApplySamplesAsync();
            await story.ServeJobAsync();
            await ReportTheSameTwiceAsync(story, namespaceName);
            await LetASetGoAsync(story, namespaceName);
            await TakeTwiceByApiAsync(story, namespaceName);
            if (target.DashboardTokens)
            {
                await LookAsync(story, namespaceName);
            }

            await story.DeleteSamplesAsync();
            await story.StopOperatorAsync();
        }
        finally
        {
            await new Kubectl(cluster.Kubeconfig).RunAsync(["delete", "-f", "-", "--ignore-not-found"], manifests);
        }

        return calls;
    }

    // A repeated event is patched.
    private static async Task ReportTheSameTwiceAsync(ClusterStory story, string namespaceName)
    {
        await story.UntilAsync(
            async () =>
            {
                await SetupFromAsync(story, namespaceName, "no-such-map", isReady: false);
                await SetupFromAsync(story, namespaceName, "runner-setup", isReady: true);
                var counts = await story.KubectlAsync(
                    "get", "-n", namespaceName, "events", "--field-selector", "involvedObject.name=linux-mixed", "-o", "jsonpath={.items[*].count}");
                return counts.Split(' ').Any(text => text is not ("" or "1"));
            },
            "an event with a count");
    }

    // The second request finds that the token has taken a lease.
    private static async Task TakeTwiceByApiAsync(ClusterStory story, string namespaceName)
    {
        var job = new OidcJob(SimulatedWorld.Repository, 4711);
        var owner = story.GitHub.Oidc.Claims(job, "x")["repository_owner_id"]!.ToString();
        await story.KubectlAsync(
            "patch", "-n", namespaceName, "runnerpool", "linux-on-request", "--type=merge", "-p", $$$"""{"spec": {"access": {"allow": [{"ownerId": "{{{owner}}}"}] } } }""");
        var token = story.GitHub.Oidc.Mint(job, SimulatedWorld.LeaseApiUrl);
        using var http = new HttpClient();
        async Task<HttpStatusCode> TakeAsync()
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(story.LeaseApi!, "/v1/leases")) { Headers = { Authorization = new("Bearer", token) } };
            request.Headers.Add("Idempotency-Key", "story");
            using var response = await http.SendAsync(request);
            return response.StatusCode;
        }

        await story.UntilAsync(async () => await TakeAsync() == HttpStatusCode.Created, "a lease");
        using var other = new HttpRequestMessage(HttpMethod.Post, new Uri(story.LeaseApi!, "/v1/leases")) { Headers = { Authorization = new("Bearer", token) } };
        using var replayed = await http.SendAsync(other);
        Assert.Equal(HttpStatusCode.Unauthorized, replayed.StatusCode);
    }

    // Somebody who may see one namespace, with a token that is good for the dashboard only.
    private async Task LookAsync(ClusterStory story, string namespaceName)
    {
        await story.KubectlAsync("create", "-n", namespaceName, "serviceaccount", "viewer");
        await story.KubectlAsync("create", "-n", namespaceName, "role", "viewer", "--verb=list", "--resource=runnerpools.ec2runners.dev,runnerleases.ec2runners.dev");
        await story.KubectlAsync("create", "-n", namespaceName, "rolebinding", "viewer", "--role=viewer", $"--serviceaccount={namespaceName}:viewer");
        var token = await TokenOfAsync(namespaceName, "viewer", DashboardOptions.Audience);
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(story.Dashboard!, "api/v1/session")) { Headers = { Authorization = new("Bearer", token) } };
        using var response = await http.SendAsync(request);
        var session = (await response.Content.ReadFromJsonAsync<JsonObject>())!;
        Assert.Equal((HttpStatusCode.OK, $"system:serviceaccount:{namespaceName}:viewer"), (response.StatusCode, session["user"]?.ToString()));
        Assert.Equal(namespaceName, Assert.Single(session["namespaces"]!.AsArray())!.ToString());
    }

    // A set goes an hour after its end: this one has ended long ago.
    private static async Task LetASetGoAsync(ClusterStory story, string namespaceName)
    {
        await story.KubectlAsync(
            "patch", "-n", namespaceName, "runnerleaseset", "run-1234567890", "--type=merge", "-p", """{"spec": {"holder": null}}""");
        await story.KubectlAsync("wait", "-n", namespaceName, "runnerleaseset", "run-1234567890", "--for=jsonpath={.status.phase}=Released", "--timeout=60s");
        await story.KubectlAsync(
            "patch", "-n", namespaceName, "runnerleaseset", "run-1234567890", "--subresource=status", "--type=merge", "-p", """{"status": {"endedAt": "2026-01-01T00:00:00Z"}}""");
        await story.KubectlAsync("annotate", "-n", namespaceName, "runnerleaseset", "run-1234567890", "look=again");
        await story.KubectlAsync("wait", "-n", namespaceName, "runnerleaseset", "run-1234567890", "--for=delete", "--timeout=60s");
    }

    private static async Task SetupFromAsync(ClusterStory story, string namespaceName, string configMap, bool isReady)
    {
        await story.KubectlAsync(
            "patch", "-n", namespaceName, "runnerpool", "linux-mixed", "--type=merge",
            "-p", $$"""{"spec": {"runner": {"preRunnerScriptFrom": {"configMapKeyRef": {"name": "{{configMap}}" } } } } }""");
        await story.KubectlAsync("wait", "-n", namespaceName, "runnerpool", "linux-mixed", $"--for=condition=Ready={isReady}", "--timeout=60s");
    }

    private async Task<KubernetesClientConfiguration> ConfigurationOfAsync(RbacTarget target)
    {
        var token = await TokenOfAsync(target.Namespace, target.ServiceAccount, audience: null);
        var admin = ClusterConfiguration.BuildFromKubeconfig(cluster.Kubeconfig);
        return new() { Host = admin.Host, SslCaCerts = admin.SslCaCerts, AccessToken = token };
    }

    private async Task<string> TokenOfAsync(string namespaceName, string serviceAccount, string? audience)
    {
        var spec = audience is null ? new JsonObject() : new JsonObject { ["audiences"] = new JsonArray(audience) };
        var request = new JsonObject { ["apiVersion"] = "authentication.k8s.io/v1", ["kind"] = "TokenRequest", ["spec"] = spec };
        using var answer = await cluster.Client.PostAsJsonAsync($"/api/v1/namespaces/{namespaceName}/serviceaccounts/{serviceAccount}/token", request);
        answer.EnsureSuccessStatusCode();
        return (await answer.Content.ReadFromJsonAsync<JsonObject>())!["status"]!["token"]!.GetValue<string>();
    }

    private async Task ApplyAsync(string manifests, params string[] arguments) =>
        (await new Kubectl(cluster.Kubeconfig).RunAsync(["apply", .. arguments, "-f", "-"], manifests)).Require();
}

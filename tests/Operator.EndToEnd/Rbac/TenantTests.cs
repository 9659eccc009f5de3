using System.Text.Json.Nodes;
using Operator.EndToEnd.Support;

namespace Operator.EndToEnd.Rbac;

/// <summary>
/// Two people, each bound in a namespace of their own to the roles that the chart brings, on a real API server: what is the other's they neither see nor change, and what
/// the operator says of their own they cannot say in its place. What a policy adds is in the chart's tests.
/// </summary>
[Collection(RealControlPlane.Collection)]
public sealed class TenantTests(RealControlPlane cluster) : IAsyncLifetime
{
    private static readonly string[] Tenants = ["a", "b"];

    private Kubectl Kubectl => new(cluster.Kubeconfig);

    public async Task InitializeAsync()
    {
        if (ControlPlaneSource.SkipReason is not null)
        {
            return;
        }

        await cluster.InstallKindsAsync();
        (await cluster.KubectlAsync("apply", "-f", Repository.PathOf("config/rbac/users.yaml"))).Require();
        foreach (var tenant in Tenants)
        {
            await cluster.KubectlAsync("create", "namespace", SpaceOf(tenant));
            foreach (var role in new[] { "ec2runners-edit", "edit" })
            {
                await cluster.KubectlAsync("create", "rolebinding", role, "-n", SpaceOf(tenant), "--clusterrole", role, "--user", tenant);
            }

            (await ApplyAsync(tenant, tenant, Pool)).Require();
            (await ApplyAsync(tenant, tenant, Lease("linux"))).Require();
            (await ApplyAsync(tenant, tenant, "apiVersion: v1\nkind: Secret\nmetadata: {name: github-app}\nstringData: {github_token: a-token}\n")).Require();
        }
    }

    public Task DisposeAsync() => Task.CompletedTask;

    [ControlPlaneFact]
    public async Task Tenant_DoesWhatItLikesWithItsOwn()
    {
        foreach (var tenant in Tenants)
        {
            Assert.Contains("pool", (await AsAsync(tenant, "get", "runnerpools", "-n", SpaceOf(tenant), "-o", "name")).Require(), StringComparison.Ordinal);
            (await AsAsync(tenant, "patch", "runnerpool", "linux", "-n", SpaceOf(tenant), "--type=merge", "-p", """{"spec": {"paused": true}}""")).Require();
            (await AsAsync(tenant, "scale", "runnerpool", "linux", "-n", SpaceOf(tenant), "--replicas", "1")).Require();
            (await AsAsync(tenant, "delete", "runnerlease", "mine", "-n", SpaceOf(tenant), "--wait=false")).Require();
            (await ApplyAsync(tenant, tenant, Lease("linux"))).Require();
        }
    }

    [ControlPlaneFact]
    public async Task Tenant_NeitherReadsNorChangesWhatIsTheOthers()
    {
        foreach (var (tenant, other) in new[] { ("a", "b"), ("b", "a") })
        {
            foreach (var what in new[] { "runnerpools", "runnerleases", "secrets", "events" })
            {
                await AssertForbiddenAsync(tenant, "get", what, "-n", SpaceOf(other));
                await AssertForbiddenAsync(tenant, "get", what, "--all-namespaces");
            }

            foreach (var (kind, name) in new[] { ("runnerpool", "linux"), ("runnerlease", "mine"), ("secret", "github-app") })
            {
                await AssertForbiddenAsync(tenant, "get", kind, name, "-n", SpaceOf(other), "-o", "yaml");
                await AssertForbiddenAsync(tenant, "patch", kind, name, "-n", SpaceOf(other), "--type=merge", "-p", """{"metadata": {"labels": {"was": "here"}}}""");
                await AssertForbiddenAsync(tenant, "delete", kind, name, "-n", SpaceOf(other));
            }

            Assert.Contains("forbidden", (await ApplyAsync(tenant, other, Pool.Replace("name: linux", "name: intruder", StringComparison.Ordinal))).Error, StringComparison.OrdinalIgnoreCase);
            Assert.Contains("forbidden", (await ApplyAsync(tenant, other, Lease("linux", "intruder"))).Error, StringComparison.OrdinalIgnoreCase);
        }
    }

    // Machine, registration and template: a user who could write these could make the operator terminate or trust another's.
    [ControlPlaneFact]
    public async Task Tenant_WritesNoStatus_NotEvenItsOwn()
    {
        foreach (var (kind, name) in new[] { ("runnerpool", "linux"), ("runnerlease", "mine") })
        {
            await AssertForbiddenAsync(
                "a", "patch", kind, name, "-n", SpaceOf("a"), "--subresource=status", "--type=merge", "-p", """{"status": {"conditions": []}}""");
        }

        // Beside the spec it is taken, and left out.
        (await AsAsync("a", "patch", "runnerlease", "mine", "-n", SpaceOf("a"), "--type=merge", "-p", """{"status": {"instance": {"id": "i-0123456789abcdef0"}}}""")).Require();
        (await ApplyAsync("a", "a", Lease("linux", "made-up") + "status: {instance: {id: i-0123456789abcdef0}, phase: Idle}\n")).Require();
        foreach (var name in new[] { "mine", "made-up" })
        {
            var stored = JsonNode.Parse((await cluster.KubectlAsync("get", "runnerlease", name, "-n", SpaceOf("a"), "-o", "json")).Require())!;
            Assert.Null(stored["status"]);
        }
    }

    // A name is looked up in the lease's own namespace; one that would lead out of it is refused.
    [ControlPlaneFact]
    public async Task Tenant_CannotNameWhatIsInAnotherNamespace()
    {
        var other = SpaceOf("b");
        foreach (var name in new[] { $"{other}/linux", $"../{other}/linux", $"{other}.linux/" })
        {
            Assert.Contains("spec.poolName", (await ApplyAsync("a", "a", Lease(name, "intruder"))).Error, StringComparison.Ordinal);
            Assert.Contains(
                "credentialsSecretName",
                (await ApplyAsync("a", "a", Pool.Replace("credentialsSecretName: github-app", $"credentialsSecretName: {name}", StringComparison.Ordinal))).Error,
                StringComparison.Ordinal);
        }
    }

    [ControlPlaneFact]
    public async Task Tenant_HasNoPartInWhatBelongsToAll()
    {
        await AssertForbiddenAsync("a", "get", "configmap", "ec2runners-pools", "-n", "ec2runners-system");
        await AssertForbiddenAsync("a", "get", "leases.coordination.k8s.io", "-n", "ec2runners-system");
        await AssertForbiddenAsync("a", "delete", "crd", "runnerpools.ec2runners.dev");
        var change = await Kubectl.RunAsync(
            ["apply", "--validate=false", "--as", "a", "-f", "-"],
            "apiVersion: ec2runners.dev/v1alpha1\nkind: ResourceClass\nmetadata: {name: mine}\nspec: {cpu: 2, memory: 4Gi}\n");
        Assert.Contains("forbidden", change.Error, StringComparison.OrdinalIgnoreCase);
    }

    private const string Pool = """
        apiVersion: ec2runners.dev/v1alpha1
        kind: RunnerPool
        metadata: {name: linux}
        spec:
          github: {url: "https://github.com/my-org", credentialsSecretName: github-app, labels: [linux]}
          launch:
            image: {id: ami-0123456789abcdef0}
            iamInstanceProfile: ci-runner
            subnets: {ids: [subnet-0123456789abcdef0]}
            securityGroups: {ids: [sg-0123456789abcdef0]}

        """;

    private static string Lease(string pool, string name = "mine") => $$"""
        apiVersion: ec2runners.dev/v1alpha1
        kind: RunnerLease
        metadata: {name: {{name}}}
        spec: {poolName: "{{pool}}"}

        """;

    private static string SpaceOf(string tenant) => $"tenant-{tenant}";

    private Task<ToolResult> AsAsync(string tenant, params string[] arguments) => cluster.KubectlAsync([.. arguments, "--as", tenant]);

    private Task<ToolResult> ApplyAsync(string tenant, string space, string manifest) =>
        Kubectl.RunAsync(["apply", "--validate=false", "--as", tenant, "-n", SpaceOf(space), "-f", "-"], manifest);

    private async Task AssertForbiddenAsync(string tenant, params string[] arguments)
    {
        var answer = await AsAsync(tenant, arguments);
        Assert.True(answer.ExitCode != 0 && answer.Error.Contains("forbidden", StringComparison.OrdinalIgnoreCase), $"{string.Join(' ', arguments)}: {answer.Output}{answer.Error}");
    }
}

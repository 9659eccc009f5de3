using Operator.EndToEnd.Support;

namespace Operator.EndToEnd.Charts;

/// <summary>The chart's policy on a real API server: the pools that users of two namespaces may create.</summary>
[Collection(RealControlPlane.Collection)]
public sealed class PolicyTests(RealControlPlane cluster) : IAsyncLifetime
{
    private const string Values = """
        policy:
          enabled: true
          rules:
          - name: team-a
            namespaces: [policy-a]
            urls: ["https://github.com/Org-A", "https://gitlab.com/Group-A"]
            instanceProfiles: [ci-a]
            subnets: [subnet-0123456789abcdef0]
            subnetTags: {team: a}
            maxRunners: 5
          - name: team-b
            namespaces: [policy-b]
            urls: ["https://github.com/org-b"]
            assumeRoles: ["arn:aws:iam::123456789012:role/b"]
        """;

    private Kubectl Kubectl => new(cluster.Kubeconfig);

    public async Task InitializeAsync()
    {
        if (HelmFactAttribute.ReasonToSkip(onControlPlane: true) is not null)
        {
            return;
        }

        await cluster.InstallKindsAsync();
        await RequireAsync(await cluster.KubectlAsync("apply", "-f", Repository.PathOf("config/rbac/users.yaml")));
        foreach (var (name, user) in new[] { ("policy-a", "anna"), ("policy-b", "bert"), ("policy-c", "carl") })
        {
            await cluster.KubectlAsync("create", "namespace", name);
            await cluster.KubectlAsync("create", "rolebinding", "pools", "-n", name, "--clusterrole", "ec2runners-edit", "--user", user);
        }

        var values = Path.GetTempFileName();
        await File.WriteAllTextAsync(values, Values);
        await RequireAsync(await Kubectl.RunAsync(["apply", "-f", "-"], await Helm.TemplateAsync("--show-only", "templates/policy.yaml", "--values", values)));
        File.Delete(values);
        await UntilInForceAsync();
    }

    public async Task DisposeAsync()
    {
        if (HelmFactAttribute.ReasonToSkip(onControlPlane: true) is null)
        {
            await cluster.KubectlAsync("delete", "validatingadmissionpolicybindings,validatingadmissionpolicies", "-l", "app.kubernetes.io/name=ec2runners");
        }
    }

    [HelmFact(onControlPlane: true)]
    public async Task Pool_WithinItsTeamsRule_IsTaken()
    {
        Assert.Null(await RefusalAsync("anna", "policy-a", Pool()));
        Assert.Null(await RefusalAsync("anna", "policy-a", Pool(url: "https://GitHub.com/org-a/app")));
        Assert.Null(await RefusalAsync("anna", "policy-a", Pool(subnets: "tags: {team: a, zone: x}")));
        Assert.Null(await RefusalAsync("anna", "policy-a", OfGitLab("url: https://gitlab.com, group: group-a")));
        Assert.Null(await RefusalAsync("anna", "policy-a", OfGitLab("url: https://gitlab.com/, project: Group-A/app")));
        Assert.Null(await RefusalAsync("bert", "policy-b", Pool(url: "https://github.com/org-b", profile: "any", subnets: "tags: {team: b}", capacity: "maxRunners: 100")));
        Assert.Null(await RefusalAsync("bert", "policy-b", Pool(url: "https://github.com/org-b", extra: "assumeRoleArn: arn:aws:iam::123456789012:role/b")));
    }

    [HelmFact(onControlPlane: true)]
    public async Task Pool_BeyondItsTeamsRule_IsRefusedWithAReason()
    {
        var cases = new (string Pool, string Reason)[]
        {
            (Pool(url: "https://github.com/org-b"), "spec.github.url"),
            (Pool(url: "https://github.com/org-a-evil"), "spec.github.url"),
            (Pool(url: "https://github.com/org-a/../org-b"), "spec.github.url"),
            (Pool(url: "https://github.com/org-a/%2e%2e/org-b"), "spec.github.url"),
            (Pool(url: "https://github.com.evil.example/org-a"), "spec.github.url"),
            (OfGitLab("url: https://gitlab.com, group: group-b"), "spec.gitlab"),
            (OfGitLab("url: https://gitlab.com, project: group-a-evil/app"), "spec.gitlab"),
            (OfGitLab("url: https://gitlab.com/group-a/.., group: group-b"), "spec.gitlab"),
            (OfGitLab("url: https://gitlab.com"), "spec.gitlab"),
            (Pool(profile: "ci-b"), "spec.launch.iamInstanceProfile"),
            (Pool(extra: "assumeRoleArn: arn:aws:iam::123456789012:role/b"), "spec.launch.assumeRoleArn"),
            (Pool(subnets: "ids: [subnet-0123456789abcdef0, subnet-0123456789abcdef1]"), "spec.launch.subnets"),
            (Pool(subnets: "tags: {team: b}"), "spec.launch.subnets"),
            (Pool(capacity: "maxRunners: 6"), "spec.capacity"),
            (Pool(capacity: "minIdle: 0"), "spec.capacity"), // the default is 10
            (Pool(capacity: "maxRunners: 5, schedules: [{cron: \"0 8 * * *\", duration: 1h, maxRunners: 6}]"), "spec.capacity"),
        };
        foreach (var (pool, reason) in cases)
        {
            Assert.Contains(reason, await RefusalAsync("anna", "policy-a", pool) ?? $"taken: {pool}", StringComparison.Ordinal);
        }

        Assert.Contains("spec.github.url", await RefusalAsync("bert", "policy-b", Pool()) ?? "taken", StringComparison.Ordinal);
        Assert.Contains("no pools in this namespace", await RefusalAsync("carl", "policy-c", Pool()) ?? "taken", StringComparison.Ordinal);
        Assert.Contains("forbidden", await RefusalAsync("anna", "policy-b", Pool()) ?? "taken", StringComparison.OrdinalIgnoreCase);
    }

    [HelmFact(onControlPlane: true)]
    public async Task Pool_FromBeforeThePolicy_CanBeEdited_OnlyIntoIt_AndStillGoes()
    {
        const string Operator = "system:serviceaccount:ec2runners-system:ec2runners-operator";
        await RequireAsync(await cluster.KubectlAsync("create", "clusterrolebinding", "policy-operator", "--clusterrole", "ec2runners-edit", "--user", Operator));
        var old = Pool(profile: "old").Replace("metadata: {name: pool}", "metadata: {name: old, finalizers: [ec2runners.dev/test]}", StringComparison.Ordinal);
        await RequireAsync(await Kubectl.RunAsync(["create", "--as", Operator, "-n", "policy-a", "-f", "-"], old));

        var edited = await cluster.KubectlAsync("patch", "runnerpool", "old", "-n", "policy-a", "--as", "anna", "--type=merge", "-p", """{"spec": {"paused": true}}""");
        await cluster.KubectlAsync("delete", "runnerpool", "old", "-n", "policy-a", "--as", "anna", "--wait=false");
        var released = await cluster.KubectlAsync("patch", "runnerpool", "old", "-n", "policy-a", "--as", Operator, "--type=merge", "-p", """{"metadata": {"finalizers": null}}""");
        await cluster.KubectlAsync("delete", "clusterrolebinding", "policy-operator");

        Assert.Contains("spec.launch.iamInstanceProfile", edited.Error, StringComparison.Ordinal);
        Assert.Equal(0, released.ExitCode);
    }

    private static string Pool(
        string url = "https://github.com/org-a", string profile = "ci-a", string subnets = "ids: [subnet-0123456789abcdef0]", string capacity = "maxRunners: 5", string extra = "") =>
        $$"""
        apiVersion: ec2runners.dev/v1alpha1
        kind: RunnerPool
        metadata: {name: pool}
        spec:
          github: {url: "{{url}}", credentialsSecretName: github-app, labels: [linux]}
          capacity: { {{capacity}} }
          launch:
            image: {id: ami-0123456789abcdef0}
            iamInstanceProfile: {{profile}}
            subnets: { {{subnets}} }
            securityGroups: {tags: {Name: ci} }
            {{extra}}
        """;

    private static string OfGitLab(string place) => Pool().Replace(
        "github: {url: \"https://github.com/org-a\", credentialsSecretName: github-app, labels: [linux]}", $"gitlab: {{ {place}, credentialsSecretName: gitlab, demand: LeasesOnly }}", StringComparison.Ordinal);

    // The server takes a policy up some moments after it is there.
    private async Task UntilInForceAsync()
    {
        var begun = TimeProvider.System.GetTimestamp();
        while (await RefusalAsync("anna", "policy-a", Pool(profile: "ci-b")) is null || await RefusalAsync("carl", "policy-c", Pool()) is null
            || await RefusalAsync("bert", "policy-b", Pool()) is null)
        {
            Assert.True(TimeProvider.System.GetElapsedTime(begun) < TimeSpan.FromMinutes(1), "the policy did not come into force");
        }
    }

    private async Task<string?> RefusalAsync(string user, string space, string pool)
    {
        var answer = await Kubectl.RunAsync(["create", "--dry-run=server", "--validate=false", "--as", user, "-n", space, "-f", "-"], pool);
        return answer.ExitCode == 0 ? null : answer.Error;
    }

    private static Task RequireAsync(ToolResult result)
    {
        result.Require();
        return Task.CompletedTask;
    }
}

using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Operator.EndToEnd.Support;
using Operator.Entities;

namespace Operator.EndToEnd.Clusters;

/// <summary>A real API server accepts the definitions, rejects invalid objects, and says why.</summary>
[Collection(RealControlPlane.Collection)]
public sealed class SchemaRulesTests(RealControlPlane cluster) : IAsyncLifetime
{
    private const string Expectation = "# expect: ";

    public async Task InitializeAsync()
    {
        if (ControlPlaneSource.SkipReason is null)
        {
            await cluster.InstallKindsAsync();
        }
    }

    public Task DisposeAsync() => Task.CompletedTask;

    [ControlPlaneFact(Since = 25)]
    public async Task Create_WhatIsWrong_IsRefusedWithAReason()
    {
        var files = Directory.GetFiles(Repository.PathOf("tests/Operator.EndToEnd/invalid"), "*.yaml");
        var faults = new List<string>();
        foreach (var file in files)
        {
            var expected = (await File.ReadAllLinesAsync(file))[0];
            Assert.StartsWith(Expectation, expected, StringComparison.Ordinal);
            var refusal = await RefusalOfAsync(file);
            if (refusal is null || !refusal.Contains(expected[Expectation.Length..], StringComparison.Ordinal)
                || refusal.Contains("should match", StringComparison.Ordinal) || refusal.Contains("chars long", StringComparison.Ordinal))
            {
                faults.Add($"{Path.GetFileName(file)}: {refusal ?? "taken"}");
            }
        }

        Assert.NotEmpty(files);
        Assert.Empty(faults);
    }

    [ControlPlaneFact(Since = 31)]
    public async Task List_ByPoolOrPhase_ShowsThose()
    {
        await KubectlInputAsync("""
            apiVersion: ec2runners.dev/v1alpha1
            kind: RunnerLease
            metadata: {name: selected}
            spec: {poolName: chosen}
            """);

        var ofPool = (await cluster.KubectlAsync("get", "runnerleases", "-o", "name", "--field-selector", "spec.poolName=chosen")).Require();
        var idle = (await cluster.KubectlAsync("get", "runnerleases", "-o", "name", "--field-selector", "status.phase=Idle")).Require();
        await KubectlAsync("delete", "runnerlease", "selected");

        Assert.Equal("runnerlease.ec2runners.dev/selected", ofPool.Trim());
        Assert.DoesNotContain("selected", idle, StringComparison.Ordinal);
    }

    [ControlPlaneFact(Since = 25)]
    public async Task Create_SizesAndSchedulesThatMeanSomething_AreTaken()
    {
        foreach (var memory in new[] { "8Gi", "512Mi", "8589934592", "0.5Gi", "16G", "8388608Ki" })
        {
            await KubectlInputAsync("--dry-run=server", $$"""
                apiVersion: ec2runners.dev/v1alpha1
                kind: ResourceClass
                metadata: {name: taken}
                spec: {memory: "{{memory}}"}
                """);
        }

        var pool = await File.ReadAllTextAsync(Repository.PathOf("config/samples/runnerpool-leases-only.yaml"));
        foreach (var cron in new[] { "@daily", "0 8 29 2 *", "0 8 31 1,3 *", "0 8 31 2 1", "*/5 0-23/2 1-31 JAN-DEC MON-FRI", "0 0 ? * 7" })
        {
            await KubectlInputAsync("--dry-run=server", pool.Replace(
                "  capacity:\n", $"  capacity:\n    schedules: [{{cron: \"{cron}\", duration: 1h, minIdle: 1}}]\n", StringComparison.Ordinal));
        }
    }

    [ControlPlaneFact]
    public async Task Create_Samples_AreTaken() =>
        await KubectlAsync("create", "--dry-run=server", "--validate=false", "-f", Repository.PathOf("config/samples"));

    [ControlPlaneFact(Since = 25)]
    public async Task Patch_HolderByAnotherHolder_IsRefusedUntilItIsReleased()
    {
        await KubectlInputAsync("""
            apiVersion: ec2runners.dev/v1alpha1
            kind: RunnerLease
            metadata: {name: held}
            spec: {poolName: nowhere}
            """);
        await HoldAsync("""{"kind": "User", "name": "anna"}""");

        var refused = await cluster.KubectlAsync(PatchOf("""{"kind": "User", "name": "bert"}"""));
        await HoldAsync("null");
        await HoldAsync("""{"kind": "RunnerLease", "name": "other", "uid": "0-1"}""");
        await KubectlAsync("delete", "runnerlease", "held");

        Assert.NotEqual(0, refused.ExitCode);
        Assert.Contains("release the runner first", refused.Error);
    }

    [ControlPlaneFact]
    public async Task Create_BudgetAsNumberOrShare_IsKeptAsItWasWritten()
    {
        var pool = await File.ReadAllTextAsync(Repository.PathOf("config/samples/runnerpool-leases-only.yaml"));

        Assert.Equal("2", await BudgetAsync(pool + "  rollout: {budget: 2}\n"));
        Assert.Equal("25%", await BudgetAsync(pool + "  rollout: {budget: 25%}\n"));
    }

    // Without kubectl, which takes longer over each of them than the API server.
    private async Task<string?> RefusalOfAsync(string file)
    {
        var manifest = await File.ReadAllTextAsync(file);
        var kind = manifest.Split('\n').Single(line => line.StartsWith("kind: ", StringComparison.Ordinal))["kind: ".Length..].Trim();
        var collection = kind == "ResourceClass" ? "resourceclasses" : $"namespaces/default/{kind.ToLowerInvariant()}s";
        using var content = new StringContent(manifest, Encoding.UTF8, "application/yaml");
        using var answer = await cluster.Client.PostAsync($"/apis/{EntityGroup.Name}/{EntityGroup.Version}/{collection}?dryRun=All&fieldValidation=Ignore", content);
        return answer.IsSuccessStatusCode ? null : (await answer.Content.ReadFromJsonAsync<JsonNode>())!["message"]!.GetValue<string>();
    }

    private async Task<string> BudgetAsync(string pool) =>
        (await new Kubectl(cluster.Kubeconfig).RunAsync(["create", "--dry-run=server", "--validate=false", "-f", "-", "-o", "jsonpath={.spec.rollout.budget}"], pool)).Require();

    private Task HoldAsync(string holder) => KubectlAsync(PatchOf(holder));

    private static string[] PatchOf(string holder) =>
        ["patch", "runnerlease", "held", "--type=merge", "-p", $$"""{"spec": {"holder": {{holder}} } }"""];

    private async Task KubectlAsync(params string[] arguments) => (await cluster.KubectlAsync(arguments)).Require();

    private Task KubectlInputAsync(string manifest) => KubectlInputAsync("--dry-run=none", manifest);

    private async Task KubectlInputAsync(string dryRun, string manifest) =>
        (await new Kubectl(cluster.Kubeconfig).RunAsync(["create", "--validate=false", dryRun, "-f", "-"], manifest)).Require();
}

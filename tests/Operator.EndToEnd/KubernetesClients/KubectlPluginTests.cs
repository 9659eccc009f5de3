using System.CommandLine;
using Operator.Commands;
using Operator.Commands.Kubectl;
using Operator.Commands.Simulate;
using Operator.EndToEnd.Support;

namespace Operator.EndToEnd.KubernetesClients;

/// <summary><c>kubectl runners</c> on a real API server, with objects as the operator leaves them.</summary>
[Collection(RealControlPlane.Collection)]
public sealed class KubectlPluginTests(RealControlPlane cluster) : IAsyncLifetime
{
    private readonly string _space = "plugin-" + Guid.NewGuid().ToString("N")[..12];

    public async Task InitializeAsync()
    {
        if (ControlPlaneSource.SkipReason is not null)
        {
            return;
        }

        await cluster.InstallKindsAsync();
        await ApplyAsync($$"""
            apiVersion: v1
            kind: Namespace
            metadata: { name: {{_space}} }
            """);
        await ApplyAsync($$"""
            apiVersion: ec2runners.dev/v1alpha1
            kind: RunnerPool
            metadata: { name: linux, namespace: {{_space}} }
            spec:
              github: {url: "https://github.com/my-org", credentialsSecretName: github-app, labels: [linux]}
              capacity: {minIdle: 1, maxRunners: 2}
              launch:
                image: {id: ami-0123456789abcdef0}
                iamInstanceProfile: ci-runner
                subnets: {ids: [subnet-0123456789abcdef0]}
                securityGroups: {ids: [sg-0123456789abcdef0]}
            ---
            apiVersion: ec2runners.dev/v1alpha1
            kind: RunnerLease
            metadata: { name: linux-0, namespace: {{_space}} }
            spec: {poolName: linux}
            ---
            apiVersion: ec2runners.dev/v1alpha1
            kind: RunnerLease
            metadata: { name: mine, namespace: {{_space}}, finalizers: [ec2runners.dev/drain] }
            spec: {poolName: linux, holder: {kind: User, name: anna}, labels: [anna]}
            """);
        await PatchStatusAsync("runnerpool/linux", """
            {"status": {"waiting": 3, "runners": {"total": 2, "pending": 0, "booting": 0, "idle": 0, "busy": 2, "leased": 0, "outdated": 0, "draining": 0}, "conditions":
              [{"type": "Ready", "status": "True", "reason": "AtMaxRunners", "message": "3 jobs wait; raise spec.capacity.maxRunners (2)", "lastTransitionTime": "2026-03-02T12:00:00Z"}]}}
            """);
        await PatchStatusAsync("runnerlease/linux-0", """
            {"status": {"phase": "Busy", "instance": {"id": "i-0123456789abcdef0", "type": "c6a.xlarge", "zone": "eu-central-1a", "usageClass": "spot", "hourlyPrice": "0.05"},
              "job": {"id": "77", "repository": "my-org/app"}, "conditions":
              [{"type": "Ready", "status": "True", "reason": "Busy", "message": "a job runs", "lastTransitionTime": "2026-03-02T12:00:00Z"}]}}
            """);
    }

    public Task DisposeAsync() => Task.CompletedTask;

    [ControlPlaneFact]
    public async Task Pools_InEveryFormat_ShowTheSamePool()
    {
        Assert.Matches(@"^NAME +SOURCE +MINIDLE +MAX +WAITING .* AGE\nlinux +ScaleSet +1 +2 +3 +2 +0 +0 +2 +True +AtMaxRunners +\d+s\n$", await RunAsync("pools"));
        Assert.Matches(@"^NAMESPACE +NAME ", await RunAsync("pools", "-A", "-o", "wide"));
        Assert.Equal("runnerpool.ec2runners.dev/linux\n", await RunAsync("pools", "linux", "-o", "name"));
        Assert.Equal("linux", System.Text.Json.Nodes.JsonNode.Parse(await RunAsync("pools", "-o", "json"))!["items"]![0]!["metadata"]!["name"]!.ToString());
    }

    [ControlPlaneFact]
    public async Task Why_PoolLeaseAndJob_AreExplained_WithTheirEvents()
    {
        await ApplyAsync($$"""
            apiVersion: v1
            kind: Event
            metadata: { name: linux.1, namespace: {{_space}} }
            involvedObject: {apiVersion: ec2runners.dev/v1alpha1, kind: RunnerPool, name: linux, namespace: {{_space}} }
            type: Warning
            reason: AtMaxRunners
            message: 3 jobs wait
            lastTimestamp: "2026-03-02T12:00:00Z"
            """);

        var pool = await RunAsync("why", "linux");
        Assert.Contains($"RunnerPool {_space}/linux: Ready=True AtMaxRunners: 3 jobs wait", pool, StringComparison.Ordinal);
        Assert.Contains("lease mine, Pending", pool, StringComparison.Ordinal);
        Assert.Matches(@"Warning +AtMaxRunners +3 jobs wait", pool);
        Assert.Contains("runs job 77 of my-org/app", await RunAsync("why", "job/77"), StringComparison.Ordinal);
        Assert.Contains("is held by User anna", await RunAsync("why", "rlease/mine", "-o", "yaml"), StringComparison.Ordinal);
    }

    [ControlPlaneFact]
    public async Task Connect_Print_IsTheCommandOfTheCli() =>
        Assert.Equal("aws ssm start-session --target i-0123456789abcdef0 --region eu-central-1\n", await RunAsync("connect", "linux-0", "--print"));

    [ControlPlaneFact]
    public async Task DrainResumeAndRotate_ChangeWhatTheyName()
    {
        Assert.Contains("runnerlease.ec2runners.dev/linux-0 draining; its job 77 finishes first", await RunAsync("drain", "pool/linux"), StringComparison.Ordinal);
        Assert.Equal("true", await GetAsync("runnerpool/linux", "{.spec.paused}"));
        Assert.Equal("", await GetAsync("runnerlease/mine", "{.metadata.deletionTimestamp}"));

        await RunAsync("resume", "linux");
        Assert.Equal("false", await GetAsync("runnerpool/linux", "{.spec.paused}"));

        await RunAsync("rotate", "linux");
        Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$", await GetAsync("runnerpool/linux", @"{.metadata.annotations.ec2runners\.dev/rotate}"));

        await RunAsync("drain", "lease/mine");
        Assert.NotEqual("", await GetAsync("runnerlease/mine", "{.metadata.deletionTimestamp}"));
        (await cluster.KubectlAsync("patch", "runnerlease/mine", "-n", _space, "--type=merge", "-p", """{"metadata": {"finalizers": null}}""")).Require();
    }

    [ControlPlaneFact]
    public async Task WhatThereIsNot_IsOneLineWithExitCode2()
    {
        Assert.Equal((2, $"error: there is no RunnerPool or RunnerLease 'nothing' in the namespace {_space}; list them with kubectl get runners -n {_space}\n"), await FailAsync("why", "nothing"));
        Assert.Equal((2, $"error: there is no RunnerPool 'nothing' in the namespace {_space}\n"), await FailAsync("pools", "nothing"));
        var (code, error) = await FailAsync("logs", "mine");
        Assert.Equal(2, code);
        Assert.Contains("has no machine yet", error, StringComparison.Ordinal);
    }

    [ControlPlaneFact]
    public async Task Cost_OfTheNamespace_IsATable() => Assert.Matches($@"{_space} +linux +0\.00", await RunAsync("cost", "--period", "today"));

    [ControlPlaneFact]
    public async Task Simulate_PoolOfTheCluster_HasThePricesOfItsClass()
    {
        await ApplyAsync($$"""
            apiVersion: ec2runners.dev/v1alpha1
            kind: ResourceClass
            metadata: { name: {{_space}} }
            spec: {cpu: 2, memory: 4Gi}
            """);
        await PatchStatusAsync($"resourceclass/{_space}", """
            {"status": {"instanceTypes": [{"name": "c6a.large", "vCPU": 2, "memoryMiB": 4096, "zones": ["eu-central-1a"], "onDemandPrice": "0.08", "spotPrice": "0.001"}]}}
            """);
        await cluster.KubectlAsync("patch", "runnerpool/linux", "-n", _space, "--type=merge", "-p", $$"""{"spec": {"resourceClassName": "{{_space}}", "capacity": {"minIdle": 0} } }""");
        var trace = Path.GetTempFileName();
        await File.WriteAllTextAsync(trace, "0,3600,linux\n");
        var output = new StringWriter();

        var code = await CommandLine.RunAsync(
            new RootCommand { SimulateCommand.Create() }, ["simulate", "--pool", $"{_space}/linux", "--trace", trace, "--spot-loss", "0", "-o", "json", "--kubeconfig", cluster.Kubeconfig], output, output);
        File.Delete(trace);
        await cluster.KubectlAsync("delete", "resourceclass", _space);

        Assert.True(code == 0, output.ToString());
        Assert.InRange(System.Text.Json.Nodes.JsonNode.Parse(output.ToString())!["results"]![0]!["cost"]!.GetValue<double>(), 0.001, 0.0011);
    }

    private async Task<string> RunAsync(params string[] arguments)
    {
        var (output, errors) = (new StringWriter(), new StringWriter());
        var code = await CommandLine.RunAsync(KubectlCommands.Root(), [.. arguments, "-n", _space, "--kubeconfig", cluster.Kubeconfig], output, errors);
        Assert.True(code == 0, errors.ToString());
        return output.ToString();
    }

    private async Task<(int Code, string Error)> FailAsync(params string[] arguments)
    {
        var (output, errors) = (new StringWriter(), new StringWriter());
        return (await CommandLine.RunAsync(KubectlCommands.Root(), [.. arguments, "-n", _space, "--kubeconfig", cluster.Kubeconfig], output, errors), errors.ToString());
    }

    private async Task<string> GetAsync(string name, string path) => (await cluster.KubectlAsync("get", name, "-n", _space, "-o", $"jsonpath={path}")).Require();

    private async Task ApplyAsync(string manifest) => (await new Kubectl(cluster.Kubeconfig).RunAsync(["apply", "--validate=false", "-f", "-"], manifest)).Require();

    private async Task PatchStatusAsync(string name, string patch) =>
        (await cluster.KubectlAsync("patch", name, "-n", _space, "--subresource=status", "--type=merge", "-p", patch)).Require();
}

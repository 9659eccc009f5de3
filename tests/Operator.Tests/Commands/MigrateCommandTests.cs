using System.CommandLine;
using Operator.Commands;
using Operator.Commands.Migrate;
using YamlDotNet.RepresentationModel;

namespace Operator.Tests.Commands;

/// <summary>Settings of other tools become pools, and what does not is named.</summary>
public sealed class MigrateCommandTests : IDisposable
{
    private const string Minimal = "githubConfigUrl: https://github.com/my-org\ngithubConfigSecret: arc-secret\nrunnerScaleSetName: linux\nmaxRunners: 5\n";
    private const string Refresh = "mode: refresh\nami: ami-0123456789abcdef0\niam-instance-profile: ci-runner\nsecurity-group-ids: sg-0123456789abcdef0 sg-0123456789abcdef1\nsubnet-ids: subnet-0123456789abcdef0\n";

    private static readonly string[] PoolManager = ["pool-manager", "--github-url", "https://github.com/my-org", "--owner-id", "65"];

    private readonly FileInfo _file = new(Path.GetTempFileName());

    private string _output = "";

    // The example of the documentation.
    [Fact]
    public async Task Arc_Values_BecomeAPoolAndItsClass()
    {
        var (exitCode, documents, errors) = await RunAsync(
            """
            githubConfigUrl: https://github.com/my-org
            githubConfigSecret: github-app
            runnerScaleSetName: linux-large
            minRunners: 2
            maxRunners: 20
            template: {spec: {containers: [{name: runner, image: "ghcr.io/actions/actions-runner:latest", command: [/home/runner/run.sh], resources: {requests: {cpu: "3500m", memory: 16Gi}}, env: [{name: CACHE, value: "1"}]}]}}
            """,
            "arc", "--strict");

        Assert.Equal(0, exitCode);
        Assert.DoesNotContain("no equivalent", errors, StringComparison.Ordinal);
        Assert.Equal(["ResourceClass", "RunnerPool"], documents.Select(document => Text(document, "kind")));
        Assert.Equal(("cpu-4-memory-16gi", "4", "16Gi"), (Text(documents[0], "metadata", "name"), Text(documents[0], "spec", "cpu"), Text(documents[0], "spec", "memory")));
        var pool = documents[1];
        Assert.Equal(("linux-large", "https://github.com/my-org", "github-app"), (Text(pool, "metadata", "name"), Text(pool, "spec", "github", "url"), Text(pool, "spec", "github", "credentialsSecretName")));
        Assert.Equal(("linux-large", "2", "20", "1"), (Text(pool, "spec", "github", "labels", "0"), Text(pool, "spec", "capacity", "minIdle"), Text(pool, "spec", "capacity", "maxRunners"), Text(pool, "spec", "runner", "environment", "CACHE")));
        Assert.Equal("cpu-4-memory-16gi", Text(pool, "spec", "resourceClassName"));
    }

    [Theory]
    [InlineData("containerMode: {type: dind}", "containerMode.type", "Docker")]
    [InlineData("containerMode: {type: kubernetes, kubernetesModeWorkVolumeClaim: {accessModes: [ReadWriteOnce]}}", "containerMode.kubernetesModeWorkVolumeClaim.accessModes[0]", "Kubernetes modes")]
    [InlineData("keyVault: {type: azure_key_vault}", "keyVault.type", "Secrets")]
    [InlineData("githubServerTLS: {certificateFrom: {configMapKeyRef: {name: ca, key: ca.crt}}}", "githubServerTLS.certificateFrom.configMapKeyRef.key", "CA")]
    [InlineData("listenerTemplate: {spec: {nodeSelector: {a: b}}}", "listenerTemplate.spec.nodeSelector.a", "one process")]
    [InlineData("controllerServiceAccount: {name: x}", "controllerServiceAccount.name", "namespaces")]
    [InlineData("proxy: {http: {url: http://proxy:3128, credentialSecretRef: secret}}", "proxy.http.credentialSecretRef", "without credentials")]
    [InlineData("template: {spec: {containers: [{name: runner, image: my/image}]}}", "template.spec.containers[runner].image", "AMI")]
    [InlineData("template: {spec: {containers: [{name: sidecar, image: my/image}]}}", "template.spec.containers[sidecar].image", "machines")]
    [InlineData("template: {spec: {containers: [{name: runner, env: [{name: KEY, valueFrom: {secretKeyRef: {name: s, key: k}}}]}]}}", "template.spec.containers[runner].env[KEY].valueFrom.secretKeyRef.key", "plain values")]
    [InlineData("template: {spec: {tolerations: [{key: gpu, operator: Exists}]}}", "template.spec.tolerations[0].key", "machines")]
    [InlineData("whatever: {x: 1}", "whatever.x", "no equivalent")]
    public async Task Arc_KeyWithoutEquivalent_IsNamed_AndStrictRefuses(string key, string path, string advice)
    {
        var (lenient, documents, errors) = await RunAsync(Minimal + key, "arc");
        var (strict, refused, _) = await RunAsync(Minimal + key, "arc", "--strict");

        Assert.Equal(0, lenient);
        Assert.Single(documents);
        Assert.Contains(errors.Split('\n'), line => line.StartsWith($"no equivalent: {path}: ", StringComparison.Ordinal) && line.Contains(advice, StringComparison.Ordinal));
        Assert.Equal(1, strict);
        Assert.Empty(refused);
    }

    [Fact]
    public async Task Arc_WhatIsEmpty_SaysNothing()
    {
        var (exitCode, _, errors) = await RunAsync(Minimal + "containerMode: {}\nproxy: {noProxy: []}\nlistenerTemplate:\nkeyVault: null\nnamespaceOverride: \"\"\n", "arc", "--strict");

        Assert.True(exitCode == 0, errors);
    }

    [Fact]
    public async Task Arc_SecretInTheValues_BecomesASecret_AndIsSaid()
    {
        var (_, documents, errors) = await RunAsync(
            "githubConfigUrl: https://github.com/my-org\ngithubConfigSecret: {github_token: ghp_x}\nscaleSetLabels: [linux, gpu]\nproxy: {https: {url: http://proxy:3128}, noProxy: [a, b]}\nnamespaceOverride: ci\n", "arc", "--name", "linux");

        Assert.Equal(("Secret", "ghp_x", "ci"), (Text(documents[0], "kind"), Text(documents[0], "stringData", "github_token"), Text(documents[0], "metadata", "namespace")));
        Assert.Contains("keep it out of Git", errors, StringComparison.Ordinal);
        Assert.Contains("maxRunners is not set", errors, StringComparison.Ordinal);
        Assert.Equal(("linux", "gpu", "10"), (Text(documents[1], "spec", "github", "labels", "0"), Text(documents[1], "spec", "github", "labels", "1"), Text(documents[1], "spec", "capacity", "maxRunners")));
        Assert.Equal(("http://proxy:3128", "a,b"), (Text(documents[1], "spec", "runner", "environment", "HTTPS_PROXY"), Text(documents[1], "spec", "runner", "environment", "NO_PROXY")));
    }

    [Theory]
    [InlineData("a: [", "not YAML")]
    [InlineData("[]", "must hold a YAML object")]
    [InlineData("scaleset: {name: x}", "githubConfigUrl is missing")]
    [InlineData("githubConfigUrl: ftp://x", "githubConfigUrl: ")]
    [InlineData("githubConfigUrl: https://github.com/my-org\ngithubConfigSecret: s", "runnerScaleSetName is not set")]
    [InlineData("githubConfigUrl: https://github.com/my-org\nrunnerScaleSetName: linux", "githubConfigSecret is missing")]
    [InlineData("githubConfigUrl: https://github.com/my-org\ngithubConfigSecret: s\nrunnerScaleSetName: Linux_Large", "cannot be a pool's name")]
    [InlineData(Minimal + "minRunners: many", "minRunners: 'many' is not a whole number")]
    [InlineData(Minimal + "template: {spec: {containers: [{name: runner, resources: {requests: {cpu: lots}}}]}}", "resources.requests.cpu: 'lots'")]
    [InlineData(Minimal + "template: {spec: {containers: [{name: runner, resources: {requests: {memory: \"8\"}}}]}}", "resources.requests.memory: '8'")]
    public async Task Arc_ThatIsNone_SaysWhy(string values, string problem)
    {
        var (exitCode, documents, errors) = await RunAsync(values, "arc");

        Assert.Equal(2, exitCode);
        Assert.Empty(documents);
        Assert.Contains(problem, errors, StringComparison.Ordinal);
    }

    // The example of the documentation, as inputs of one step.
    [Fact]
    public async Task PoolManager_Inputs_BecomeAPoolItsClassesAndTheNewStep()
    {
        var (exitCode, documents, errors) = await RunAsync(
            Refresh + "github-token: ${{ secrets.PAT }}\nidle-time-sec: 600\nmax-runtime-min: 60\ngithub-reg-token-refresh-min: 30\npre-runner-script: \"#!/bin/bash\"\nresource-class-config: '{\"default\": {\"cpu\": 2, \"mem_mb\": 4096}, \"large\": {\"cpu\": 4, \"mmem\": 1024, \"disk_gb\": 100}}'\n",
            [.. PoolManager, "--strict"]);

        Assert.True(exitCode == 0, errors);
        Assert.Equal(["ResourceClass", "ResourceClass", "RunnerPool"], documents.Select(document => Text(document, "kind")));
        Assert.Equal(("large", "4", "1024Mi", "100Gi"), (Text(documents[1], "metadata", "name"), Text(documents[1], "spec", "cpu"), Text(documents[1], "spec", "memory"), Text(documents[1], "spec", "disk")));
        var pool = documents[2];
        Assert.Equal(("us-east-1", "ami-0123456789abcdef0", "sg-0123456789abcdef1"), (Text(pool, "spec", "launch", "region"), Text(pool, "spec", "launch", "image", "id"), Text(pool, "spec", "launch", "securityGroups", "ids", "1")));
        Assert.Equal(("Reusable", "600s", "60m", "#!/bin/bash"), (Text(pool, "spec", "runner", "lifecycle"), Text(pool, "spec", "runner", "idleTimeout"), Text(pool, "spec", "runner", "maxRuntime"), Text(pool, "spec", "runner", "preRunnerScript")));
        Assert.Equal(("65", "large", "default", "spot"), (Text(pool, "spec", "access", "allow", "0", "ownerId"), Text(pool, "spec", "access", "resourceClassNames", "0"), Text(pool, "spec", "resourceClassName"), Text(pool, "spec", "purchasing", "usageClass")));
        Assert.Contains("github-reg-token-refresh-min is not needed", errors, StringComparison.Ordinal);
        Assert.Contains("#   with: {mode: refresh}", _output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task PoolManager_Steps_OfBothWorkflows_KeepTheInputsOfProvision()
    {
        await RunAsync(
            "- uses: you/ec2-runner-pool-manager@v1\n  with: {mode: provision, instance-count: 2, usage-class: on-demand, allowed-instance-types: c* m*, max-runtime-min: 130, aws-region: eu-central-1}\n"
            + "- with: {mode: release}\n- with: {" + Refresh.TrimEnd().Replace("\n", ", ", StringComparison.Ordinal) + "}\n", PoolManager);

        var output = _output;
        Assert.Contains("#   with: {mode: provision, instance-count: \"2\", usage-class: \"on-demand\", allowed-instance-types: \"c* m*\", max-runtime-min: \"130\"}", output, StringComparison.Ordinal);
        Assert.Contains("#   with: {mode: release}", output, StringComparison.Ordinal);
        Assert.Contains("usageClass: on-demand", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("packages: git", "packages")]
    [InlineData("resource-class-config: '{\"large\": {\"cpu\": 4, \"gpu\": 1}}'", "resource-class-config.large.gpu")]
    public async Task PoolManager_InputWithoutEquivalent_IsNamed_AndStrictRefuses(string input, string path)
    {
        var (lenient, _, errors) = await RunAsync(Refresh + input, PoolManager);
        var (strict, documents, _) = await RunAsync(Refresh + input, [.. PoolManager, "--strict"]);

        Assert.Equal((0, 1), (lenient, strict));
        Assert.Empty(documents);
        Assert.Contains($"no equivalent: {path}", errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("mode: provision", "there are no inputs of mode: refresh")]
    [InlineData("mode: refresh\nami: latest", "ami: write the id of an image")]
    [InlineData("mode: refresh\nami: ami-0123456789abcdef0\niam-instance-profile: a b", "iam-instance-profile: write")]
    [InlineData("mode: refresh\nami: ami-0123456789abcdef0\niam-instance-profile: x\nsubnet-ids: vpc-1", "subnet-ids: write ids")]
    [InlineData(Refresh + "resource-class-config: '[]'", "resource-class-config: write a JSON object")]
    [InlineData(Refresh + "resource-class-config: '{\"Big One\": {\"cpu\": 4}}'", "cannot be the name of a ResourceClass")]
    [InlineData(Refresh + "usage-class: free", "usage-class: 'free'")]
    [InlineData("text", "write the action's inputs as a YAML object")]
    public async Task PoolManager_ThatIsNone_SaysWhy(string inputs, string problem)
    {
        var (exitCode, documents, errors) = await RunAsync(inputs, PoolManager);

        Assert.Equal(2, exitCode);
        Assert.Empty(documents);
        Assert.Contains(problem, errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task PoolManager_WithoutOwner_SaysThatNobodyMayTakeLeases()
    {
        var (exitCode, documents, errors) = await RunAsync(Refresh, "pool-manager", "--github-url", "https://github.com/my-org");

        Assert.Equal(0, exitCode);
        Assert.Null(Text(Assert.Single(documents), "spec", "access"));
        Assert.Contains("give --owner-id", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task File_ThatIsNotThere_IsNamed()
    {
        _file.Delete();
        using var errors = new StringWriter();

        Assert.Equal(2, await CommandLine.RunAsync(new() { MigrateCommand.Create() }, ["migrate", "arc", "-f", _file.FullName], TextWriter.Null, errors));
        Assert.Contains(_file.Name, errors.ToString(), StringComparison.Ordinal);
    }

    public void Dispose() => _file.Delete();

    private async Task<(int ExitCode, IReadOnlyList<YamlNode> Documents, string Errors)> RunAsync(string content, params string[] arguments)
    {
        await File.WriteAllTextAsync(_file.FullName, content);
        using var output = new StringWriter();
        using var errors = new StringWriter();
        var exitCode = await CommandLine.RunAsync(new RootCommand { MigrateCommand.Create() }, ["migrate", .. arguments, "-f", _file.FullName], output, errors);
        _output = output.ToString();
        var stream = new YamlStream();
        stream.Load(new StringReader(_output));
        return (exitCode, [.. stream.Documents.Select(document => document.RootNode)], errors.ToString());
    }

    private static string? Text(YamlNode? node, params string[] path)
    {
        foreach (var name in path)
        {
            node = node switch
            {
                YamlMappingNode map => map.Children.TryGetValue(new YamlScalarNode(name), out var child) ? child : null,
                YamlSequenceNode list when int.TryParse(name, out var index) && index < list.Children.Count => list[index],
                _ => null,
            };
        }

        return (node as YamlScalarNode)?.Value;
    }
}

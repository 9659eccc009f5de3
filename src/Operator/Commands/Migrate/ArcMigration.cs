using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Operator.GitHub;
using Operator.Hosting;
using static Operator.Commands.Migrate.Migration;

namespace Operator.Commands.Migrate;

/// <summary>Values of Actions Runner Controller's chart gha-runner-scale-set 0.14 as a RunnerPool. Pure.</summary>
internal static partial class ArcMigration
{
    private const int DefaultMaxRunners = 10;
    private const int MostOfName = 40;
    private const string Container = "runner";
    private const string OwnImage = "ghcr.io/actions/actions-runner";
    private const string SecretName = "github-app";

    private static readonly string[] SecretKeys = ["github_token", "github_app_id", "github_app_installation_id", "github_app_private_key"];

    private static readonly (string Path, string Advice)[] Advice =
    [
        ("containerMode", "jobs run on machines: install Docker in the image or by spec.runner.preRunnerScript; there are no Kubernetes modes"),
        ("proxy.http.credentialSecretRef", "nothing is read from Secrets for jobs: use a proxy without credentials"),
        ("proxy.https.credentialSecretRef", "nothing is read from Secrets for jobs: use a proxy without credentials"),
        ("githubServerTLS", "put the CA into the image, or install it by spec.runner.preRunnerScript; for the operator use extraVolumes of its chart"),
        ("keyVault", "use what syncs Secrets into the cluster"),
        ("listenerTemplate", "one process listens for all pools"),
        ("listenerMetrics", "the operator has metrics of its own"),
        ("controllerServiceAccount", "the operator watches all namespaces, or those of --watch-namespaces"),
        ("resourceMeta", "no equivalent"),
        ($"template.spec.containers[{Container}].image", "an AMI: set spec.launch.image"),
        ($"template.spec.containers[{Container}].resources.limits", "a machine has at least what its class says, and no limits"),
        ($"template.spec.containers[{Container}].env", "only plain values: write a workflow secret instead"),
        ("template.spec.initContainers", "a script: spec.runner.preRunnerScript"),
        ("template.spec.serviceAccountName", "the machine's role: spec.launch.iamInstanceProfile"),
        ("template.spec.volumes", "spec.launch.volumes, or runner.storage"),
        ("template", "pods become machines: see spec.launch and the ResourceClass"),
    ];

    /// <summary>Migrates values.</summary>
    /// <param name="input">The values.</param>
    /// <param name="name">The pool's name; null for that of the scale set.</param>
    /// <exception cref="CommandException">Without a change there can be no pool.</exception>
    public static Migration Migrate(MigrationInput input, string? name)
    {
        var notes = new List<string>();
        var url = input.Text("githubConfigUrl") ?? throw new CommandException("githubConfigUrl is missing: the values are not those of gha-runner-scale-set");
        if (!GitHubTarget.TryParse(url, out _, out var problem))
        {
            throw new CommandException($"githubConfigUrl: {problem}");
        }

        var scaleSet = input.Text("runnerScaleSetName");
        var pool = name ?? scaleSet ?? throw new CommandException("runnerScaleSetName is not set: give the release's name with --name");
        if (pool.Length > MostOfName || !ArgumentRules.IsObjectName(pool))
        {
            throw new CommandException($"'{pool}' cannot be a pool's name: give one of at most {MostOfName} lower-case letters, digits and hyphens with --name");
        }

        var space = input.Text("namespaceOverride");
        var (secret, secretName) = SecretOf(input, space, notes);
        var resourceClass = ClassOf(input);
        var labels = input.Words("scaleSetLabels") is { Count: > 0 } given ? given : [scaleSet ?? pool];
        var spec = Filled(
            ("github", Filled(
                ("url", url), ("credentialsSecretName", secretName), ("runnerGroup", input.Text("runnerGroup")), ("labels", List(labels)))),
            ("resourceClassName", resourceClass?["metadata"]!["name"]!.ToString()),
            ("capacity", CapacityOf(input, notes)),
            ("launch", Launch(notes)),
            ("runner", Filled(("environment", EnvironmentOf(input)))));
        var metadata = Filled(("name", pool), ("namespace", space), ("labels", Texts(input.Members("labels"))), ("annotations", Texts(input.Members("annotations"))));
        TakeDefaults(input);
        return new([.. new[] { secret, resourceClass, Object("RunnerPool", metadata, spec) }.OfType<JsonObject>()]) { Notes = notes, Losses = LossesOf(input, Advice) };
    }

    private static (JsonObject? Secret, string Name) SecretOf(MigrationInput input, string? space, List<string> notes)
    {
        if (input.Text("githubConfigSecret") is { } name)
        {
            return (null, name);
        }

        var values = SecretKeys.Select(key => (key, input.Text("githubConfigSecret", key))).Where(pair => pair.Item2 is not null).ToList();
        if (values.Count == 0)
        {
            throw new CommandException("githubConfigSecret is missing: give a Secret's name, or github_token, or the keys of a GitHub App");
        }

        notes.Add($"the Secret {SecretName} has the credentials of githubConfigSecret in clear text: keep it out of Git");
        var data = new JsonObject();
        values.ForEach(pair => data[pair.key] = pair.Item2);
        return (new() { ["apiVersion"] = "v1", ["kind"] = "Secret", ["metadata"] = Filled(("name", SecretName), ("namespace", space)), ["stringData"] = data }, SecretName);
    }

    private static JsonObject CapacityOf(MigrationInput input, List<string> notes)
    {
        var (least, most) = (input.Number("minRunners"), input.Number("maxRunners"));
        if (most is null)
        {
            most = Math.Max(DefaultMaxRunners, least ?? 0);
            notes.Add($"maxRunners is not set, which was no bound: spec.capacity.maxRunners is {most}; say how many you want");
        }

        return Filled(("minIdle", least), ("maxRunners", most));
    }

    // Where requests are missing, Kubernetes takes the limits for them.
    private static JsonObject? ClassOf(MigrationInput input)
    {
        string? Request(string resource) => input.Text("template", "spec", "containers", Container, "resources", "requests", resource)
            ?? input.Text("template", "spec", "containers", Container, "resources", "limits", resource);
        var (cpu, memory, disk) = (CpuOf(Request("cpu")), QuantityOf("memory", Request("memory")), QuantityOf("ephemeral-storage", Request("ephemeral-storage")));
        if (cpu is null && memory is null && disk is null)
        {
            return null;
        }

        var name = string.Join('-', new[] { cpu is null ? null : $"cpu-{cpu}", memory is null ? null : $"memory-{memory}", disk is null ? null : $"disk-{disk}" }.OfType<string>());
        return Object("ResourceClass", new() { ["name"] = name.ToLowerInvariant() }, Filled(("cpu", cpu), ("memory", memory), ("disk", disk)));
    }

    private static int? CpuOf(string? text) => text is null ? null
        : text.EndsWith('m') && int.TryParse(text[..^1], NumberStyles.None, CultureInfo.InvariantCulture, out var thousandths) ? Math.Max(1, (thousandths + 999) / 1000)
        : decimal.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var cpus) && cpus is > 0 and <= 1024 ? (int)Math.Ceiling(cpus)
        : throw new CommandException($"resources.requests.cpu: '{text}' is not a number of CPUs");

    private static string? QuantityOf(string resource, string? text) => text is null || Quantity().IsMatch(text) ? text
        : throw new CommandException($"resources.requests.{resource}: '{text}' is not a size: {SchemaMessages.Quantity}");

    private static JsonObject EnvironmentOf(MigrationInput input)
    {
        var environment = new JsonObject();
        void Set(string key, string? value)
        {
            if (value is not null)
            {
                environment[key] = value;
            }
        }

        Set("HTTP_PROXY", input.Text("proxy", "http", "url"));
        Set("HTTPS_PROXY", input.Text("proxy", "https", "url"));
        Set("NO_PROXY", input.Words("proxy", "noProxy") is { Count: > 0 } hosts ? string.Join(',', hosts) : null);
        foreach (var key in input.Labels("template", "spec", "containers", Container, "env"))
        {
            if (input.Text("template", "spec", "containers", Container, "env", key, "value") is { } value)
            {
                Set(key, value);
                input.Text("template", "spec", "containers", Container, "env", key, "name");
            }
        }

        return environment;
    }

    // What the chart's own values say, and what a machine does by itself.
    private static void TakeDefaults(MigrationInput input)
    {
        input.Text("template", "spec", "containers", Container, "name");
        if (input.Peek("template", "spec", "containers", Container, "image")?.StartsWith(OwnImage, StringComparison.Ordinal) == true)
        {
            input.Text("template", "spec", "containers", Container, "image");
        }

        if (input.Peek("template", "spec", "containers", Container, "command", "0") == "/home/runner/run.sh")
        {
            input.Words("template", "spec", "containers", Container, "command");
        }
    }

    private static JsonObject Launch(List<string> notes)
    {
        notes.Add("spec.launch is an example: set image, iamInstanceProfile, subnets and securityGroups");
        return new()
        {
            ["image"] = new JsonObject { ["ssmParameter"] = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64" },
            ["iamInstanceProfile"] = "ci-runner",
            ["subnets"] = new JsonObject { ["tags"] = new JsonObject { ["ec2runners.dev:discovery"] = "true" } },
            ["securityGroups"] = new JsonObject { ["tags"] = new JsonObject { ["ec2runners.dev:discovery"] = "true" } },
        };
    }

    private static JsonObject Texts(IReadOnlyList<(string Key, string Value)> members)
    {
        var result = new JsonObject();
        foreach (var (key, value) in members)
        {
            result[key] = value;
        }

        return result;
    }

    [GeneratedRegex(SchemaPatterns.Quantity, RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Quantity();
}

using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Operator.GitHub;
using Operator.Hosting;
using YamlDotNet.RepresentationModel;
using static Operator.Commands.Migrate.Migration;

namespace Operator.Commands.Migrate;

/// <summary>Inputs of the pool manager's action as a RunnerPool, and what its steps become. Pure.</summary>
internal static partial class PoolManagerMigration
{
    private const string DefaultRegion = "us-east-1";
    private const string DefaultClass = "default";
    private const string SecretName = "github-app";

    private static readonly string[] Modes = ["provision", "release", "refresh"];
    private static readonly string[] StepInputs = ["instance-count", "usage-class", "allowed-instance-types", "resource-class", "max-runtime-min", "pre-runner-script"];

    private static readonly (string Path, string Advice)[] Advice = [("resource-class-config", "a ResourceClass has cpu, memory and disk: cpu, mem_mb or mmem, and disk_gb")];

    /// <summary>Migrates inputs.</summary>
    /// <param name="root">The inputs of a step, a step, or a list of steps; those of provision and refresh belong together.</param>
    /// <param name="place">Who has the pool.</param>
    /// <exception cref="CommandException">Without a change there can be no pool.</exception>
    public static Migration Migrate(YamlNode root, PoolPlace place)
    {
        var steps = StepsOf(root);
        var refresh = steps.Find(step => step.Peek("mode") is "refresh") ?? steps.Find(step => step.Peek("ami") is not null)
            ?? throw new CommandException("there are no inputs of mode: refresh, which say what the pool is: ami, iam-instance-profile, security-group-ids and subnet-ids");
        if (!GitHubTarget.TryParse(place.GitHubUrl, out _, out var problem))
        {
            throw new CommandException($"--github-url: {problem}");
        }

        var (notes, losses) = (new List<string>(), new List<string>());
        var classes = ClassesOf(refresh, losses);
        var pool = PoolOf(refresh, place, classes, steps, notes);
        notes.Add($"create the Secret {SecretName}: github_token, or better the keys of a GitHub App (config/samples/secret.yaml)");
        var remarks = RemarksOf(steps, refresh);
        losses.AddRange(steps.SelectMany(step => LossesOf(step, Advice)));
        return new([.. classes, pool]) { Remarks = remarks, Notes = notes, Losses = [.. losses.Distinct(StringComparer.Ordinal)] };
    }

    private static List<MigrationInput> StepsOf(YamlNode root) => root switch
    {
        YamlSequenceNode list => [.. list.SelectMany(StepsOf)],
        YamlMappingNode map when map.Children.FirstOrDefault(child => child.Key is YamlScalarNode { Value: "with" }).Value is YamlMappingNode inputs => StepsOf(inputs),
        YamlMappingNode map => [new(map)],
        _ => throw new CommandException("write the action's inputs as a YAML object, or the steps that use it as a list"),
    };

    private static JsonObject PoolOf(MigrationInput refresh, PoolPlace place, IReadOnlyList<JsonObject> classes, List<MigrationInput> steps, List<string> notes)
    {
        var region = refresh.Text("aws-region") ?? DefaultRegion;
        var usage = steps.Where(step => step.Peek("mode") is not "release").Select(step => step.Peek("usage-class")).FirstOrDefault(text => text is not null) ?? "spot";
        var names = classes.Select(one => one["metadata"]!["name"]!.ToString()).ToList();
        var own = names.Contains(DefaultClass) ? DefaultClass : names.FirstOrDefault();
        if (own is null)
        {
            notes.Add("there is no resource-class-config: the pool's machines have the default ResourceClass of the cluster");
        }

        refresh.Text("github-token");
        if (refresh.Text("github-reg-token-refresh-min") is not null)
        {
            notes.Add("github-reg-token-refresh-min is not needed: each runner has a configuration of its own (spec.runner.registration: Token has tokenRefresh)");
        }

        if (place.OwnerId is null)
        {
            notes.Add("spec.access is missing, so nobody's workflows may take leases: give --owner-id, from gh api users/OWNER --jq .id");
        }

        var (idle, runtime) = (refresh.Number("idle-time-sec") ?? 300, refresh.Number("max-runtime-min") ?? 30);
        notes.Add($"spec.runner.maxRuntime ({runtime}m) ends a job that runs longer; max-runtime-min ended a machine, busy or not, which maxAge does here when no job runs");
        var spec = Filled(
            ("github", new JsonObject { ["url"] = place.GitHubUrl, ["credentialsSecretName"] = SecretName, ["labels"] = List([place.Name]), ["demand"] = "LeasesOnly" }),
            ("resourceClassName", own),
            ("access", AccessOf(place, [.. names.Where(name => name != own)])),
            ("capacity", new JsonObject { ["minIdle"] = 0, ["maxRunners"] = 20 }),
            ("purchasing", new JsonObject { ["usageClass"] = UsageOf(usage) }),
            ("launch", Filled(
                ("region", region),
                ("image", new JsonObject { ["id"] = Required(refresh, "ami", Ami(), "the id of an image, such as ami-0123456789abcdef0") }),
                ("iamInstanceProfile", Required(refresh, "iam-instance-profile", Profile(), "the name of an instance profile")),
                ("subnets", new JsonObject { ["ids"] = Ids(refresh, "subnet-ids", Subnet(), "subnet-0123456789abcdef0") }),
                ("securityGroups", new JsonObject { ["ids"] = Ids(refresh, "security-group-ids", SecurityGroup(), "sg-0123456789abcdef0") }))),
            ("runner", Filled(("lifecycle", "Reusable"), ("idleTimeout", $"{idle}s"), ("maxRuntime", $"{runtime}m"), ("preRunnerScript", refresh.Text("pre-runner-script")))));
        return Object("RunnerPool", new() { ["name"] = place.Name }, spec);
    }

    private static JsonObject? AccessOf(PoolPlace place, IReadOnlyList<string> classes) => place.OwnerId is null ? null
        : Filled(("allow", new JsonArray(new JsonObject { ["ownerId"] = place.OwnerId })), ("resourceClassNames", List(classes)));

    private static List<JsonObject> ClassesOf(MigrationInput refresh, List<string> losses)
    {
        if (refresh.Text("resource-class-config") is not { } text)
        {
            return [];
        }

        if (MigrationInput.Parse(text) is not YamlMappingNode map)
        {
            throw new CommandException("resource-class-config: write a JSON object, such as {\"large\": {\"cpu\": 4, \"mem_mb\": 8192}}");
        }

        var config = new MigrationInput(map);
        var classes = config.Names().Select(name => ClassOf(config, name)).ToList();
        losses.AddRange(config.Rest().Select(path => $"resource-class-config.{path}: {Advice[0].Advice}"));
        return classes;
    }

    private static JsonObject ClassOf(MigrationInput config, string name)
    {
        if (!ArgumentRules.IsObjectName(name))
        {
            throw new CommandException($"resource-class-config: '{name}' cannot be the name of a ResourceClass: use lower-case letters, digits and hyphens");
        }

        var memory = config.Number(name, "mem_mb") ?? config.Number(name, "mmem");
        var spec = Filled(
            ("cpu", config.Number(name, "cpu")), ("memory", memory is { } mebibytes ? $"{mebibytes}Mi" : null), ("disk", config.Number(name, "disk_gb") is { } gibibytes ? $"{gibibytes}Gi" : null));
        return Object("ResourceClass", new() { ["name"] = name }, spec);
    }

    // Of each mode the first step stands for all.
    private static List<string> RemarksOf(List<MigrationInput> steps, MigrationInput refresh)
    {
        List<string> lines =
        [
            "", "In the workflows: remove the step aws-actions/configure-aws-credentials, and add", "", "permissions: {contents: read, id-token: write}", "env: {EC2RUNNERS_URL: https://leases.example.com}", "",
        ];
        foreach (var step in steps)
        {
            var mode = step.Text("mode") ?? (step == refresh ? "refresh" : "provision");
            if (!Modes.Contains(mode))
            {
                throw new CommandException($"mode: '{mode}' is not provision, release or refresh");
            }

            step.Text("aws-region");
            lines.Add("- uses: ec2runners/operator/action@v1");
            var inputs = mode == "provision" ? StepInputs.Select(input => (input, step.Text(input))).Where(pair => pair.Item2 is not null).Select(pair => $", {pair.input}: {Quoted(pair.Item2!)}") : [];
            lines.Add($"  with: {{mode: {mode}{string.Concat(inputs)}}}");
        }

        return lines;
    }

    private static string Quoted(string text) => System.Text.Json.JsonSerializer.Serialize(text, MigrationJson.Default.String);

    private static string UsageOf(string text) => text is "spot" or "on-demand" ? text : throw new CommandException($"usage-class: '{text}' is not spot or on-demand");

    private static string Required(MigrationInput input, string name, Regex pattern, string what) => input.Text(name) is { } text && pattern.IsMatch(text) ? text
        : throw new CommandException($"{name}: write {what}, not {(input.Peek(name) is { } given ? $"'{given}'" : "nothing")}");

    private static JsonArray Ids(MigrationInput input, string name, Regex pattern, string example) => input.Words(name) is { Count: > 0 } ids && ids.All(id => pattern.IsMatch(id)) ? List(ids)
        : throw new CommandException($"{name}: write ids with blanks between them, such as {example}");

    [GeneratedRegex("^ami-[0-9a-f]{8,17}\\z", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Ami();

    [GeneratedRegex(@"^[\w+=,.@-]{1,128}\z", RegexOptions.ECMAScript, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Profile();

    [GeneratedRegex("^subnet-[0-9a-f]{8,17}\\z", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Subnet();

    [GeneratedRegex("^sg-[0-9a-f]{8,17}\\z", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex SecurityGroup();
}

/// <summary>Who has a pool.</summary>
/// <param name="Name">Its name.</param>
/// <param name="GitHubUrl">Where its runners are registered.</param>
/// <param name="OwnerId">GitHub's id of the owner whose workflows may take leases; null for nobody's.</param>
internal sealed record PoolPlace(string Name, string GitHubUrl, string? OwnerId);

[System.Text.Json.Serialization.JsonSerializable(typeof(string))]
internal sealed partial class MigrationJson : System.Text.Json.Serialization.JsonSerializerContext;

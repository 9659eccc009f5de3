using System.CommandLine;
using Operator.Hosting;
using YamlDotNet.RepresentationModel;

namespace Operator.Commands.Migrate;

/// <summary><c>operator migrate</c>: settings of other tools as pools. What has no equivalent is named.</summary>
internal static class MigrateCommand
{
    private const int HasLosses = 1;
    private const int MostOfName = 40;

    private static readonly Option<FileInfo> File = new("--file", "-f") { Description = "The file to read.", Required = true };

    private static readonly Option<bool> Strict = new("--strict") { Description = "Print nothing, and exit with 1, when a setting has no equivalent." };

    private static readonly Option<string?> Name = new Option<string?>("--name") { Description = "The pool's name." }
        .MustBe(text => text.Length <= MostOfName && ArgumentRules.IsObjectName(text), $"a name of at most {MostOfName} lower-case letters, digits and hyphens");

    private static readonly Option<string> GitHubUrl = new("--github-url") { Description = "Where runners register, such as https://github.com/my-org.", Required = true };

    private static readonly Option<string?> OwnerId = new Option<string?>("--owner-id") { Description = "Whose workflows may take leases: gh api users/OWNER --jq .id." }
        .MustBe(text => text.Length is > 0 and <= 20 && text.All(char.IsAsciiDigit), "an id of digits");

    public static Command Create()
    {
        var arc = new Command("arc", "From Actions Runner Controller: values of the chart gha-runner-scale-set.") { File, Name, Strict };
        arc.SetAction((parsed, cancellationToken) => RunAsync(
            parsed,
            root => ArcMigration.Migrate(
                new(root as YamlMappingNode ?? throw new CommandException("the file is not one of Helm values: it must hold a YAML object")), parsed.GetValue(Name)),
            cancellationToken));
        var poolManager = new Command("pool-manager", "From the pool manager's action: the inputs of its steps.") { File, GitHubUrl, OwnerId, Name, Strict };
        poolManager.SetAction((parsed, cancellationToken) => RunAsync(
            parsed, root => PoolManagerMigration.Migrate(root, new(parsed.GetValue(Name) ?? "shared", parsed.GetValue(GitHubUrl)!, parsed.GetValue(OwnerId))), cancellationToken));
        return new Command("migrate", "Print pools made of another tool's settings: operator migrate arc -f values.yaml | kubectl apply -f -") { arc, poolManager };
    }

    private static async Task<int> RunAsync(ParseResult parsed, Func<YamlNode, Migration> migrate, CancellationToken cancellationToken)
    {
        var text = await System.IO.File.ReadAllTextAsync(parsed.GetValue(File)!.FullName, cancellationToken);
        var migration = migrate(MigrationInput.Parse(text));
        var (output, errors) = (parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error);
        foreach (var loss in migration.Losses)
        {
            await errors.WriteLineAsync($"no equivalent: {loss}");
        }

        if (parsed.GetValue(Strict) && migration.Losses.Count > 0)
        {
            return HasLosses;
        }

        foreach (var note in migration.Notes)
        {
            await errors.WriteLineAsync($"note: {note}");
        }

        await output.WriteAsync(migration.Write());
        return 0;
    }
}

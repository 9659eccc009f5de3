using System.CommandLine;
using Operator.Entities.Schema;
using Operator.Observability;

namespace Operator.Commands;

/// <summary>Commands that generate a page of the documentation from the code, or check that an existing one is up to date.</summary>
internal static class PageCommand
{
    private static readonly Option<FileInfo?> Output = new("--output") { Description = "File to write; defaults to standard output." };

    private static readonly Option<FileInfo?> Check = new("--check") { Description = "Compare with this file; exit code 1 on any difference." };

    /// <summary><c>operator metrics</c>.</summary>
    public static Command CreateMetrics() => Create("metrics", "Print the reference of the metrics, in Markdown.", MetricsReference.Write);

    /// <summary><c>operator reference</c>.</summary>
    public static Command CreateReference() => Create("reference", "Print the reference of the kinds, in Markdown.", ResourceReference.Write);

    private static Command Create(string name, string description, Func<string> write)
    {
        var command = new Command(name, description) { Output, Check };
        command.SetAction((parsed, cancellationToken) => RunAsync(name, write(), parsed, cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(string name, string page, ParseResult parsed, CancellationToken cancellationToken)
    {
        if (parsed.GetValue(Check) is { } existing)
        {
            if (existing.Exists && await File.ReadAllTextAsync(existing.FullName, cancellationToken) == page)
            {
                return 0;
            }

            await parsed.InvocationConfiguration.Error.WriteLineAsync($"{existing} is not up to date; run: operator {name} --output {existing}");
            return 1;
        }

        if (parsed.GetValue(Output) is { } file)
        {
            await OutputFile.WriteAsync(file, () => File.WriteAllTextAsync(file.FullName, page, cancellationToken));
        }
        else
        {
            await parsed.InvocationConfiguration.Output.WriteAsync(page);
        }

        return 0;
    }
}

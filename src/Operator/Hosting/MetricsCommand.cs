using System.CommandLine;
using Operator.Metrics;

namespace Operator.Hosting;

/// <summary><c>operator metrics</c>: writes the page of all metrics, or checks that a written one is up to date.</summary>
internal static class MetricsCommand
{
    private static readonly Option<FileInfo?> Output = new("--output") { Description = "File to write; without it the page goes to the standard output." };

    private static readonly Option<FileInfo?> Check = new("--check") { Description = "File that is compared instead; the exit code is 1 when it differs." };

    public static Command Create()
    {
        var command = new Command("metrics", "Print the reference of the metrics, in Markdown.") { Output, Check };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var page = MetricsReference.Write();
        if (parsed.GetValue(Check) is { } existing)
        {
            if (existing.Exists && await File.ReadAllTextAsync(existing.FullName, cancellationToken) == page)
            {
                return 0;
            }

            await parsed.InvocationConfiguration.Error.WriteLineAsync($"{existing} is not up to date; run: operator metrics --output {existing}");
            return 1;
        }

        if (parsed.GetValue(Output) is { } file)
        {
            await File.WriteAllTextAsync(file.FullName, page, cancellationToken);
        }
        else
        {
            await parsed.InvocationConfiguration.Output.WriteAsync(page);
        }

        return 0;
    }
}

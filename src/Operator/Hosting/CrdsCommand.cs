using System.CommandLine;
using Operator.Entities.Schema;

namespace Operator.Hosting;

/// <summary><c>operator crds</c>: writes the CustomResourceDefinitions, or checks that written ones are up to date.</summary>
internal static class CrdsCommand
{
    private static readonly Option<DirectoryInfo?> Output = new("--output")
    {
        Description = "Directory to write one file for each kind into; without it everything goes to the standard output.",
    };

    private static readonly Option<DirectoryInfo?> Check = new("--check")
    {
        Description = "Directory whose files are compared instead; the exit code is 1 when one differs.",
    };

    public static Command Create()
    {
        var command = new Command("crds", "Print the CustomResourceDefinitions: operator crds | kubectl apply -f -") { Output, Check };
        command.Validators.Add(result =>
        {
            if (result.GetValue(Output) is not null && result.GetValue(Check) is not null)
            {
                result.AddError("Give --output or --check, not both.");
            }
        });
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var files = CrdGenerator.Generate();
        try
        {
            if (parsed.GetValue(Check) is { } existing)
            {
                return await CheckAsync(files, existing, parsed.InvocationConfiguration.Error, cancellationToken);
            }

            if (parsed.GetValue(Output) is { } directory)
            {
                await WriteAsync(files, directory, cancellationToken);
            }
            else
            {
                await parsed.InvocationConfiguration.Output.WriteAsync(string.Join("---\n", files.Values));
            }

            return 0;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            await parsed.InvocationConfiguration.Error.WriteLineAsync($"error: {e.Message}");
            return 2;
        }
    }

    private static async Task WriteAsync(IReadOnlyDictionary<string, string> files, DirectoryInfo directory, CancellationToken cancellationToken)
    {
        directory.Create();
        foreach (var (name, yaml) in files)
        {
            await File.WriteAllTextAsync(Path.Combine(directory.FullName, name), yaml, cancellationToken);
        }
    }

    private static async Task<int> CheckAsync(
        IReadOnlyDictionary<string, string> files, DirectoryInfo directory, TextWriter errors, CancellationToken cancellationToken)
    {
        var exitCode = 0;
        foreach (var (name, yaml) in files)
        {
            var file = Path.Combine(directory.FullName, name);
            if (!File.Exists(file) || await File.ReadAllTextAsync(file, cancellationToken) != yaml)
            {
                await errors.WriteLineAsync($"{file} is not up to date; run: operator crds --output {directory}");
                exitCode = 1;
            }
        }

        return exitCode;
    }
}

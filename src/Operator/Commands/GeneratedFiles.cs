using System.CommandLine;

namespace Operator.Commands;

/// <summary>What the commands that generate files share: to print, to write, or to check what is there.</summary>
internal sealed class GeneratedFiles(string command)
{
    public Option<DirectoryInfo?> Output { get; } = new("--output")
    {
        Description = "Directory for the files; defaults to standard output.",
    };

    public Option<DirectoryInfo?> Check { get; } = new("--check")
    {
        Description = "Compare with the files in this directory; exit code 1 on any difference.",
    };

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command target)
    {
        target.Options.Add(Output);
        target.Options.Add(Check);
        target.Validators.Add(result =>
        {
            if (result.GetValue(Output) is not null && result.GetValue(Check) is not null)
            {
                result.AddError("Give --output or --check, not both.");
            }
        });
    }

    /// <summary>Does what the options say, and returns the exit code.</summary>
    public async Task<int> HandleAsync(IReadOnlyDictionary<string, string> files, ParseResult parsed, CancellationToken cancellationToken)
    {
        try
        {
            if (parsed.GetValue(Check) is { } existing)
            {
                return await CompareAsync(files, existing, parsed.InvocationConfiguration.Error, cancellationToken);
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
        foreach (var (name, text) in files)
        {
            await File.WriteAllTextAsync(Path.Combine(directory.FullName, name), text, cancellationToken);
        }
    }

    private async Task<int> CompareAsync(
        IReadOnlyDictionary<string, string> files, DirectoryInfo directory, TextWriter errors, CancellationToken cancellationToken)
    {
        var exitCode = 0;
        foreach (var (name, text) in files)
        {
            var file = Path.Combine(directory.FullName, name);
            if (!File.Exists(file) || await File.ReadAllTextAsync(file, cancellationToken) != text)
            {
                await errors.WriteLineAsync($"{file} is not up to date; run: operator {command} --output {directory}");
                exitCode = 1;
            }
        }

        return exitCode;
    }
}
